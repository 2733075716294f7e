"""A thousand flags: only what is in sight is on the page, the search finds the others, and the end can be reached."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.console.browser import Console
from tests.support import console_data
from tests.support.service import ADMIN_TOKEN, Service

FLAGS = 1000
IN_SIGHT = 60


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    running = Service({})
    running.start()
    console_data.seed(running.url, ADMIN_TOKEN, flags=())
    console_data.many(running.url, ADMIN_TOKEN, FLAGS)
    yield running
    running.close()


def test_a_thousand_flags_are_scrolled_and_searched(console: Console) -> None:
    page = console.go("/flags", "Flags")
    rows = page.get_by_role("rowheader")
    expect(page.get_by_role("status").filter(has_text="1,000 flags")).to_be_visible()
    assert rows.count() < IN_SIGHT

    page.get_by_label("Search flags").fill("idea-0999")
    expect(rows).to_have_count(1)
    page.get_by_label("Search flags").fill("")
    expect(rows.first).to_contain_text("account-idea-0004")
    for _ in range(3):  # the page grows as rows are measured
        page.evaluate("() => window.scrollTo(0, document.body.scrollHeight)")
    expect(page.get_by_role("rowheader", name="search-idea-0993")).to_be_visible()

    assert rows.count() < IN_SIGHT
    page.keyboard.press("Control+k")
    page.get_by_role("combobox", name="Search and commands").fill("kill idea-0500 prod")
    found = page.get_by_role("listbox", name="What was found").get_by_role("option")
    expect(found.first).to_contain_text("idea-0500 in Production")
