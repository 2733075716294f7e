"""Environments side by side in a browser, and what is picked of them copied with one review."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.console.browser import Console
from tests.console.looks import faults
from tests.support.console_data import seed
from tests.support.service import ADMIN_TOKEN, Service

SIDES = "/compare?a=staging&b=production&c=none"


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    running = Service({}, "demo")
    running.start()
    seed(running.url, ADMIN_TOKEN)
    yield running
    running.close()


def decided(service: Service, environment: str, flag: str) -> str:
    """Ask what somebody gets there now."""
    question = {"flag": flag, "context": {"targetingKey": "user-42"}}
    return str(service.call("POST", f"environments/{environment}/evaluate", question)["decision"]["variant"])


def made(service: Service, key: str) -> str:
    """Make a flag that is on in staging and off in production."""
    on = {"enabled": True, "offVariant": "off", "default": {"serve": "on"}}
    body = {"key": key, "type": "boolean", "variants": {"on": True, "off": False}}
    places = {"staging": on, "production": {**on, "enabled": False}}
    service.call("POST", "flags", {**body, "environments": places}, **{"X-Change-Reason": "For a test"})
    return key


def test_a_flag_is_copied_to_production_with_review_and_name_and_is_decided_so_at_once(
    console: Console, service: Service
) -> None:
    flag = made(service, "compare-copied")
    before = decided(service, "production", flag)

    page = console.go(f"{SIDES}&q={flag}", "Compare")
    row = page.get_by_role("row", name=flag)
    expect(row).to_contain_text("off: serve off")
    page.get_by_role("checkbox", name=f"Pick flag {flag}").check()
    page.get_by_role("button", name="Review 1 copy").click()
    sheet = page.get_by_role("dialog", name="Copy 1 document from staging to production")
    expect(sheet.get_by_role("group", name=f"flag {flag}")).to_contain_text("State")
    found = console.axe()
    console.shoot("compare-review-1440", whole=False)
    sheet.get_by_role("textbox", name="Why").fill("It worked in staging")
    save = sheet.get_by_role("button", name="Copy", exact=True)
    expect(save).to_be_disabled()
    sheet.get_by_role("textbox", name="Type production to confirm").fill("production")
    save.click()
    expect(sheet).to_be_hidden()

    expect(page.get_by_role("status").filter(has_text="Copied")).to_contain_text(f"flag {flag} replaced what was there")
    expect(row).to_have_count(0)
    assert found == []
    assert (before, decided(service, "production", flag)) == ("off", "on")
    assert (
        service.call("GET", "environments/production/changes?limit=1")["items"][0]["reason"] == "It worked in staging"
    )


def test_a_difference_that_somebody_else_removes_leaves_the_list_by_itself(console: Console, service: Service) -> None:
    flag = made(service, "compare-live")
    page = console.go(f"{SIDES}&q={flag}", "Compare")
    row = page.get_by_role("row", name=flag)
    expect(row).to_have_count(1)

    version = service.call("GET", f"environments/production/flags/{flag}")["version"]
    service.call(
        "PATCH",
        f"environments/production/flags/{flag}",
        {"enabled": True},
        **{"X-Change-Reason": "On", "If-Match": f'"{version}"'},
    )

    expect(row).to_have_count(0)


def test_a_row_opens_into_its_properties_and_the_address_holds_what_is_shown(
    console: Console, service: Service
) -> None:
    flag = made(service, "compare-opened")

    page = console.go("/compare?a=development&b=staging&c=production", "Compare")
    page.get_by_role("searchbox", name="Find").fill(flag)
    page.get_by_role("button", name=f"flag {flag}").click()

    state = page.get_by_role("row", name="State (differs)")
    expect(state.get_by_role("cell").nth(2)).to_have_text("on")
    expect(state.get_by_role("cell").nth(3)).to_have_text("off")
    page.wait_for_url(f"**q={flag}**")
    page.reload()
    console.settled("Compare")
    expect(page.get_by_role("searchbox", name="Find")).to_have_value(flag)


def test_what_is_the_same_is_listed_when_asked_for_and_cannot_be_copied(console: Console) -> None:
    page = console.go(f"{SIDES}&q=account-social-login", "Compare")
    expect(page.get_by_role("row", name="account-social-login")).to_have_count(0)

    page.get_by_role("switch", name="Show what is the same, too").check()

    expect(page.get_by_role("row", name="account-social-login")).to_contain_text("the same")
    expect(page.get_by_role("checkbox", name="Pick flag account-social-login")).to_be_disabled()


def test_it_is_whole_in_light_and_dark_and_on_a_phone(console: Console) -> None:
    page = console.go("/compare?a=development&b=staging&c=production", "Compare")
    page.get_by_role("button", name="flag account-passkeys").click()

    assert faults(console, "compare") == []
