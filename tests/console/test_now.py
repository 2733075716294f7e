"""The first screen: all is well or what is not, with the button for it; and the first steps of a new service."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.console.browser import Console
from tests.console.looks import faults
from tests.support import console_data
from tests.support.service import ADMIN_TOKEN, Service


@pytest.fixture(scope="module")
def shop() -> Iterator[Service]:
    """Start a service with the shop in it."""
    running = Service({})
    running.start()
    console_data.seed(running.url, ADMIN_TOKEN)
    yield running
    running.close()


@pytest.fixture
def console(browser: Browser, shop: Service) -> Iterator[Console]:
    opened = Console(browser, shop)
    opened.sign_in()
    yield opened
    opened.check()
    opened.close()


def test_what_waits_for_a_person_is_said_first_and_answered_there(console: Console, shop: Service) -> None:
    page = console.go("/", "Now")
    glance = page.get_by_role("region", name="At a glance")
    rollouts = page.get_by_role("region", name="Rollouts")
    expect(glance).to_contain_text("All is well")

    key = console_data.begin_waiting_rollout(shop.url, ADMIN_TOKEN)

    row = rollouts.get_by_role("listitem").filter(has_text=key)
    expect(row).to_contain_text("Waits for somebody: “Search quality was looked at”.", timeout=60_000)
    expect(glance).to_contain_text("1 thing to look at")
    expect(glance.get_by_role("link", name=key)).to_be_visible()
    assert faults(console, "now-waiting") == []
    row.get_by_role("button", name="Approve").click()
    review = page.get_by_role("dialog", name="Approve “Search quality was looked at”")
    review.get_by_label("Why").fill("Looked at ten searches")
    review.get_by_role("button", name="Approve", exact=True).click()

    expect(row.get_by_role("button", name="Approve")).to_have_count(0, timeout=60_000)
    gates = shop.call("GET", f"environments/production/rollouts/{key}")["status"]["gates"]
    assert [gate["standing"] for gate in gates if gate["name"] == "look"] == ["passed"]


def test_a_change_of_a_flag_is_told_in_words_as_it_happens(console: Console, shop: Service) -> None:
    page = console.go("/", "Now")
    version = shop.call("GET", "environments/staging/flags/home-dark-mode")["version"]
    headers = {"If-Match": f'"{version}"', "X-Change-Reason": "Dark for a third"}
    weights = {"weights": {"on": 33_000, "off": 67_000}}

    shop.call("POST", "environments/staging/flags/home-dark-mode/weights", weights, **headers)

    changes = page.get_by_role("region", name="Flags changed in the last 24 hours")
    row = changes.get_by_role("listitem").filter(has_text="Dark for a third")
    expect(row).to_contain_text("first admin token edited home-dark-mode", timeout=60_000)
    expect(row).to_contain_text("Staging")
    expect(row).to_contain_text("33 %")


def test_it_counts_stale_flags_and_says_how_far_each_revision_has_come(console: Console, shop: Service) -> None:
    count = len(shop.call("GET", "hygiene?days=30")["items"])
    delivery = shop.call("GET", "environments/production/clients?limit=1")["summary"]

    page = console.go("/", "Now")

    expect(page.get_by_role("link", name=f"{count} stale flags")).to_have_attribute("href", "/admin/hygiene")
    place = page.get_by_role("region", name="Environments").get_by_role("listitem").filter(has_text="Production")
    expect(place).to_contain_text(f"revision {delivery['revision']}")


def test_a_new_service_teaches_the_first_steps(browser: Browser) -> None:
    empty = Service({})
    empty.start()
    try:
        console = Console(browser, empty)
        console.sign_in()
        page = console.go("/", "Now")
        steps = page.get_by_role("region", name="First steps")
        expect(steps.get_by_role("heading", level=3)).to_have_text(
            ["Create a flag", "Connect an SDK", "Start a rollout"]
        )
        assert faults(console, "now-empty") == []

        empty.call("POST", "flags", {"key": "first", "type": "boolean", "variants": {"on": True, "off": False}})

        expect(steps.get_by_role("heading", level=3).first).to_have_text("Create a flag (done)", timeout=60_000)
        console.check()
        console.close()
    finally:
        empty.close()
