"""Environments in the browser: made as copies, protected, loosened with a second look, closed for good."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.console.browser import Console
from tests.console.looks import faults
from tests.support.process import free_port
from tests.support.service import Service


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    running = Service({"SAMPLE_DATA": "true"})
    running.start()
    running.call("PATCH", "environments/production", {"protected": True, "requireReason": True})
    yield running
    running.close()


@pytest.fixture
def qa(service: Service) -> str:
    """Give an environment of this test's own."""
    key = f"qa-{free_port()}"
    service.call("POST", "environments", {"key": key, "protected": True})
    return key


def save(page: Page, verb: str, why: str = "", typed: str = "") -> None:
    sheet = page.get_by_role("dialog").last
    sheet.get_by_label("Why").fill(why)
    if typed:
        sheet.get_by_label(f"Type {typed} to confirm").fill(typed)
    sheet.get_by_role("button", name=verb, exact=True).click()
    expect(sheet).to_be_hidden()


def test_an_environment_begins_as_a_copy_of_another(console: Console, service: Service) -> None:
    page = console.go("/environments", "Environments")
    page.get_by_role("button", name="New environment").click()
    dialog = page.get_by_role("dialog", name="New environment")
    dialog.get_by_label("Key").fill("canary")
    dialog.get_by_label("Name").fill("Canary")
    dialog.get_by_label("Begin as a copy of").click()
    page.get_by_role("option", name="Production").click()
    dialog.get_by_label("Protected", exact=True).press("Space")
    expect(dialog).to_contain_text("Every change names the version it is based on;")
    dialog.get_by_role("button", name="Review").click()
    save(page, "Create", "a place before production")

    row = page.get_by_role("region", name="Canary", exact=True)
    expect(row).to_contain_text("protected")
    made = service.call("GET", "environments/canary")
    copied = service.call("GET", "environments/canary/splits/checkout")
    original = service.call("GET", "environments/production/splits/checkout")
    assert (made["name"], made["protected"]) == ("Canary", True)
    assert copied["salt"] == original["salt"]
    expect(row.get_by_role("link", name="1", exact=True).last).to_be_visible()  # its one split


def test_loosening_a_protection_is_looked_at_twice(console: Console, service: Service, qa: str) -> None:
    page = console.go("/environments", "Environments")
    page.get_by_role("button", name=f"Edit {qa}").click()
    dialog = page.get_by_role("dialog", name=f"Edit {qa}")
    assert f"edit={qa}" in page.url
    dialog.get_by_label("Protected", exact=True).press("Space")
    dialog.get_by_role("button", name="Review").click()
    sheet = page.get_by_role("dialog").last
    expect(sheet).to_contain_text("It is no longer protected")
    expect(sheet.get_by_role("button", name="Save", exact=True)).to_be_disabled()
    save(page, "Save", "a playground", qa)

    expect(page.get_by_role("region", name=qa, exact=True)).to_contain_text("not protected")
    assert not service.call("GET", f"environments/{qa}")["protected"]


def test_an_environment_is_closed_for_good_only_after_its_name_was_typed(
    console: Console, service: Service, qa: str
) -> None:
    console.expect(404)  # its row may ask for its documents once more before it goes
    page = console.go("/environments", "Environments")
    page.get_by_role("button", name=f"More for {qa}").click()
    page.get_by_role("menuitem", name="Archive for good").click()
    expect(page.get_by_role("dialog").last).to_contain_text("This cannot be undone.")
    save(page, "Archive for good", "no longer used", qa)

    expect(page.get_by_role("region", name=qa, exact=True)).to_be_hidden()
    assert qa not in [each["key"] for each in service.call("GET", "environments")["items"]]


def test_what_is_made_elsewhere_appears_by_itself(console: Console, service: Service) -> None:
    page = console.go("/environments", "Environments")
    service.call("POST", "environments", {"key": f"load-{free_port()}", "name": "Load test"})

    expect(page.get_by_role("region", name="Load test", exact=True)).to_contain_text("Changes are saved at once")


@pytest.mark.parametrize("search", ["", "?create=true", "?edit=production"])
def test_environments_can_be_used_by_everybody(console: Console, search: str) -> None:
    console.go(f"/environments{search}", "Environments")

    assert faults(console, f"environments{search.replace('?', '-').replace('=', '-')}") == []
