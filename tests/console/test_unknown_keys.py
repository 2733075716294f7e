"""Keys that clients ask for and that no flag has, on the hygiene screen: what may be meant, and what to do."""

import re
from collections.abc import Iterator
from contextlib import closing

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from flagsdk import FlagClient
from tests.console.browser import Console
from tests.console.looks import faults
from tests.support.service import Service
from tests.support.timing import eventually

LONG = "a-key-that-somebody-made-as-long-as-a-key-may-be-" * 2
ASKED = {"chekout-v2": 4, "not-made-yet": 3, "home-columns": 2, "old-banner": 2, LONG: 1, "user@example.com": 1}


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    """Start a service with one flag, an archived one, and an application that asks for what is not there."""
    with closing(Service({})) as running:
        running.start()
        _fill(running)
        yield running


def _fill(running: Service) -> None:
    for key in ("checkout-v2", "old-banner"):
        running.call("POST", "flags", {"key": key, "type": "boolean"})
    version = running.call("GET", "flags/old-banner")["version"]
    running.call("POST", "flags/old-banner/archive", **{"If-Match": f'"{version}"'})
    [place, *_] = [each["key"] for each in running.call("GET", "environments")["items"]]
    for application, times in (("shop", 1), ("", 2)):
        wanted = {"kind": "sdk", "environment": place, "name": application or "nameless"}
        token = running.call("POST", "tokens", wanted)["document"]["token"]
        with FlagClient(running.url, token=token, application=application) as client:
            for key in [key for key, count in ASKED.items() for _ in range(count * times)]:
                client.is_enabled(key)
    told = 3 * (sum(ASKED.values()) - ASKED["user@example.com"])
    eventually(lambda: _asked(running) == told, "the reports of both")


def _asked(service: Service) -> int:
    return sum(item["asked"] for item in service.call("GET", "hygiene/unknown-keys")["items"])


@pytest.fixture
def console(browser: Browser, service: Service) -> Iterator[Console]:
    opened = Console(browser, service)
    opened.sign_in()
    yield opened
    opened.check()
    opened.close()


def row(page: Page, key: str) -> Locator:
    return page.get_by_role("list", name="Unknown keys").get_by_role("listitem").filter(has_text=key)


def test_each_key_says_who_asks_and_what_may_be_meant(console: Console) -> None:
    page = console.go("/hygiene", "Hygiene")

    typo = row(page, "chekout-v2")
    expect(typo).to_contain_text("Development · asked 12 times")
    expect(typo).to_contain_text("by shop and an application without a name")
    expect(typo).to_contain_text("Did you mean checkout-v2?")
    expect(row(page, "old-banner")).to_contain_text("Archived on")
    expect(row(page, "not-made-yet")).to_contain_text("No flag has a key like it")
    expect(page.get_by_role("region", name="Asked for, but unknown")).to_contain_text("asked 3 times more")
    expect(page.get_by_text("user@example.com")).to_have_count(0)
    assert faults(console, "hygiene-unknown") == []


def test_a_flag_is_made_of_a_key_that_is_asked_for(console: Console, service: Service) -> None:
    page = console.go("/hygiene", "Hygiene")

    row(page, "home-columns").get_by_role("link", name="Create a flag home-columns").click()
    dialog = page.get_by_role("dialog", name="Create a flag")
    expect(dialog.get_by_role("textbox", name="Key")).to_have_value("home-columns")
    dialog.get_by_role("button", name="Create", exact=True).click()

    expect(page).to_have_url(re.compile("/admin/flags/home-columns"))
    console.go("/hygiene", "Hygiene")
    expect(row(page, "chekout-v2")).to_be_visible()
    expect(row(page, "home-columns")).to_have_count(0)
    assert service.call("GET", "flags/home-columns")["type"] == "boolean"


def test_an_archived_flag_and_the_one_that_was_meant_are_a_click_away(console: Console) -> None:
    page = console.go("/hygiene", "Hygiene")
    expect(row(page, "old-banner").get_by_role("link", name="Show the flag old-banner")).to_have_attribute(
        "href", "/admin/flags/old-banner?tab=settings"
    )

    row(page, "chekout-v2").get_by_role("link", name="checkout-v2", exact=True).click()

    expect(page).to_have_url(re.compile("/admin/flags/checkout-v2"))


def test_where_nobody_asks_in_vain_it_says_what_would_show_up(browser: Browser) -> None:
    with closing(Service({})) as empty:
        empty.start()
        opened = Console(browser, empty)
        opened.sign_in()
        page = opened.go("/hygiene", "Hygiene")

        expect(page.get_by_role("region", name="Asked for, but unknown")).to_contain_text(
            "In 30 days no client has asked for a flag that is not there."
        )
        assert faults(opened, "hygiene-nothing-unknown") == []
        opened.check()
        opened.close()
