"""A rollout watched in a browser from its start to its rollback, without a reload; and asked for things by keys."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.console.browser import Console
from tests.console.release import begin, confirm, flawless, shop
from tests.support.console_data import BROKEN, begin_bad_rollout, outcomes
from tests.support.service import ADMIN_TOKEN, Service

SOON_MS = 150_000
TARGET = {"name": "edge", "kind": "split", "key": "payments-api", "candidate": "green", "baseline": "blue"}


@pytest.fixture(scope="module")
def released() -> Iterator[tuple[Service, str]]:
    with shop() as running:
        yield running


@pytest.fixture(scope="module")
def service(released: tuple[Service, str]) -> Service:
    return released[0]


def _plan(*, before: bool = False) -> dict[str, Any]:
    gate = {"name": "look", "kind": "approval", "title": "Somebody has looked"}
    tests = {"name": "tests", "kind": "checklist", "title": "All tests pass"}
    return {
        "strategy": "canary",
        "cooldown": "0s",
        "targets": [TARGET],
        "before": [tests] if before else [],
        "steps": [
            {"name": "first", "weights": {"edge": 10_000}, "hold": "1h", "gates": [gate]},
            {"name": "second", "weights": {"edge": 50_000}, "hold": "1h"},
            {"name": "everybody", "weights": {"edge": 100_000}, "hold": "1h"},
        ],
    }


def _phase(page: Page, word: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_contain_text(word)


def _current(page: Page, name: str) -> None:
    expect(page.locator("[aria-current=step]")).to_contain_text(name)


def test_a_rollout_is_watched_from_its_start_to_its_rollback_without_a_reload(
    console: Console, released: tuple[Service, str]
) -> None:
    service, token = released
    page = console.go("/rollouts", "Rollouts")
    with outcomes(service.url, ADMIN_TOKEN, token) as told:
        key = begin_bad_rollout(service.url, ADMIN_TOKEN, "storefront-2-6-0")

        page.get_by_role("link", name=key).click()  # it has come into the list by itself
        _phase(page, "baking")
        _current(page, "25 %")
        expect(page.get_by_role("heading", name="The candidate is").locator("..")).to_contain_text(
            "healthy", timeout=SOON_MS
        )
        expect(page.get_by_role("figure", name="Error rate")).to_contain_text("Error rate of the candidate")
        told.turn("canary", BROKEN)
        report = page.get_by_role("status").filter(has_text="Rolled back by itself")
        expect(report).to_be_visible(timeout=SOON_MS)

    _phase(page, "rolled back")
    expect(report).to_contain_text(re.compile(r"split storefront, as it was in version \d+ \(read back\)"))
    expect(report).to_contain_text(re.compile(r"[\d,]+ requests of the candidate were judged"))
    expect(report).to_contain_text(re.compile(r"about [\d,]+ of them because of it \(between .* at 95 %\)"))
    expect(page.get_by_role("article", name="errors")).to_contain_text("unhealthy")
    expect(page.get_by_role("listitem").filter(has_text="25 %").first).to_contain_text("stopped here")
    expect(page.get_by_role("group", name="Commands")).to_have_count(0)
    _charts_speak(page)
    flawless(console, "rollout-rolled-back")
    page.get_by_role("tab", name="Log").click()
    expect(page.get_by_text("Everything goes back to what it was").first).to_be_visible()
    console.settled()
    flawless(console, "rollout-log")
    page.get_by_role("tab", name="Plan").click()
    expect(page.get_by_text("Canary of canary of traffic split storefront, against stable.")).to_be_visible()


def _charts_speak(page: Page) -> None:
    cursor = page.get_by_role("slider", name="Evidence: cursor")
    cursor.focus()
    page.keyboard.press("Home")
    first = cursor.get_attribute("aria-valuetext") or ""
    page.keyboard.press("End")
    expect(cursor).not_to_have_attribute("aria-valuetext", first)
    assert "errors" in first
    figure = page.get_by_role("figure", name="Error rate")
    figure.get_by_role("button", name="Show as table").click()
    rows = figure.get_by_role("row")
    expect(rows.first).to_contain_text("candidate")
    assert rows.count() > 2
    figure.get_by_role("button", name="Hide table").click()


def test_gates_are_passed_and_steps_promoted_paused_and_aborted_by_keyboard(console: Console, service: Service) -> None:
    begin(service, "payments-2-0-0", _plan(before=True))
    page = console.go("/rollouts/production/payments-2-0-0", "payments-2-0-0")
    _phase(page, "preparing")

    page.get_by_role("button", name="Pass All tests pass").focus()
    page.keyboard.press("Enter")
    confirm(page, "Pass")
    _current(page, "first")
    _phase(page, "baking")
    page.keyboard.press("p")
    expect(page.get_by_role("dialog")).to_contain_text("although it waits for “Somebody has looked”")
    confirm(page, "Promote", typed=True)
    _current(page, "second")
    page.get_by_role("heading", level=1).focus()
    page.keyboard.press("Space")
    confirm(page, "Pause")
    _phase(page, "paused")
    page.get_by_role("heading", level=1).focus()
    page.keyboard.press("Space")
    confirm(page, "Resume")
    _phase(page, "baking")
    page.get_by_role("heading", level=1).focus()
    page.keyboard.press("a")
    confirm(page, "Abort and roll back")
    _phase(page, "rolled back")

    expect(page.get_by_role("status").filter(has_text="Rolled back on command")).to_contain_text("payments-api")
    log = service.call("GET", "environments/production/rollouts/payments-2-0-0/log")["items"]
    asked = [entry["event"] for entry in reversed(log) if entry["event"]["event"] == "command"]
    assert [event["order"] for event in asked] == ["pass", "promote", "pause", "resume", "abort"]
    assert {event["reason"] for event in asked} == {"It is time"}


def test_a_failed_gate_leads_back(console: Console, service: Service) -> None:
    begin(service, "payments-2-1-0", _plan())
    page = console.go("/rollouts/production/payments-2-1-0", "payments-2-1-0")
    _current(page, "first")
    flawless(console, "rollout-gate")

    page.get_by_role("button", name="Fail Somebody has looked").click()
    flawless(console, "rollout-gate-review")
    confirm(page, "Fail", typed=True)

    _phase(page, "rolled back")


def test_single_keys_do_nothing_where_something_is_typed_or_switched_off(console: Console, service: Service) -> None:
    begin(service, "reports-2-0-0", {"strategy": "canary", "targets": [], "steps": [{"name": "look", "hold": "1h"}]})
    page = console.go("/rollouts/production/reports-2-0-0", "reports-2-0-0")
    page.keyboard.press("?")
    page.get_by_role("switch", name="Single keys are on").uncheck()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)

    page.keyboard.press("a")
    page.keyboard.press("p")

    expect(page.get_by_role("dialog")).to_have_count(0)
    _phase(page, "baking")
