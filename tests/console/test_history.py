"""History in a browser: who did what and why, what differs, everything as of then, and the way back."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.console.browser import Console
from tests.console.looks import faults
from tests.support.console_data import seed
from tests.support.service import ADMIN_TOKEN, Service

PRODUCTION = "environments/production"
SPLIT = {"hash": "murmur3", "by": "targetingKey"}


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    running = Service({}, "demo")
    running.start()
    seed(running.url, ADMIN_TOKEN)
    yield running
    running.close()


def weigh(service: Service, flag: str, share: int, reason: str) -> int:
    """Set the share of `on` in production; answers the revision."""
    version = service.call("GET", f"{PRODUCTION}/flags/{flag}")["version"]
    written = service.call(
        "POST",
        f"{PRODUCTION}/flags/{flag}/weights",
        {"weights": {"on": share, "off": 100_000 - share}},
        **{"X-Change-Reason": reason, "If-Match": f'"{version}"'},
    )
    return int(written["revision"])


def evaluated(service: Service, flag: str, unit: str, **moment: Any) -> str:
    """Ask what a unit gets in production, now or then."""
    question = {"flag": flag, "context": {"targetingKey": unit}, **moment}
    return str(service.call("POST", f"{PRODUCTION}/evaluate", question)["decision"]["variant"])


def flag_of(service: Service, key: str, share: int) -> str:
    """Make a flag that is split in production, and off elsewhere."""
    split = {"split": {"weights": {"on": share, "off": 100_000 - share}}}
    body = {"key": key, "type": "boolean", "variants": {"on": True, "off": False}}
    places = {"production": {"enabled": True, "offVariant": "off", "default": split}}
    service.call("POST", "flags", {**body, "environments": places}, **{"X-Change-Reason": "For a test"})
    return key


def test_a_change_is_listed_with_author_reason_and_way_and_leads_to_what_it_changed(
    console: Console, service: Service
) -> None:
    flag = flag_of(service, "history-listed", 10_000)
    revision = weigh(service, flag, 25_000, "Conversion is up")

    page = console.go(f"/history?env=production&kind=flag&key={flag}", "History")
    row = page.get_by_role("listitem").filter(has_text="Conversion is up")
    expect(row).to_contain_text(f"Changed the weights of flag {flag}")
    expect(row).to_contain_text("token")
    row.get_by_role("link", name=f"Revision {revision}").click()

    console.settled(f"Revision {revision}")
    document = page.get_by_role("group", name=f"flag {flag}")
    expect(document).to_contain_text("on 10 %")
    expect(document).to_contain_text("on 25 %")
    expect(document).to_contain_text("Who moves: 15.0 % off → on, nobody else")
    document.get_by_role("button", name="Show JSON").click()
    expect(document.get_by_role("region", name="The difference as JSON")).to_contain_text('added: "on": 25000')


def test_any_two_revisions_are_compared_from_the_list_and_the_address_holds_them(
    console: Console, service: Service
) -> None:
    flag = flag_of(service, "history-compared", 10_000)
    first = weigh(service, flag, 20_000, "First")
    weigh(service, flag, 30_000, "Second")
    last = weigh(service, flag, 40_000, "Third")

    page = console.go(f"/history?env=production&kind=flag&key={flag}", "History")
    page.get_by_role("checkbox", name=f"Compare revision {last}").check()
    page.get_by_role("checkbox", name=f"Compare revision {first}").check()
    page.get_by_role("link", name=f"Compare {first} with {last}").click()

    console.settled(f"Revision {first} against {last}")
    expect(page.get_by_role("group", name=f"flag {flag}")).to_contain_text("20.0 % off → on, nobody else")
    page.reload()
    console.settled(f"Revision {first} against {last}")
    page.get_by_role("button", name="Swap").click()
    expect(page.get_by_role("group", name=f"flag {flag}")).to_contain_text("20.0 % on → off, nobody else")


def test_a_new_change_waits_behind_a_quiet_button(console: Console, service: Service) -> None:
    flag = flag_of(service, "history-newer", 10_000)
    page = console.go(f"/history?env=production&kind=flag&key={flag}", "History")
    expect(page.get_by_role("status").filter(has_text="live")).to_be_visible()

    weigh(service, flag, 15_000, "While somebody reads")

    show = page.get_by_role("button", name="1 new change")
    expect(show).to_be_visible()
    expect(page.get_by_text("While somebody reads")).to_have_count(0)
    show.click()
    expect(page.get_by_text("While somebody reads")).to_be_visible()
    expect(show).to_have_count(0)


def test_a_stored_table_is_restored_after_a_review_and_the_very_same_units_return(
    console: Console, service: Service
) -> None:
    flag = flag_of(service, "history-restored", 30_000)
    units = [f"user-{number}" for number in range(60)]
    then = [evaluated(service, flag, unit) for unit in units]
    weigh(service, flag, 0, "Nobody")
    revision = weigh(service, flag, 60_000, "More")
    now = [evaluated(service, flag, unit) for unit in units]

    page = console.go(f"/history?env=production&revision={revision - 2}&show=everything")
    page.get_by_role("searchbox", name="Find a document").fill(flag)
    page.get_by_role("button", name=f"Restore flag {flag}").click()
    dialog = page.get_by_role("dialog", name=f"Restore flag {flag}")
    stored = dialog.get_by_role("region", name="Restore it as it was stored")
    again = dialog.get_by_role("region", name="Set these weights again")
    expect(stored).to_contain_text("Who moves:")
    expect(again).to_contain_text("Who moves: 30.0 % on → off, nobody else")
    found = console.axe()
    console.shoot("history-two-ways-1440", whole=False)
    stored.get_by_role("button", name="Review: restore").click()
    sheet = page.get_by_role("dialog", name=f"Restore flag {flag} as of revision {revision - 2}")
    expect(sheet).to_contain_text("Who moves")
    sheet.get_by_role("textbox", name="Why").fill("It was better before")
    sheet.get_by_role("button", name="Restore").click()
    expect(sheet).to_be_hidden()

    assert found == []
    assert then != now
    assert [evaluated(service, flag, unit) for unit in units] == then
    change = service.call("GET", f"{PRODUCTION}/changes?limit=1")["items"][0]
    assert (change["action"], change["reason"], change["actor"]["via"]) == (
        "flag.revert",
        "It was better before",
        "console",
    )


def test_who_restores_what_somebody_changed_meanwhile_looks_again(console: Console, service: Service) -> None:
    flag = flag_of(service, "history-late", 30_000)
    revision = weigh(service, flag, 0, "Nobody")

    page = console.go(f"/history?env=production&revision={revision - 1}&show=everything")
    page.get_by_role("searchbox", name="Find a document").fill(flag)
    page.get_by_role("button", name=f"Restore flag {flag}").click()
    page.get_by_role("button", name="Review: restore").click()
    sheet = page.get_by_role("dialog", name=f"Restore flag {flag} as of revision {revision - 1}")
    sheet.get_by_role("textbox", name="Why").fill("It was better before")
    expect(sheet).to_contain_text("30.0 % off → on, nobody else")
    weigh(service, flag, 50_000, "Meanwhile")
    console.expect(412)
    sheet.get_by_role("button", name="Restore").click()
    expect(sheet.get_by_role("alert")).to_contain_text("Nothing was done yet")
    found = console.axe()
    console.shoot("history-look-again-1440", whole=False)
    sheet.get_by_role("button", name="Look again").click()
    expect(sheet).to_contain_text("20.0 % on → off, nobody else")
    sheet.get_by_role("textbox", name="Why").fill("It was better before")
    sheet.get_by_role("button", name="Restore").click()
    expect(sheet).to_be_hidden()

    assert found == []
    now = service.call("GET", f"{PRODUCTION}/flags/{flag}")
    assert now["default"]["split"]["weights"]["on"] == 30_000


def test_old_weights_are_set_again_as_another_way_back(console: Console, service: Service) -> None:
    flag = flag_of(service, "history-weights", 30_000)
    revision = weigh(service, flag, 60_000, "More")

    page = console.go(f"/history?env=production&revision={revision}")
    page.get_by_role("button", name=f"Restore flag {flag}").click()
    again = page.get_by_role("dialog").get_by_role("region", name="Set these weights again")
    again.get_by_role("button", name="Review: set the weights").click()
    sheet = page.get_by_role("dialog", name="Set the old weights")
    sheet.get_by_role("textbox", name="Why").fill("Back to thirty")
    sheet.get_by_role("button", name="Set the weights").click()
    expect(sheet).to_be_hidden()

    found = service.call("GET", f"{PRODUCTION}/flags/{flag}")
    assert found["default"]["split"]["weights"] == {"on": 30_000, "off": 70_000}
    assert service.call("GET", f"{PRODUCTION}/changes?limit=1")["items"][0]["action"] == "flag.weights"


def test_a_decision_of_the_past_leads_from_the_time_to_the_same_answer(console: Console, service: Service) -> None:
    flag = flag_of(service, "history-explained", 100_000)
    at = service.call("GET", f"{PRODUCTION}/changes?limit=1")["items"][0]["at"]
    weigh(service, flag, 0, "Nobody any more")

    page = console.go(f"/history?env=production&at={at}")
    page.get_by_role("searchbox", name="Find a document").fill(flag)
    link = page.get_by_role("link", name=f"Explain a decision of flag {flag} as of then")

    expect(page.get_by_role("main")).to_contain_text("was in force")
    expect(page.get_by_role("button", name=f"flag {flag} split")).to_contain_text("on 100 %")
    address = link.get_attribute("href") or ""
    assert f"flag={flag}" in address
    assert "env=production" in address
    assert "at=" in address
    assert evaluated(service, flag, "user-42", at=at) == "on"
    assert evaluated(service, flag, "user-42") == "off"


@pytest.mark.parametrize("view", ["", "&revision=40", "&revision=40&show=everything", "&from=30&to=60"])
def test_every_view_is_whole_in_light_and_dark_and_on_a_phone(console: Console, view: str) -> None:
    name = view.replace("&", "-").replace("=", "") or "-list"
    console.go(f"/history?env=production{view}")

    assert faults(console, f"history{name}") == []
