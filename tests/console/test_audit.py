"""The audit trail in a browser: filters, exports, and a chain that somebody has tampered with."""

import csv
import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.console.browser import Console
from tests.console.looks import faults
from tests.support.service import Service

REASON = {"X-Change-Reason": "For a test"}


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    running = Service({}, "demo")
    running.start()
    for number in range(3):
        running.call("POST", "flags", flag(f"audited-{number}"), **REASON)
    yield running
    running.close()


def flag(key: str) -> dict[str, object]:
    """Describe a flag that is off everywhere."""
    return {"key": key, "type": "boolean", "variants": {"on": True, "off": False}}


def downloaded(page: Page, name: str) -> str:
    """Press an export and read the file that comes."""
    with page.expect_download() as waiting:
        page.get_by_role("link", name=name).click()
    return Path(waiting.value.path()).read_text()


def test_what_is_shown_is_narrowed_by_form_and_by_address(console: Console) -> None:
    page = console.go("/audit", "Audit")
    page.get_by_role("textbox", name="Key").fill("audited-1")
    page.keyboard.press("Enter")
    page.wait_for_url("**key=audited-1**")

    rows = page.get_by_role("main").get_by_role("listitem").filter(has_text="Created flag")
    expect(rows.first).to_contain_text("audited-1")
    expect(page.get_by_text("audited-0")).to_have_count(0)
    page.reload()
    console.settled("Audit")
    expect(page.get_by_role("textbox", name="Key")).to_have_value("audited-1")
    page.get_by_role("button", name="Show all").click()
    expect(page.get_by_text("audited-0").first).to_be_visible()


def test_details_tell_the_request_and_the_link_of_the_chain(console: Console, service: Service) -> None:
    newest = service.call("GET", "audit?key=audited-2&environment=production")["items"][0]

    page = console.go("/audit?key=audited-2&env=production", "Audit")
    page.get_by_role("button", name=f"Details of revision {newest['revision']} of production").click()

    expect(page.get_by_role("main")).to_contain_text(newest["actor"]["requestId"])
    expect(page.get_by_role("main")).to_contain_text(newest["hash"])


def test_details_show_the_document_of_what_belongs_to_all_environments(console: Console, service: Service) -> None:
    service.call("POST", "flags", flag("audited-named"), **REASON)
    version = service.call("GET", "flags/audited-named")["version"]
    service.call("PATCH", "flags/audited-named", {"name": "Audited"}, **REASON, **{"If-Match": f'"{version}"'})

    page = console.go("/audit?key=audited-named&action=flag.edit", "Audit")
    page.get_by_role("button", name="of _catalog").first.click()

    document = page.get_by_role("group", name="flag audited-named")
    expect(document).to_contain_text("Name")
    expect(document).to_contain_text("Audited")
    assert console.axe() == []


def test_exports_hold_what_is_shown_and_nothing_else(console: Console) -> None:
    page = console.go("/audit?key=audited-0&env=production", "Audit")

    lines = [json.loads(line) for line in downloaded(page, "JSONL: export what is shown").splitlines()]
    table = list(csv.reader(downloaded(page, "CSV: export what is shown").splitlines()))

    assert {edit["key"] for line in lines for edit in line["edits"]} == {"audited-0"}
    assert {line["environment"] for line in lines} == {"production"}
    assert len(table) == len(lines) + 1


def test_new_changes_wait_until_they_are_asked_for(console: Console, service: Service) -> None:
    page = console.go("/audit?env=production&kind=flag", "Audit")
    expect(page.get_by_role("status").filter(has_text="live")).to_be_visible()

    service.call("POST", "flags", flag("audited-late"), **REASON)
    segment = {"key": "audited-late-too", "included": ["user-1"]}
    service.call("POST", "environments/production/segments", segment, **REASON)

    show = page.get_by_role("button", name="1 new change")
    expect(show).to_be_visible()
    expect(page.get_by_text("audited-late")).to_have_count(0)
    show.click()
    expect(page.get_by_text("audited-late").first).to_be_visible()


def test_an_unbroken_chain_is_said_for_every_environment(console: Console, service: Service) -> None:
    revision = service.call("GET", "environments/production/changes?limit=1")["items"][0]["revision"]

    page = console.go("/audit", "Audit")
    chain = page.get_by_role("region", name="Hash chain")

    expect(chain).to_contain_text("The hash chain is unbroken")
    expect(chain).to_contain_text("checked at")
    expect(chain.get_by_role("listitem").filter(has_text="Production")).to_contain_text(f"all {revision} changes stand")


def test_a_tampered_record_is_shown_as_broken_where_it_is(browser: Browser) -> None:
    service = Service({}, "demo")
    service.start()
    for number in range(2):
        service.call("POST", "flags", flag(f"tampered-{number}"), **REASON)
    newest = service.call("GET", "environments/production/changes?limit=1")["items"][0]
    console = Console(browser, service)
    console.sign_in()
    page = console.go("/audit", "Audit")
    expect(page.get_by_role("region", name="Hash chain")).to_contain_text("unbroken")
    console.check()
    console.close()
    service.stop()
    tampered(service.folder, newest["revision"])
    service.start()

    console = Console(browser, service)
    console.sign_in()
    page = console.go("/audit", "Audit")
    chain = page.get_by_role("region", name="Hash chain")

    expect(chain).to_contain_text("The hash chain is broken in 1 place")
    production = chain.get_by_role("listitem").filter(has_text="Production")
    expect(production).to_contain_text(f"broken at revision {newest['revision']}")
    expect(chain.get_by_role("listitem").filter(has_text="Staging")).to_contain_text("unbroken")
    found = console.axe()
    console.shoot("audit-broken-1440", whole=False)
    console.check()
    console.close()
    service.close()
    assert found == []


def tampered(folder: Path, revision: int) -> None:
    """Give a change of production another reason, as who owns the file can: the trigger that forbids it goes first."""
    [database] = folder.glob("*.db")
    with sqlite3.connect(database) as connection:
        connection.execute("DROP TRIGGER changes_no_update")
        done = connection.execute(
            "UPDATE changes SET reason = 'Nothing happened here' WHERE environment = 'production' AND revision = ?",
            (revision,),
        )
        assert done.rowcount == 1
    connection.close()


def test_it_is_whole_in_light_and_dark_and_on_a_phone(console: Console) -> None:
    console.go("/audit", "Audit")

    assert faults(console, "audit") == []
