"""What holds for every screen full of data: WCAG 2.2 AA, no sideways scroll on a phone, one heading, no error."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.console.browser import PHONE, SCHEMES, Console
from tests.console.looks import faults
from tests.console.screens import MAIN, SCREENS, Screen
from tests.console.stage import RELEASE, Stage, shop

MAGNIFIED = (320, 256)
"""What a screen of 1280 by 1024 is at 400 % (WCAG 2.2, 1.4.10)."""

_SPACED = """() => {
  const sheet = new CSSStyleSheet();
  const wide = "line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important";
  sheet.replaceSync(`* { ${wide} } p { margin-bottom: 2em !important }`);
  document.adoptedStyleSheets = [sheet];
}"""
_MOVING = """() => document.getAnimations()
  .filter((animation) => animation.playState === "running" && animation.effect.getTiming().duration > 1)
  .map((animation) => animation.effect.target?.outerHTML.slice(0, 200))"""


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with shop() as made:
        made.begin()
        made.wait_for_approval()
        yield made


@pytest.fixture
def console(browser: Browser, stage: Stage) -> Iterator[Console]:
    opened = Console(browser, stage.service)
    opened.sign_in()
    yield opened
    opened.check()
    opened.close()


def resize(console: Console, size: tuple[int, int]) -> None:
    console.page.set_viewport_size({"width": size[0], "height": size[1]})
    console.settled()


@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: screen.name)
def test_a_screen_is_whole_on_a_desk_and_on_a_phone_in_light_and_dark(console: Console, screen: Screen) -> None:
    page = console.go(screen.path, screen.heading)

    assert faults(console, screen.name) == []
    assert page.get_by_role("heading", level=1).count() == 1


def test_a_release_that_was_judged_shows_its_evidence_without_violations(console: Console, stage: Stage) -> None:
    stage.judged()

    page = console.go(f"/rollouts/production/{RELEASE}", RELEASE)

    assert page.get_by_role("figure").count() > 0
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]  # likewise
        console.shoot(f"rollout-judged-{scheme}")
        assert console.axe() == []


@pytest.mark.parametrize("screen", MAIN, ids=lambda screen: screen.name)
def test_a_screen_magnified_four_times_and_with_wide_text_loses_nothing(console: Console, screen: Screen) -> None:
    page = console.go(screen.path, screen.heading)

    resize(console, MAGNIFIED)
    magnified = console.overflow()
    console.shoot(f"{screen.name}-magnified")
    resize(console, PHONE)
    page.evaluate(_SPACED)
    spaced = console.overflow()
    console.shoot(f"{screen.name}-spaced")

    assert (magnified, spaced) == (0, 0)


@pytest.mark.parametrize("screen", MAIN, ids=lambda screen: screen.name)
def test_nothing_moves_for_those_who_want_no_motion(console: Console, screen: Screen) -> None:
    page = console.go(screen.path, screen.heading)
    at_rest = page.evaluate(_MOVING)

    page.keyboard.press("Control+k")
    page.get_by_role("dialog").get_by_role("combobox").wait_for()

    assert at_rest + page.evaluate(_MOVING) == []
