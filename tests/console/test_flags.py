"""The list of flags: found, switched after a review, changed many at once, and made."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.console.browser import Console
from tests.console.looks import faults
from tests.console.shop import Shop, running_shop


@pytest.fixture(scope="module")
def service() -> Iterator[Shop]:
    with running_shop() as running:
        yield running


def search(page: Page, text: str) -> None:
    page.get_by_label("Search flags").fill(text)


def state(page: Page, key: str, environment: str, word: str = "") -> Any:
    return page.get_by_role("button", name=re.compile(f"^{re.escape(word)}.*: {re.escape(key)} in {environment}$"))


def test_flags_are_found_by_tokens_and_the_search_stays_in_the_address(console: Console) -> None:
    page = console.go("/flags", "Flags")
    expect(page.get_by_role("row", name="checkout-guest")).to_be_visible()

    search(page, "env:production state:on owner:checkout")

    expect(page.get_by_role("rowheader")).to_have_count(2)
    expect(page.get_by_role("status").filter(has_text="2 flags of")).to_be_visible()
    expect(page.get_by_role("columnheader", name="Staging")).to_be_hidden()
    expect(page).to_have_url(re.compile("q=env%3Aproduction"))
    page.reload()
    expect(page.get_by_label("Search flags")).to_have_value("env:production state:on owner:checkout")
    expect(page.get_by_role("rowheader")).to_have_count(2)
    page.get_by_role("button", name="Clear the search").click()
    search(page, "nothing-is-called-like-that")
    expect(page.get_by_role("heading", name="No flag is like that")).to_be_visible()


def test_suggestions_are_taken_by_keyboard(console: Console) -> None:
    page = console.go("/flags", "Flags")
    page.keyboard.press("/")
    expect(page.get_by_label("Search flags")).to_be_focused()

    page.keyboard.type("own")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.keyboard.type("paym")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")

    expect(page.get_by_label("Search flags")).to_have_value("owner:payments ")
    expect(page.get_by_role("rowheader", name="payments-apple-pay")).to_be_visible()
    expect(page.get_by_role("rowheader", name="checkout-guest")).to_have_count(0)


def test_the_order_is_chosen_and_turned_round(console: Console) -> None:
    page = console.go("/flags?q=owner%3Adiscovery", "Flags")
    first = page.get_by_role("rowheader").first
    expect(first).to_contain_text("recommendations-basket")

    page.get_by_role("button", name="Reverse the order").click()

    expect(first).to_contain_text("search-voice")
    expect(page).to_have_url(re.compile("down=true"))


def test_a_state_opens_a_review_and_flips_nothing_by_itself(console: Console, service: Shop) -> None:
    page = console.go("/flags?q=checkout-split-shipment", "Flags")
    state(page, "checkout-split-shipment", "Staging", "OFF").click()
    review = page.get_by_role("dialog", name="Switch on checkout-split-shipment in Staging")
    expect(review).to_be_visible()
    page.keyboard.press("Escape")
    expect(review).to_be_hidden()
    expect(state(page, "checkout-split-shipment", "Staging", "OFF")).to_be_focused()
    assert not service.flag("checkout-split-shipment", "staging")["enabled"]

    state(page, "checkout-split-shipment", "Staging", "OFF").click()
    review.get_by_label("Why").fill("Parcels are ready")
    review.get_by_role("button", name="Switch on").click()

    expect(state(page, "checkout-split-shipment", "Staging", "all off")).to_be_visible()
    assert service.flag("checkout-split-shipment", "staging")["enabled"]


def test_a_change_by_somebody_else_is_seen_without_a_reload(console: Console, service: Shop) -> None:
    key = service.make("seen-live")
    page = console.go(f"/flags?q={key}", "Flags")
    expect(state(page, key, "Development", "ON")).to_be_visible()

    service.call("PATCH", f"environments/development/flags/{key}", {"enabled": False})

    expect(state(page, key, "Development", "OFF")).to_be_visible()


def test_the_rest_of_a_cell_is_told_to_those_who_use_the_keyboard(console: Console) -> None:
    page = console.go("/flags?q=payments-apple-pay", "Flags")
    page.get_by_role("link", name="payments-apple-pay").focus()

    page.keyboard.press("Tab")

    card = page.get_by_role("tooltip")
    expect(card).to_contain_text("On: everybody gets on.")
    expect(card).to_contain_text("Last evaluated")
    expect(card).to_contain_text("first admin token")
    page.keyboard.press("Escape")
    expect(card).to_be_hidden()


def test_many_are_reviewed_once_and_what_is_refused_is_said(console: Console, service: Shop) -> None:
    parent, child, other = service.make("bulk-parent"), service.make("bulk-child"), service.make("bulk-other")
    needs = {"prerequisites": [{"flag": parent, "variants": ["on"]}]}
    service.call("PATCH", f"environments/staging/flags/{child}", needs)
    console.expect(409)  # the rehearsal of what is still needed
    page = console.go("/flags?q=bulk-", "Flags")
    for key in (parent, other):
        page.get_by_label(f"Select {key}").check()
    page.get_by_role("region", name="Selected flags").get_by_role("button", name="Archive").click()
    sheet = page.get_by_role("dialog", name="Archive 2 flags")
    steps = sheet.get_by_role("list", name="What would happen to each").get_by_role("listitem")

    expect(steps.filter(has_text=parent)).to_contain_text("would be refused")
    expect(steps.filter(has_text=other)).to_contain_text("ready")
    assert faults(console, "bulk") == []
    sheet.get_by_label("Why").fill("Not needed any more")
    sheet.get_by_label("Type archive to confirm").fill("archive")
    sheet.get_by_role("button", name="Archive 1 flag").click()

    done = page.get_by_role("dialog", name="Archive 1 flag")
    expect(done.get_by_role("status").filter(has_text="All 1 flag done")).to_be_visible()
    done.get_by_role("button", name="Close", exact=True).click()
    expect(page.get_by_role("rowheader", name=other)).to_have_count(0)
    assert service.call("GET", f"flags/{other}").get("archived")
    assert not service.call("GET", f"flags/{parent}").get("archived")


def test_many_are_switched_off_one_by_one_and_tagged(console: Console, service: Shop) -> None:
    keys = [service.make(f"several-{name}") for name in ("a", "b", "c")]
    service.call("PATCH", f"environments/staging/flags/{keys[2]}", {"enabled": False})
    page = console.go("/flags?q=several-", "Flags")
    page.get_by_label("Select all that are found").check()
    selected = page.get_by_role("region", name="Selected flags")
    selected.get_by_role("button", name="Switch off").click()
    sheet = page.get_by_role("dialog")
    sheet.get_by_role("combobox", name="Environment").click()
    page.get_by_role("option", name="Staging").click()

    sheet.get_by_role("button", name="Switch off 2 flags").click()

    expect(sheet.get_by_text("All 2 flags done")).to_be_visible()
    sheet.get_by_role("button", name="Close", exact=True).click()
    assert [service.flag(key, "staging")["enabled"] for key in keys] == [False, False, False]
    page.get_by_label("Select all that are found").check()
    selected.get_by_role("button", name="Add a tag").click()
    sheet.get_by_role("combobox", name="Tag").fill("tidy")
    sheet.get_by_label("Why").fill("To find them")
    sheet.get_by_role("button", name="Tag 3 flags").click()
    expect(sheet.get_by_text("All 3 flags done")).to_be_visible()
    assert [service.call("GET", f"flags/{key}")["tags"] for key in keys] == [["tidy"]] * 3


def test_an_archived_flag_is_brought_back(console: Console, service: Shop) -> None:
    key = service.make("brought-back")
    version = service.call("GET", f"flags/{key}")["version"]
    service.call("POST", f"flags/{key}/archive", None, **{"X-Change-Reason": "a test", "If-Match": f'"{version}"'})
    page = console.go("/flags", "Flags")
    page.get_by_text("Archived", exact=True).click()

    page.get_by_role("button", name=f"Restore {key}").click()
    review = page.get_by_role("dialog", name=f"Restore {key}")
    review.get_by_label("Why").fill("It was needed after all")
    review.get_by_role("button", name="Restore").click()

    expect(page.get_by_role("button", name=f"Restore {key}")).to_have_count(0)
    assert not service.call("GET", f"flags/{key}").get("archived")


def test_a_flag_is_made_by_keyboard_of_a_key_a_type_and_its_variants(console: Console, service: Shop) -> None:
    page = console.go("/flags", "Flags")
    page.get_by_role("button", name="Create a flag").press("Enter")
    dialog = page.get_by_role("dialog", name="Create a flag")
    key = dialog.get_by_role("textbox", name="Key")
    expect(key).to_be_focused()
    page.keyboard.type("checkout-guest")
    expect(dialog.get_by_text("There is a flag with this key already")).to_be_visible()
    key.fill("not a key")
    expect(dialog.get_by_text("Only letters, digits")).to_be_visible()
    key.fill("home-columns")
    dialog.get_by_role("combobox", name="Type").press("Enter")
    page.get_by_role("option", name="Integer").click()
    dialog.get_by_label("Variant 1: value").fill("three")
    expect(dialog.get_by_text("A whole number.")).to_be_visible()
    assert faults(console, "create-flag") == []
    dialog.get_by_label("Variant 1: value").fill("3")
    dialog.get_by_label("Variant 2: value").fill("4")
    dialog.get_by_label("Why").fill("A test of the layout")

    dialog.get_by_label("Why").press("Tab")
    dialog.get_by_role("button", name="Create", exact=True).press("Enter")

    expect(page).to_have_url(re.compile("/admin/flags/home-columns"))
    assert service.call("GET", "flags/home-columns")["variants"] == {"control": 3, "new": 4}
    made = service.flag("home-columns", "production")
    assert (made["enabled"], made["offVariant"]) == (False, "control")


def test_leaving_a_flag_half_typed_asks_what_is_to_become_of_it(console: Console) -> None:
    page = console.go("/flags?create=true", "Flags")
    dialog = page.get_by_role("dialog", name="Create a flag")
    dialog.get_by_role("textbox", name="Key").fill("half-typed")

    page.keyboard.press("Escape")
    dialog.get_by_role("button", name="Go on").click()
    expect(dialog.get_by_role("textbox", name="Key")).to_have_value("half-typed")
    page.keyboard.press("Escape")
    dialog.get_by_role("button", name="Discard it").click()

    expect(dialog).to_be_hidden()
    page.get_by_role("button", name="Create a flag").click()
    expect(dialog.get_by_role("textbox", name="Key")).to_have_value("")


def test_the_list_is_whole_on_every_screen(console: Console) -> None:
    console.go("/flags?q=checkout", "Flags")

    assert faults(console, "flags-list") == []
