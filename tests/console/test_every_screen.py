"""What holds for every screen: no violation of WCAG 2.2 AA, no sideways scroll on a phone, one heading, no error."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.console.browser import DESK, PHONE, SCHEMES, Console
from tests.console.screens import SCREENS, Screen
from tests.support.service import Service


@pytest.fixture
def console(browser: Browser, service: Service) -> Iterator[Console]:
    opened = Console(browser, service)
    opened.sign_in()
    yield opened
    opened.check()
    opened.close()


@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: screen.name)
def test_a_screen_is_whole_on_a_desk_and_on_a_phone_in_light_and_dark(console: Console, screen: Screen) -> None:
    page = console.go(screen.path)
    found = []
    for size in (DESK, PHONE):
        for scheme in SCHEMES:
            page.set_viewport_size({"width": size[0], "height": size[1]})
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]  # one of its own words
            console.settled()
            console.shoot(f"{screen.name}-{size[0]}-{scheme}")
            found += [f"{size[0]} {scheme}: {violation}" for violation in console.axe()]
        wide = console.overflow()
        found += [f"{size[0]}: {wide} pixels wider than the screen"] if wide > 0 else []

    assert found == []
    assert page.get_by_role("heading", level=1).count() == 1
