"""Plans, freezes and the start of a rollout in a browser: nothing is lost in a form, and what holds back says so."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.console.browser import Console
from tests.console.release import PRODUCTION, REASON, confirm, flawless, shop
from tests.support.service import Service

HOOK = {"url": "https://deploy.shop.example/hook", "deadline": "15m"}
PLAN: dict[str, Any] = {
    "key": "payments-careful",
    "name": "Payments, carefully",
    "strategy": "canary",
    "targets": [{"name": "edge", "kind": "split", "key": "payments-api", "candidate": "green", "baseline": "blue"}],
    "steps": [
        {"name": "one", "weights": {"edge": {"green": 1000, "blue": 99_000}}, "hold": "5m", "hook": HOOK, "undo": HOOK},
        {"name": "two", "weights": {"edge": 50_000}, "hold": "10m"},
        {"name": "all", "weights": {"edge": 100_000}},
    ],
    "analysis": {"metrics": [{"name": "errors", "kind": "errors", "source": "own"}], "alpha": 0.02, "beta": 0.1},
    "back": "hooks-first",
    "reminder": "Retire the old side",
}


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    with shop() as (running, _):
        running.call("POST", f"{PRODUCTION}/plans", PLAN, **REASON)
        version = running.call("GET", f"{PRODUCTION}/freezes/weekend")["version"]
        running.call("POST", f"{PRODUCTION}/freezes/weekend/archive", None, **REASON, **{"If-Match": f'"{version}"'})
        yield running


def _plan(service: Service, key: str) -> dict[str, Any]:
    found: dict[str, Any] = service.call("GET", f"{PRODUCTION}/plans/{key}")
    return {name: found[name] for name in found if name not in {"version", "revision", "changedAt", "changedBy"}}


def test_a_plan_edited_in_the_form_loses_nothing_that_the_form_does_not_show(
    console: Console, service: Service
) -> None:
    before = _plan(service, "payments-careful")
    page = console.go("/plans/production/payments-careful", "payments-careful")

    page.get_by_role("button", name="Move step 2 up").click()
    page.get_by_label("Hold", exact=True).nth(0).fill("20m")
    page.get_by_role("button", name="Review").click()
    confirm(page, "Save")
    expect(page.get_by_role("region", name="Pending changes")).to_have_count(0)

    one, two, everybody = before["steps"]
    assert _plan(service, "payments-careful") == {**before, "steps": [{**two, "hold": "20m"}, one, everybody]}


def test_a_plan_is_made_in_the_form_and_as_json(console: Console, service: Service) -> None:
    page = console.go("/plans/production/~new", "New plan")
    page.get_by_label("Key").fill("storefront-quick")
    page.get_by_role("button", name="Add a gate to step 1").click()
    page.get_by_role("menuitem", name="approval").click()
    page.get_by_label("Title of gate approval of step 1").fill("The team agrees")
    page.get_by_role("button", name="Add a metric").click()
    page.get_by_text("JSON", exact=True).click()
    text = page.get_by_label("The plan as JSON")
    text.fill(text.input_value().replace('"strategy": "canary"', '"strategy": "canary", "reminder": "Tell the team"'))

    page.get_by_role("button", name="Review").click()
    confirm(page, "Create")

    expect(page.get_by_role("heading", level=1)).to_contain_text("storefront-quick")
    made = _plan(service, "storefront-quick")
    assert made["reminder"] == "Tell the team"
    assert made["steps"][0]["gates"] == [{"name": "approval", "kind": "approval", "title": "The team agrees"}]
    assert [metric["name"] for metric in made["analysis"]["metrics"]] == ["errors"]


def test_what_is_typed_stays_over_a_reload_until_it_is_discarded(console: Console) -> None:
    page = console.go("/plans/production/storefront-canary", "storefront-canary")
    page.get_by_label("Name", exact=True).first.fill("Renamed and not saved")
    page.reload()
    console.settled("storefront-canary")
    expect(page.get_by_label("Name", exact=True).first).to_have_value("Renamed and not saved")

    page.get_by_role("button", name="Discard").click()

    expect(page.get_by_label("Name", exact=True).first).to_have_value("Storefront, canary")


def test_the_plan_and_the_list_of_plans_are_flawless(console: Console) -> None:
    page = console.go("/plans?env=production", "Plans")
    expect(page.get_by_role("link", name="Storefront, canary")).to_be_visible()
    flawless(console, "plans-list")

    page.get_by_role("link", name="Storefront, canary").click()

    console.settled("storefront-canary")
    flawless(console, "plan")


def test_a_rollout_is_started_in_three_steps(console: Console, service: Service) -> None:
    page = console.go("/rollouts/new?env=production&kind=split&key=search-api", "Start a rollout")
    flawless(console, "rollout-new-what")
    page.get_by_label("Version").fill("3.2.0")
    page.get_by_role("button", name="Next: how").click()
    page.get_by_label("Shares, in percent").fill("10, 100")
    page.get_by_text("Judge the candidate").click()
    expect(page.get_by_role("row").filter(has_text="canary 10 %")).to_be_visible()
    expect(page.get_by_role("row").filter(has_text="canary 25 %")).to_have_count(0)
    flawless(console, "rollout-new-how")
    page.get_by_role("button", name="Next: check").click()
    expect(page.get_by_text("Who moves first")).to_be_visible()
    expect(page.get_by_text("canary of search-api has 5 % now")).to_be_visible()
    console.settled()
    flawless(console, "rollout-new-check")

    page.get_by_role("button", name="Start", exact=True).click()
    confirm(page, "Start")

    expect(page.get_by_role("heading", level=1)).to_contain_text("search-api")
    expect(page.locator("[aria-current=step]")).to_contain_text("10 %")
    expect(page.get_by_text("3.2.0")).to_be_visible()


def test_a_freeze_holds_a_start_back_until_somebody_says_why_it_may_begin(console: Console, service: Service) -> None:
    page = console.go("/freezes?env=staging", "Freezes")
    page.get_by_role("button", name="New freeze").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Key").fill("incident")
    dialog.get_by_label("Why").fill("INC-7: search is slow")
    flawless(console, "freeze-new")
    dialog.get_by_role("button", name="Review").click()
    page.get_by_role("dialog").get_by_role("button", name="Freeze", exact=True).click()
    expect(page.get_by_role("row").filter(has_text="incident")).to_contain_text("holds now")
    flawless(console, "freezes-list")
    console.expect(409)
    page.goto("/admin/rollouts/new?env=staging&kind=split&key=search-api")
    console.settled("Start a rollout")
    page.get_by_role("button", name="Next: how").click()
    page.get_by_text("Judge the candidate").click()
    page.get_by_role("button", name="Next: check").click()

    expect(page.get_by_text("INC-7: search is slow")).to_be_visible()
    expect(page.get_by_role("button", name="Start", exact=True)).to_be_disabled()
    page.get_by_label("Why this one may start all the same").fill("It is the fix")
    page.get_by_role("button", name="Start", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="Start", exact=True).click()

    expect(page.get_by_role("heading", level=1)).to_contain_text("search-api")
    begun = service.call("GET", "environments/staging/rollouts")["items"]
    assert [rollout["override"]["reason"] for rollout in begun] == ["It is the fix"]
    page.goto("/admin/freezes?env=staging")
    console.settled("Freezes")
    page.get_by_role("button", name=re.compile("^Lift incident")).click()
    page.get_by_role("dialog").get_by_role("button", name="Lift", exact=True).click()
    expect(page.get_by_text("Nothing is frozen here")).to_be_visible()
