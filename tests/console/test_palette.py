"""The command palette and the single keys."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.console.browser import Console
from tests.console.looks import faults
from tests.console.shop import Shop, running_shop


@pytest.fixture(scope="module")
def service() -> Iterator[Shop]:
    with running_shop() as running:
        yield running


def field(page: Page) -> None:
    page.get_by_role("combobox", name="Search and commands").wait_for()


def lines(page: Page, *, selected: bool | None = None) -> Locator:
    found = page.get_by_role("listbox", name="What was found")
    return found.get_by_role("option", selected=selected) if selected else found.get_by_role("option")


def choose(page: Page, text: str, option: str) -> None:
    """Open the palette, type, wait for the first line to be this one, and take it, all by keyboard."""
    page.keyboard.press("Control+k")
    field(page)
    page.keyboard.type(text)
    expect(lines(page, selected=True)).to_contain_text(option)
    page.keyboard.press("Enter")


@pytest.mark.parametrize(
    ("text", "option", "path"),
    [
        ("one-page", "checkout-one-page", "/flags/checkout-one-page"),
        ("loyal prod", "loyal-customers", "/segments/production/loyal-customers"),
        ("storefront stag", "storefront", "/splits/staging/storefront"),
        ("playg", "Playground", "/playground"),
        ("create a flag", "Create a flag", "/flags?create=true"),
        ("begin rollout", "Start a rollout", "/rollouts/new"),
    ],
)
def test_the_palette_leads_by_a_part_of_a_name(console: Console, text: str, option: str, path: str) -> None:
    page = console.go("/", "Now")

    choose(page, text, option)

    expect(page).to_have_url(re.compile(re.escape(f"/admin{path}")))


def test_the_palette_changes_the_theme_and_lists_the_keys(console: Console) -> None:
    page = console.go("/", "Now")

    choose(page, "use dark", "Use the dark theme")
    expect(page.locator("html")).to_have_attribute("data-mantine-color-scheme", "dark")

    choose(page, "keyboard", "List the keys")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()


def test_the_arrows_choose_and_escape_gives_the_focus_back(console: Console) -> None:
    page = console.go("/flags", "Flags")
    search = page.get_by_role("button", name="Search, or say what to do")
    search.focus()
    page.keyboard.press("Enter")
    field(page)
    options = lines(page)
    expect(options.nth(0)).to_have_attribute("aria-selected", "true")

    page.keyboard.press("ArrowDown")
    expect(options.nth(1)).to_have_attribute("aria-selected", "true")
    page.keyboard.press("ArrowUp")
    expect(options.nth(0)).to_have_attribute("aria-selected", "true")
    page.keyboard.type("nothing is called like that")
    expect(page.get_by_text("Nothing like that.")).to_be_visible()
    page.keyboard.press("Escape")

    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(search).to_be_focused()


def test_the_palette_and_the_keys_are_whole(console: Console) -> None:
    page = console.go("/flags", "Flags")
    page.keyboard.press("Control+k")
    field(page)
    page.keyboard.type("check")
    expect(lines(page).first).to_be_visible()
    assert faults(console, "palette") == []
    page.keyboard.press("Escape")

    page.keyboard.press("?")

    page.get_by_role("dialog", name="Keys").wait_for()
    assert faults(console, "keys") == []


@pytest.mark.parametrize(
    ("keys", "heading"), [("gf", "Flags"), ("gr", "Rollouts"), ("gs", "Segments"), ("gp", "Playground")]
)
def test_two_keys_lead_to_a_screen(console: Console, keys: str, heading: str) -> None:
    page = console.go("/", "Now")

    for key in keys:
        page.keyboard.press(key)

    console.settled(heading)


def test_keys_are_letters_where_one_types_and_where_something_is_open(console: Console) -> None:
    page = console.go("/flags", "Flags")
    page.keyboard.press("/")
    page.keyboard.type("gs?")
    expect(page.get_by_label("Search flags")).to_have_value("gs?")
    page.get_by_label("Search flags").fill("")
    page.get_by_role("heading", level=1).focus()
    page.keyboard.press("?")
    keys = page.get_by_role("dialog", name="Keys")
    keys.wait_for()

    page.keyboard.press("g")
    page.keyboard.press("s")

    expect(keys).to_be_visible()
    assert page.url.endswith("/flags")


def test_single_keys_are_switched_off_and_stay_off(console: Console) -> None:
    page = console.go("/flags", "Flags")
    page.get_by_role("button", name="Account: first admin token").click()
    page.get_by_role("menuitem", name="Keys").click()
    page.get_by_role("dialog", name="Keys").get_by_role("switch", name="Single keys are on").uncheck(force=True)
    page.keyboard.press("Escape")
    page.reload()
    console.settled("Flags")

    page.keyboard.press("?")
    page.keyboard.press("g")
    page.keyboard.press("s")

    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("heading", level=1)).to_have_text("Flags")
    page.keyboard.press("Control+k")
    field(page)
