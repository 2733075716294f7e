"""Clients in the console: a real process with the SDK, what it holds, and the receipt of a change."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from flagsdk import Context, FlagClient
from tests.console.browser import Console
from tests.console.looks import faults
from tests.support.service import Service

PLACE = "production"
FLAG = "followed"


@pytest.fixture(scope="module")
def follower(service: Service) -> Iterator[FlagClient]:
    """Let a client follow the service, which reports every second."""
    service.call("POST", "flags", {"key": FLAG, "type": "boolean", "variants": {"on": True, "off": False}})
    body = {"kind": "sdk", "environment": PLACE, "name": "follower"}
    token = service.call("POST", "tokens", body)["document"]["token"]
    with FlagClient(service.url, token=token, application="ticket-office", report_seconds=1) as client:
        client.is_enabled(FLAG, Context("user-42"))
        yield client


def test_a_process_shows_what_it_holds_and_confirms_the_next_change(
    console: Console, service: Service, follower: FlagClient
) -> None:
    page = console.go(f"/clients?env={PLACE}", "Clients")
    row = page.get_by_role("row").filter(has_text="ticket-office")
    expect(row).to_contain_text("there", timeout=60_000)

    now = service.call("GET", f"environments/{PLACE}/flags/{FLAG}")
    headers = {"If-Match": f'"{now["version"]}"', "X-Change-Reason": "The other way round"}
    patch = {"enabled": not now["enabled"]}
    revision = service.call("PATCH", f"environments/{PLACE}/flags/{FLAG}", patch, **headers)["revision"]

    receipt = page.get_by_role("region", name="Receipt")
    expect(receipt).to_contain_text(f"at revision {revision}", timeout=60_000)
    expect(row).to_contain_text(f"revision {revision}", timeout=60_000)
    expect(row).to_contain_text("python")
    expect(receipt).to_contain_text("1 of 1")
    assert faults(console, "clients-one") == []


def test_a_revision_to_come_is_held_by_nobody(console: Console, follower: FlagClient) -> None:
    page = console.go(f"/clients?env={PLACE}&revision=100000", "Clients")

    expect(page.get_by_role("region", name="Receipt")).to_contain_text("0 of 1", timeout=60_000)
    expect(page.get_by_role("row").filter(has_text="ticket-office")).to_contain_text("behind")


def test_the_search_is_in_the_address(console: Console, follower: FlagClient) -> None:
    page = console.go(f"/clients?env={PLACE}", "Clients")
    page.get_by_role("row").filter(has_text="ticket-office").wait_for(timeout=60_000)

    page.get_by_label("Search processes").fill("no such thing")

    expect(page.get_by_text("No process matches")).to_be_visible()
    assert "q=no" in page.url
