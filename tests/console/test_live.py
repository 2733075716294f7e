"""The stream of changes in a browser: what is shown follows the service, and says so when it cannot."""

from playwright.sync_api import expect

from tests.console.browser import Console


def test_a_screen_says_that_it_is_live(console: Console) -> None:
    page = console.go("/")

    expect(page.get_by_role("status").filter(has_text="live")).to_be_visible()
