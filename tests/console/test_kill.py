"""The kill switch: from the palette, a list and a phone, in two actions, whatever else happens; then its receipt."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from flagsdk import Context, FlagClient
from tests.console.browser import PHONE, Console
from tests.console.looks import faults
from tests.console.shop import Shop, running_shop
from tests.support.timing import eventually

USER = Context("user-1")


@pytest.fixture(scope="module")
def service() -> Iterator[Shop]:
    with running_shop(empty=True) as running:
        yield running


def state(page: Page, key: str, environment: str, word: str = "") -> Any:
    return page.get_by_role("button", name=re.compile(f"^{re.escape(word)}.*: {re.escape(key)} in {environment}$"))


def test_a_kill_by_keyboard_alone_counts_the_processes_that_hold_it(console: Console, service: Shop) -> None:
    key = service.make("killed-by-keyboard")
    page = console.go("/flags", "Flags")
    with FlagClient(service.url, token=service.sdk_token, application="shop-web") as flags:
        assert flags.is_enabled(key, USER)

        page.keyboard.press("Control+k")
        page.get_by_role("combobox", name="Search and commands").wait_for()
        page.keyboard.type(f"kill {key} production")
        expect(page.get_by_role("option", name=f"Kill {key} in Production")).to_be_visible()
        page.keyboard.press("Enter")
        review = page.get_by_role("dialog", name=f"Kill {key} in Production")
        expect(review.get_by_label("Why")).to_be_focused()
        assert faults(console, "kill") == []
        page.keyboard.type("It charges twice")
        page.keyboard.press("Tab")
        page.keyboard.type("production")
        page.keyboard.press("Enter")

        receipt = page.get_by_role("dialog", name=f"{key} is off in Production")
        receipt.wait_for()
        revision = service.flag(key, "production")["version"]
        expect(receipt).to_contain_text(f"1 of 1 hold revision {revision}")
        eventually(lambda: not flags.is_enabled(key, USER))
        assert faults(console, "receipt") == []
        page.keyboard.press("Escape")
        expect(receipt).to_be_hidden()
        expect(page.get_by_role("heading", level=1)).to_be_focused()


def test_a_kill_works_on_a_phone_in_two_actions(browser: Browser, service: Shop) -> None:
    key = service.make("killed-on-a-phone")
    console = Console(browser, service, size=PHONE)
    console.sign_in()
    page = console.go(f"/flags?q={key}", "Flags")

    state(page, key, "Staging", "ON").click()
    page.get_by_role("dialog", name=f"Kill {key} in Staging").get_by_role("button", name="Kill").click()

    expect(page.get_by_role("dialog", name=f"{key} is off in Staging")).to_contain_text("nobody to count")
    assert not service.flag(key, "staging")["enabled"]
    console.check()
    console.close()


def test_a_kill_is_done_whatever_else_was_changed_meanwhile(console: Console, service: Shop) -> None:
    console.expect(412)  # the rehearsal, where it is asked again after the change
    key = service.make("killed-in-a-race")
    page = console.go(f"/flags?q={key}", "Flags")
    state(page, key, "Development", "ON").click()
    review = page.get_by_role("dialog", name=f"Kill {key} in Development")
    review.wait_for()

    service.call("PATCH", f"environments/development/flags/{key}", {"default": {"serve": "off"}})
    review.get_by_role("button", name="Kill").click()

    expect(page.get_by_role("dialog", name=f"{key} is off in Development")).to_be_visible()
    now = service.flag(key, "development")
    assert not now["enabled"]
    assert now["default"] == {"serve": "off"}
