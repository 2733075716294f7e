"""Stale flags in the console: why, how to remove them, and their end, alone and many at once."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.console.browser import Console
from tests.console.looks import faults
from tests.support.service import Service

PAST = "2025-12-31"


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    """Start a service without any flag."""
    running = Service({})
    running.start()
    yield running
    running.close()


@pytest.fixture
def console(browser: Browser, service: Service) -> Iterator[Console]:
    opened = Console(browser, service)
    opened.sign_in()
    yield opened
    opened.check()
    opened.close()


def stale(service: Service, key: str, owner: str, **members: Any) -> None:
    """Make a flag that is past its date."""
    body = {"key": key, "type": "boolean", "variants": {"on": True, "off": False}, "owner": owner, "expires": PAST}
    service.call("POST", "flags", {**body, **members})


def is_archived(service: Service, key: str) -> bool:
    return bool(service.call("GET", f"flags/{key}").get("archived"))


def test_a_flag_says_why_and_how_and_goes(console: Console, service: Service) -> None:
    stale(service, "old-banner", "growth")
    page = console.go("/hygiene?owner=growth", "Hygiene")
    row = page.get_by_role("listitem").filter(has=page.get_by_role("link", name="old-banner"))
    expect(row).to_contain_text(f"It was to be gone by {PAST}.")

    row.get_by_text("How to remove it").click()
    expect(row).to_contain_text("git grep -n -- 'old-banner'")
    assert faults(console, "hygiene-one") == []
    row.get_by_role("button", name="Archive old-banner").click()
    review = page.get_by_role("dialog", name="Archive old-banner")
    expect(review).to_contain_text("No client finds it any more")
    review.get_by_role("button", name="Archive", exact=True).click()

    expect(row).to_have_count(0)
    assert is_archived(service, "old-banner")


def test_what_something_needs_stays_and_says_who_needs_it(console: Console, service: Service) -> None:
    stale(service, "needed", "platform")
    [place, *_] = [each["key"] for each in service.call("GET", "environments")["items"]]
    wanted = {"prerequisites": [{"flag": "needed", "variants": ["on"]}]}
    stale(service, "needing", "platform", environments={place: wanted})

    page = console.go("/hygiene?owner=platform", "Hygiene")

    row = page.get_by_role("listitem").filter(has=page.get_by_role("button", name="Archive needed"))
    expect(row).to_contain_text("Cannot be archived while it is needed by flag needing")
    expect(row.get_by_role("button", name="Archive needed")).to_be_disabled()
    assert faults(console, "hygiene-blocked") == []


def test_many_go_one_by_one_and_each_says_what_became_of_it(console: Console, service: Service) -> None:
    keys = ["batch-1", "batch-2", "batch-3"]
    for key in keys:
        stale(service, key, "batch")
    page = console.go("/hygiene?owner=batch", "Hygiene")

    page.get_by_label("Choose all that can go").check()
    page.get_by_role("button", name="Archive 3 flags").click()
    dialog = page.get_by_role("dialog", name="Archive 3 flags")
    assert faults(console, "hygiene-many") == []
    dialog.get_by_label("Why").fill("Spring cleaning")
    dialog.get_by_role("button", name="Archive", exact=True).click()

    expect(dialog.get_by_role("status")).to_have_text("3 of 3 flags archived.")
    dialog.get_by_role("button", name="Close", exact=True).last.click()
    expect(page.get_by_role("heading", name="Nothing of batch stands still")).to_be_visible()
    assert all(is_archived(service, key) for key in keys)
