"""The shop and its visitors, as the composition runs them."""
