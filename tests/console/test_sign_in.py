"""Signing in, being signed out in the middle of something, and signing out."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.console.browser import DESK, PHONE, SCHEMES, Console
from tests.support.service import ADMIN_TOKEN, Service


@pytest.fixture
def stranger(browser: Browser, service: Service) -> Iterator[Console]:
    """Open a console in which nobody is signed in."""
    opened = Console(browser, service)
    opened.expect(401)
    yield opened
    opened.check()
    opened.close()


def sign_in(page: Page, token: str) -> None:
    page.get_by_role("textbox", name="Admin token").fill(token)
    page.get_by_role("button", name="Sign in").click()


def end_session(console: Console) -> None:
    """End the session as another tab, or its age, does: this tab hears nothing of it."""
    console.expect(401)
    answer = console.context.request.delete("/api/v1/session", headers={"Sec-Fetch-Site": "same-origin"})
    assert answer.ok


def test_a_wrong_token_is_refused_in_words_and_the_right_one_leads_to_where_one_wanted_to_go(
    stranger: Console,
) -> None:
    page = stranger.page
    page.goto("/admin/flags?q=state%3Aon&sort=used")
    expect(page.get_by_role("textbox", name="Admin token")).to_be_focused()

    sign_in(page, "fsa_wrong")

    expect(page.get_by_role("alert")).to_contain_text("token")
    sign_in(page, ADMIN_TOKEN)
    stranger.settled("Flags")
    expect(page.get_by_label("Search flags")).to_have_value("state:on")
    expect(page.get_by_role("combobox", name="Order")).to_have_value("used")


def test_the_token_is_kept_nowhere_in_the_browser(stranger: Console) -> None:
    page = stranger.page
    page.goto("/admin/")
    sign_in(page, ADMIN_TOKEN)
    stranger.settled()

    kept = page.evaluate("() => JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])")

    assert ADMIN_TOKEN not in kept
    assert all(cookie["httpOnly"] for cookie in stranger.context.cookies())


def test_a_session_that_ends_in_the_middle_keeps_what_was_typed(console: Console) -> None:
    page = console.go("/flags?q=checkout&create=true", "Flags")
    dialog = page.get_by_role("dialog", name="Create a flag")
    dialog.get_by_role("textbox", name="Key").fill("typed-before-the-end")
    dialog.get_by_role("textbox", name="Name").fill("Typed before the end")
    end_session(console)

    dialog.get_by_role("button", name="Create", exact=True).click()

    ended = page.get_by_role("dialog", name="Your session has ended")
    expect(ended).to_be_visible()
    sign_in(page, ADMIN_TOKEN)
    expect(ended).to_be_hidden()
    assert "q=checkout" in page.url
    expect(dialog.get_by_role("textbox", name="Key")).to_have_value("typed-before-the-end")
    dialog.get_by_role("button", name="Create", exact=True).click()
    expect(page).to_have_url(re.compile("/admin/flags/typed-before-the-end"))


def test_a_draft_survives_a_reload_and_is_forgotten_with_the_session(console: Console) -> None:
    page = console.go("/flags?create=true", "Flags")
    key = page.get_by_role("dialog", name="Create a flag").get_by_role("textbox", name="Key")
    key.fill("a-draft")
    page.reload()
    expect(key).to_have_value("a-draft")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Keep it for later").click()
    console.expect(401)

    page.get_by_role("button", name="Account: first admin token").click()
    page.get_by_role("menuitem", name="Sign out").click()

    expect(page.get_by_role("heading", name="Sign in to flagsvc")).to_be_visible()
    assert page.evaluate("() => Object.keys(localStorage).filter((key) => key.includes('draft'))") == []
    page.reload()
    expect(page.get_by_role("heading", name="Sign in to flagsvc")).to_be_visible()


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_the_sign_in_is_whole_in_light_and_dark(stranger: Console, size: tuple[int, int]) -> None:
    page = stranger.page
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.goto("/admin/")
    page.get_by_role("heading", name="Sign in to flagsvc").wait_for()
    found = []
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]  # one of its own words
        stranger.shoot(f"sign-in-{size[0]}-{scheme}")
        found += stranger.axe()

    assert found == []
    assert stranger.overflow() == 0


def test_the_menu_of_a_phone_closes_with_escape_and_gives_the_focus_back(browser: Browser, service: Service) -> None:
    console = Console(browser, service, size=PHONE)
    console.sign_in()
    page = console.go("/flags", "Flags")
    burger = page.get_by_role("button", name="Open the menu")
    burger.click()
    screens = page.get_by_role("navigation", name="Screens")
    expect(screens.get_by_role("link", name="Flags")).to_be_focused()
    console.shoot("menu-360-light", whole=False)
    assert console.axe() == []

    page.keyboard.press("Escape")

    expect(screens).to_be_hidden()
    expect(burger).to_be_focused()
    burger.click()
    screens.get_by_role("link", name="Segments").click()
    console.settled("Segments")
    expect(screens).to_be_hidden()
    console.check()
    console.close()


def test_the_first_tab_leads_past_the_menu_to_the_content(console: Console) -> None:
    page = console.go("/flags", "Flags")
    page.get_by_role("link", name="flagsvc").focus()

    page.keyboard.press("Shift+Tab")

    skip = page.get_by_role("link", name="Skip to the content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Create a flag")).to_be_focused()
