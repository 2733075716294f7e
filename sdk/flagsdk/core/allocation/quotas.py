"""Weights, exact integers in 1/100 000, turned into whole buckets."""

from collections.abc import Mapping

from .table import Misallocated

WHOLE = 100_000
"""Sum of the weights of a split."""


def quotas(weights: Mapping[str, int], space: int = WHOLE) -> dict[str, int]:
    """Buckets for each variant, by largest remainder: they add up to the space, and a weight of 0 gets none.

    Ties go to the name that sorts first, so that the order of an object never matters. Raises Misallocated for
    weights that are negative, no integers, or do not add up to 100 000.
    """
    _demand_weights(weights)
    parts = {variant: divmod(weight * space, WHOLE) for variant, weight in weights.items()}
    missing = space - sum(whole for whole, _ in parts.values())
    favoured = sorted(parts, key=lambda variant: (-parts[variant][1], variant))[:missing]
    return {variant: whole + (variant in favoured) for variant, (whole, _) in parts.items()}


def _demand_weights(weights: Mapping[str, int]) -> None:
    for variant, weight in weights.items():
        if type(weight) is not int or weight < 0:
            raise Misallocated(f"weight of {variant!r} must be an integer from 0 to {WHOLE}, not {weight!r}")
    if (total := sum(weights.values())) != WHOLE:
        raise Misallocated(f"weights must add up to {WHOLE}, not {total}")
