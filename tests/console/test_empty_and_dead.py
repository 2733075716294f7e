"""Screens where there is nothing yet, where what they name is not there, and where the service is silent."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.console.browser import PHONE, Console
from tests.console.screens import MAIN, SCREENS, Screen
from tests.support.service import SAMPLE_TOKEN, Service

LISTS = tuple(screen for screen in SCREENS if not screen.of_one)
ONES = tuple(screen for screen in SCREENS if screen.of_one)
ABSENT = re.compile(r"not found|no such|is no |does not exist", re.IGNORECASE)
SILENT_MS, POLLED_MS = 41_000, 30_000
"""After how long a silent stream is given up, and after how long more the pill says stale."""


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    """Start a service in which nobody has done anything yet."""
    running = Service({})
    running.start()
    yield running
    running.close()


@pytest.mark.parametrize("screen", LISTS, ids=lambda screen: screen.name)
def test_a_screen_without_anything_to_show_is_whole(console: Console, screen: Screen) -> None:
    page = console.go(screen.path, screen.heading)
    console.shoot(f"empty-{screen.name}")
    at_a_desk = console.axe()

    page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    console.settled()
    console.shoot(f"empty-{screen.name}-{PHONE[0]}")

    assert at_a_desk == []
    assert console.overflow() == 0
    assert page.get_by_role("main").inner_text().strip() != page.get_by_role("heading", level=1).inner_text().strip()
    expect(page.get_by_role("alert")).to_have_count(0)


@pytest.mark.parametrize("screen", ONES, ids=lambda screen: screen.name)
def test_a_screen_of_something_that_is_not_there_says_so(console: Console, screen: Screen) -> None:
    console.expect(404)

    page = console.go(screen.path)

    expect(page.get_by_role("main")).to_contain_text(ABSENT)
    console.shoot(f"missing-{screen.name}")
    assert console.axe() == []
    assert console.overflow() == 0


@pytest.mark.parametrize("screen", MAIN[:2], ids=lambda screen: screen.name)
def test_a_screen_stays_and_says_since_when_it_is_stale(browser: Browser, service: Service, screen: Screen) -> None:
    console = Console(browser, service)
    console.sign_in()
    page = console.page
    page.clock.install()
    pill = page.get_by_role("banner").get_by_role("status")
    console.go(screen.path, screen.heading)
    expect(pill).to_have_text("live")
    shown = page.get_by_role("main").inner_text()

    service.pause()
    try:
        page.clock.fast_forward(SILENT_MS)
        expect(pill).to_have_text("reconnecting")
        page.clock.fast_forward(POLLED_MS)
        expect(pill).to_have_text(re.compile(r"stale since \d\d:\d\d:\d\d"))
        console.shoot(f"stale-{screen.name}")
        assert page.get_by_role("main").inner_text().split("\n")[:2] == shown.split("\n")[:2]
    finally:
        service.resume()
    page.clock.fast_forward(POLLED_MS)

    expect(pill).to_have_text("live")
    console.check()
    console.close()


def test_a_token_that_may_not_administrate_is_refused_in_words(browser: Browser, service: Service) -> None:
    console = Console(browser, service)
    console.expect(401, 403)
    console.page.goto("/admin/")

    console.page.get_by_label("Admin token").fill(SAMPLE_TOKEN)
    console.page.get_by_role("button", name="Sign in").click()

    expect(console.page.get_by_role("alert")).to_contain_text(re.compile("admin token", re.IGNORECASE))
    assert console.axe() == []
    console.shoot("sign-in-refused")
    console.check()
    console.close()
