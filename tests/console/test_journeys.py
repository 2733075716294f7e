"""What somebody does with the console over several screens, from the beginning to the end that others notice."""

import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from flagsdk import Context, FlagClient
from tests.console.browser import Console
from tests.console.stage import Stage, shop
from tests.support.console_data import BROKEN
from tests.support.link import REFUSE, Link
from tests.support.service import ADMIN_TOKEN
from tests.support.timing import eventually

WHY = "Why"


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with shop() as made:
        yield made


@pytest.fixture
def console(browser: Browser, stage: Stage) -> Iterator[Console]:
    opened = Console(browser, stage.service)
    opened.sign_in()
    yield opened
    opened.check()
    opened.close()


def sdk(stage: Stage, environment: str) -> FlagClient:
    return FlagClient(stage.service.url, token=stage.seeded.sdk_tokens[environment], start_seconds=30)


def share(flags: FlagClient, key: str, **attributes: str) -> float:
    """Which part of a thousand units a flag is on for."""
    return sum(flags.is_enabled(key, Context(f"unit-{number}", **attributes)) for number in range(1000)) / 1000


def published(page: Page, reason: str) -> None:
    """Review what is pending, say why, and save it."""
    page.get_by_role("button", name="Review and save").click()
    sheet = page.get_by_role("dialog")
    sheet.get_by_label(WHY).fill(reason)
    sheet.get_by_role("button", name=re.compile("^(Save|Publish)")).click()
    expect(sheet).to_have_count(0)


def make_flag(page: Page, key: str) -> None:
    page.get_by_role("button", name="Create a flag").first.click()
    dialog = page.get_by_role("dialog", name="Create a flag")
    dialog.get_by_label("Key").fill(key)
    dialog.get_by_label(WHY).fill("To be tried by a few")
    dialog.get_by_role("button", name="Create", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(key)


def add_rule(page: Page, attribute: str, value: str) -> None:
    page.get_by_role("button", name="Add rule").click()
    rules = page.get_by_role("region", name="Rules")
    rules.get_by_role("button", name="Add condition").click()
    rules.get_by_role("combobox", name="Attribute").fill(attribute)
    values = rules.get_by_role("textbox", name="Add to values")
    values.fill(value)
    values.press("Enter")


def split_default(page: Page, percent: str) -> None:
    page.get_by_role("button", name="Edit the default").click()
    default = page.get_by_role("region", name="Default")
    default.get_by_text("A split", exact=True).click()
    default.get_by_label("Percent of on").fill(percent)
    default.get_by_label("Percent of on").press("Tab")
    expect(default.get_by_role("status")).to_have_text("Sum 100 %")


def test_from_the_first_sign_in_to_a_tenth_of_the_units(browser: Browser, stage: Stage) -> None:
    console = Console(browser, stage.service)
    console.expect(401)
    page, watcher = console.page, console.open_tab()

    page.goto("/admin/flags")
    page.get_by_label("Admin token").fill(ADMIN_TOKEN)
    page.get_by_role("button", name="Sign in").click()
    console.settled("Flags")
    make_flag(page, "footer-links")
    watcher.goto("/admin/flags?q=footer-links")
    state = watcher.get_by_role("button", name="footer-links in Staging")
    expect(state).to_have_accessible_name(re.compile("^OFF"))

    page.get_by_role("navigation", name="Environments").get_by_role("link", name="Staging").click()
    page.get_by_role("switch", name="On").press("Space")
    add_rule(page, "country", "DE")
    split_default(page, "10")
    published(page, "A tenth sees them, and everybody in Germany")

    expect(state).to_have_accessible_name(re.compile(r"^1 rule, 10 %"))
    with sdk(stage, "staging") as flags:
        assert share(flags, "footer-links", country="DE") == 1
        assert 0.06 < share(flags, "footer-links", country="FR") < 0.14
    console.check()
    console.close()


def test_a_kill_by_keyboard_alone_from_the_first_tab_on(console: Console, stage: Stage) -> None:
    page = console.go("/", "Now")
    keys = page.keyboard

    with sdk(stage, "production") as flags:
        assert share(flags, "payments-apple-pay") == 1
        keys.press("Tab")
        assert page.evaluate("document.activeElement.tagName") != "BODY"
        keys.press("Control+k")
        expect(page.get_by_role("combobox", name="Search and commands")).to_be_focused()
        keys.type("kill payments-apple-pay production")
        expect(page.get_by_role("option", selected=True)).to_have_text(
            re.compile("Kill payments-apple-pay.*Production")
        )
        keys.press("Enter")
        sheet = page.get_by_role("dialog", name="Kill payments-apple-pay")
        expect(sheet.get_by_label(WHY)).to_be_focused()
        keys.type("Payments fail")
        keys.press("Tab")
        keys.type("production")
        keys.press("Enter")

        eventually(lambda: share(flags, "payments-apple-pay") == 0, "the kill at an application")
    expect(page.get_by_role("dialog")).to_contain_text(re.compile("revision", re.IGNORECASE))
    console.shoot("journey-killed")
    keys.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_a_rollout_is_watched_from_its_start_until_it_goes_back_by_itself(console: Console, stage: Stage) -> None:
    stage.begin("watched")
    page = console.go("/rollouts/production/watched", "watched")
    heading = page.get_by_role("heading", level=1)
    main = page.get_by_role("main")

    expect(heading).to_contain_text("baking")
    expect(main).to_contain_text("healthy", timeout=60_000)
    stage.visitors.turn("canary", BROKEN)

    expect(heading).to_contain_text("rolled back", timeout=90_000)
    expect(main).to_contain_text("Rolled back by itself")
    expect(page.get_by_role("button", name=re.compile("^Promote"))).to_have_count(0)
    console.shoot("journey-rolled-back")
    status = stage.status("watched")
    assert (status["phase"], status["rollback"]["automatic"]) == ("rolled-back", True)


def test_what_staging_has_is_copied_to_production_after_one_review(console: Console, stage: Stage) -> None:
    page = console.go("/compare?a=staging&b=production&q=delivery-slots", "Compare")
    with sdk(stage, "production") as flags:
        assert share(flags, "delivery-slots") < 0.8

        page.get_by_role("checkbox", name="Pick flag delivery-slots").check()
        page.get_by_role("button", name="Review 1 copy").click()
        sheet = page.get_by_role("dialog")
        expect(sheet).to_contain_text("delivery-slots")
        sheet.get_by_label(WHY).fill("Staging has had it for a week")
        if sheet.get_by_label("Type production").count():
            sheet.get_by_label("Type production").fill("production")
        sheet.locator("button[type=submit]").click()

        expect(page.get_by_role("checkbox", name="Pick flag delivery-slots")).to_have_count(0)
        eventually(lambda: share(flags, "delivery-slots") == 1, "the copy at an application")


def test_a_decision_of_yesterday_is_explained(console: Console, stage: Stage) -> None:
    path = "environments/staging/flags/search-voice"
    stage.service.call("PATCH", path, {"default": {"serve": "on"}}, **{"Content-Type": "application/merge-patch+json"})
    time.sleep(1.1)  # a field for times knows whole seconds
    that_day = datetime.now(UTC)
    time.sleep(1.1)
    stage.service.call("PATCH", path, {"enabled": False}, **{"Content-Type": "application/merge-patch+json"})
    page = console.page
    page.clock.set_fixed_time(that_day + timedelta(days=1))

    console.go("/playground?env=staging&flag=search-voice", "Playground")
    page.get_by_label("Targeting key").fill("user-42")
    answer = page.get_by_role("tabpanel", name="Explain")
    expect(answer).to_contain_text(re.compile("user-42 gets off"))
    page.get_by_text("A time", exact=True).click()
    page.get_by_role("button", name="yesterday, this time").click()

    expect(answer).to_contain_text(re.compile("user-42 (gets|got|would have got) on"))
    console.shoot("journey-yesterday")


def test_a_session_that_ends_in_the_middle_takes_nothing_along(console: Console) -> None:
    console.expect(401)
    page = console.go("/flags/search-typo-tolerance?env=development", "search-typo-tolerance")
    page.get_by_role("switch", name="On").press("Space")
    pending = page.get_by_role("region", name="Pending changes")
    expect(pending).to_be_visible()

    console.context.clear_cookies()
    # Not a click: what asks by itself may have found out before, and then the sign-in lies above.
    page.get_by_role("button", name="Review and save").dispatch_event("click")
    ended = page.get_by_role("dialog", name="Your session has ended")
    assert console.axe() == []
    ended.get_by_label("Admin token").fill(ADMIN_TOKEN)
    ended.get_by_role("button", name="Sign in").click()
    expect(ended).to_have_count(0)
    page.reload()
    console.settled("search-typo-tolerance")

    expect(pending).to_be_visible()
    published(page, "Switched off after all")
    expect(pending).to_have_count(0)


def test_what_happened_while_the_connection_was_lost_is_there_when_it_is_back(browser: Browser, stage: Stage) -> None:
    with Link(stage.service.port) as link:
        console = Console(browser, stage.service, url=f"http://127.0.0.1:{link.port}")
        console.sign_in()
        page = console.go("/flags?q=search-facets-v2", "Flags")
        pill = page.get_by_role("banner").get_by_role("status")
        state = page.get_by_role("button", name="search-facets-v2 in Development")
        expect(pill).to_have_text("live")
        expect(state).to_have_accessible_name(re.compile("^ON"))

        link.set(REFUSE)
        expect(pill).to_have_text("reconnecting")
        weights = {"weights": {"on": 35_000, "off": 65_000}}
        stage.service.call("POST", "environments/development/flags/search-facets-v2/weights", weights)
        expect(state).to_have_accessible_name(re.compile("^ON"))
        link.heal()

        expect(pill).to_have_text("live")
        expect(state).to_have_accessible_name(re.compile("^35 %"))
        console.check()
        console.close()
