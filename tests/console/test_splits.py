"""Traffic splits in the browser, over a HAProxy that really splits: told, read back, changed by hand, swapped."""

import re  # names of what is looked for, in Playwright's own way
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.console.browser import Console
from tests.console.looks import faults
from tests.support.haproxy import HaproxyServer, rendered, say
from tests.support.process import free_port
from tests.support.service import Service
from tests.support.timing import eventually

WEB = "environments/production/splits/web"


@pytest.fixture(scope="module")
def haproxy() -> Iterator[HaproxyServer]:
    port = free_port()
    running = HaproxyServer(
        rendered("weights.cfg", {"bind 127.0.0.1:8081": f"bind 127.0.0.1:{port}", "9001": str(free_port())}), port
    )
    running.start()
    yield running
    running.close()


@pytest.fixture(scope="module")
def service(haproxy: HaproxyServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    file: Path = tmp_path_factory.mktemp("routers") / "routers.yaml"
    file.write_text(
        "routers:\n"
        f"  edge-1: {{kind: haproxy-weights, nodes: [{haproxy.socket}], backend: shop,\n"
        "    servers: {blue: [stable1], green: [canary1]}, sticky: none}\n"
        "  edge-2: {kind: none}\n"
    )
    running = Service({"SAMPLE_DATA": "true", "ROUTERS": str(file)})
    running.start()
    running.call("PATCH", "environments/production", {"protected": True, "requireReason": True})
    yield running
    running.close()


@pytest.fixture
def web(service: Service) -> Iterator[str]:
    """Give a split of blue and green that nothing is bound to; it is archived afterwards, with its bindings."""
    key = f"web-{free_port()}"
    split = {"weights": {"blue": 100_000, "green": 0}}
    body = {"key": key, "backends": ["blue", "green"], "stable": "blue", "default": {"split": split}}
    service.call("POST", "environments/production/splits", body, **{"X-Change-Reason": "test"})
    yield key
    for binding in service.call("GET", "environments/production/bindings")["items"]:
        if binding["split"] == key:
            end(service, f"environments/production/bindings/{binding['key']}")
    end(service, f"environments/production/splits/{key}")


def end(service: Service, path: str) -> None:
    version = service.call("GET", path)["version"]
    service.call("POST", f"{path}/archive", **{"If-Match": f'"{version}"', "X-Change-Reason": "over"})


def bind(service: Service, key: str, router: str, drift: str = "reassert") -> None:
    body = {"key": key, "split": key, "routers": [router], "drift": drift}
    service.call("POST", "environments/production/bindings", body, **{"X-Change-Reason": "test"})


def save(page: Page, verb: str, why: str, typed: str = "") -> None:
    """Give a reason in the open review, type what it wants, and save."""
    sheet = page.get_by_role("dialog").last
    sheet.get_by_label("Why").fill(why)
    if typed:
        sheet.get_by_label(re.compile(f"^Type {typed}")).fill(typed)
    sheet.get_by_role("button", name=verb, exact=True).click()
    expect(sheet).to_be_hidden()


def create(console: Console) -> None:
    """Make the split `web` of blue and green in the dialog."""
    page = console.go("/splits?env=production", "Traffic splits")
    page.get_by_role("button", name="New split").click()
    dialog = page.get_by_role("dialog", name="New traffic split in Production")
    expect(dialog.get_by_label("Key")).to_be_focused()
    dialog.get_by_label("Key").fill("web")
    backends = dialog.get_by_label("Backends")
    backends.press("Backspace")
    backends.press("Backspace")
    for name in ("blue", "green"):
        backends.fill(name)
        backends.press("Enter")
    dialog.get_by_role("button", name="Review").click()
    save(page, "Create", "a release")
    console.settled("web")


def bind_by_hand(page: Page) -> None:
    """Bind it to HAProxy in the dialog, to be left alone when somebody else changes it."""
    page.get_by_role("tab", name="Routers").click()
    page.get_by_role("button", name="Bind routers").click()
    page.get_by_role("dialog").get_by_label("Routers").first.press("ArrowDown")
    page.get_by_role("option", name="edge-1 (haproxy-weights)").click()
    page.get_by_role("dialog").get_by_label("Routers").first.press("Tab")
    page.get_by_text("Leave it alone, and say so").click()
    page.get_by_role("dialog").get_by_role("button", name="Review").click()
    save(page, "Bind", "the edge")


def server_weight(haproxy: HaproxyServer, name: str) -> str:
    return say(haproxy.socket, f"get weight shop/{name}").split()[0]


def test_blue_and_green_from_nothing_to_the_swap_and_back(console: Console, haproxy: HaproxyServer) -> None:
    create(console)
    page = console.page
    bind_by_hand(page)

    card = page.get_by_role("region", name="Binding web")
    expect(card).to_contain_text("In force: blue 100 %, green 0 %.")
    edge = card.get_by_role("row", name=re.compile("edge-1"))
    expect(edge.get_by_role("img", name="blue 100 % / green 0 %")).to_have_count(2)  # desired and observed
    assert server_weight(haproxy, "stable1") == "256"

    page.get_by_role("button", name="Swap to green").click()
    sheet = page.get_by_role("dialog").last
    expect(sheet).to_contain_text("All traffic of web goes to green at once.")
    expect(sheet).to_contain_text("blue → green")
    save(page, "Swap to green", "release 2.4", "production")

    expect(card).to_contain_text("In force: blue 0 %, green 100 %.")
    expect(edge.get_by_role("img", name="blue 0 % / green 100 %")).to_have_count(2)
    assert (server_weight(haproxy, "stable1"), server_weight(haproxy, "canary1")) == ("0", "256")

    page.get_by_role("button", name="Swap to blue").click()
    save(page, "Swap to blue", "release 2.4 is slow")
    expect(card).to_contain_text("In force: blue 100 %, green 0 %.")
    end(console.service, "environments/production/bindings/web")
    end(console.service, WEB)


def test_a_router_that_is_changed_by_hand_is_shown_at_once_and_told_again_on_request(
    console: Console, haproxy: HaproxyServer, service: Service, web: str
) -> None:
    bind(service, web, "edge-1", drift="pause")
    page = console.go(f"/splits/production/{web}?tab=routers", web)
    card = page.get_by_role("region", name=f"Binding {web}")
    expect(card).to_contain_text("in force")

    say(haproxy.socket, "set server shop/canary1 weight 128")

    expect(card).to_contain_text("paused")
    expect(card).to_contain_text("somebody else changed a router")
    expect(card.get_by_role("row", name=re.compile("edge-1"))).to_contain_text("green 33.333 %")
    assert faults(console, "split-routers-paused") == []
    card.get_by_role("button", name="What would be told now").click()
    expect(card.get_by_role("group", name="What edge-1 would be told")).to_contain_text("canary1")
    card.get_by_role("button", name="Resume").click()
    save(page, "Resume", "ours again", "production")

    expect(card).to_contain_text("In force: blue 100 %, green 0 %.")
    eventually(lambda: server_weight(haproxy, "canary1") == "0", "the weight that was told again")
    card.get_by_role("button", name="What happened").click()
    events = card.get_by_role("list", name=f"What happened to {web}")
    expect(events).to_contain_text("a router was found changed by somebody else")
    expect(events).to_contain_text("every router has read back as told")


def test_a_weight_that_the_router_has_no_step_for_is_told_rounded(console: Console, service: Service, web: str) -> None:
    bind(service, web, "edge-1")
    page = console.go(f"/splits/production/{web}", web)
    page.get_by_label("Percent of green").fill("12")
    page.get_by_label("Percent of green").press("Tab")
    expect(page.get_by_text("12.0 % blue → green, nobody else.")).to_be_visible()
    page.get_by_role("region", name="Pending changes").get_by_role("button", name="Review").click()
    save(page, "Save", "a canary")

    page.get_by_role("tab", name="Routers").click()
    row = page.get_by_role("row", name=re.compile("edge-1"))
    expect(row).to_contain_text("steps of 0.391 %")
    expect(row).to_contain_text("told as blue 225 of 256 (87.891 %) and green 31 of 256 (12.109 %)")


def test_the_list_is_searched_and_says_what_each_splits_routers_do(
    console: Console, service: Service, web: str
) -> None:
    bind(service, web, "edge-2")
    page = console.go("/splits?env=production", "Traffic splits")
    row = page.get_by_role("row", name=re.compile(web))

    expect(row).to_contain_text("in force")
    expect(row.get_by_role("img", name="blue 100 % / green 0 %")).to_be_visible()
    page.get_by_role("searchbox", name="Search splits").fill("green")
    expect(page.get_by_role("row", name=re.compile("Checkout service"))).to_be_hidden()
    assert "q=green" in page.url
    page.reload()
    console.settled()
    expect(page.get_by_role("searchbox", name="Search splits")).to_have_value("green")
    expect(row).to_be_visible()


def test_a_change_by_somebody_else_meanwhile_is_merged(console: Console, service: Service, web: str) -> None:
    console.expect(412)
    page = console.go(f"/splits/production/{web}?tab=settings", web)
    page.get_by_role("textbox", name="Owner").fill("payments")
    page.get_by_role("button", name="Review").click()
    version = service.call("GET", f"environments/production/splits/{web}")["version"]
    headers = {"If-Match": f'"{version}"', "X-Change-Reason": "mine"}
    service.call("PATCH", f"environments/production/splits/{web}", {"description": "The web."}, **headers)

    sheet = page.get_by_role("dialog").last
    sheet.get_by_label("Why").fill("who answers for it")
    sheet.get_by_role("button", name="Save", exact=True).click()
    expect(sheet.get_by_role("alert")).to_contain_text("Somebody else was first")
    sheet.get_by_role("button", name="Review the merge").click()
    save(page, "Save", "who answers for it")

    saved = service.call("GET", f"environments/production/splits/{web}")
    assert (saved["owner"], saved["description"]) == ("payments", "The web.")


def test_a_unit_is_told_its_cohort_with_bucket_and_range(console: Console, service: Service, web: str) -> None:
    page = console.go(f"/splits/production/{web}", web)
    asked = {"split": web, "context": {"targetingKey": "user-42"}}
    bucket = service.call("POST", "environments/production/evaluate", asked)["decision"]["bucket"]

    page.get_by_role("textbox", name="Unit", exact=True).fill("user-42")
    page.get_by_role("button", name="Ask").click()

    answer = page.get_by_role("region", name="Which cohort is this unit?")
    expect(answer).to_contain_text("user-42 gets blue")
    expect(answer).to_contain_text(f"Bucket {bucket:,} of 100,000 lies in 0…99,999 (100 %).")
    assert "unit=user-42" in page.url


def test_a_rule_and_a_listed_unit_are_added_and_decide(console: Console, service: Service, web: str) -> None:
    page = console.go(f"/splits/production/{web}", web)
    page.get_by_role("button", name="Add a rule").click()
    rule = page.get_by_role("group", name="rule 1", exact=True)
    expect(page.get_by_role("region", name="Pending changes")).to_contain_text("Rule 1 is not complete.")
    rule.get_by_label("Attribute").first.fill("country")
    values = rule.get_by_label("Add to values of country")
    values.fill("DE")
    values.press("Enter")
    page.get_by_role("button", name="List units").click()
    page.get_by_role("textbox", name="Add to units of blue").fill("ann")
    page.get_by_role("textbox", name="Add to units of blue").press("Enter")
    assert faults(console, "split-draft") == []
    page.get_by_role("region", name="Pending changes").get_by_role("button", name="Review").click()
    sheet = page.get_by_role("dialog").last
    expect(sheet).to_contain_text("IF country is one of DE THEN serve green")
    assert faults(console, "split-review") == []
    save(page, "Save", "Germany first")

    saved = service.call("GET", f"environments/production/splits/{web}")
    assert saved["rules"][0]["when"] == {"attribute": "country", "op": "in", "values": ["DE"]}
    assert saved["targets"] == [{"variant": "blue", "units": ["ann"]}]


def test_a_split_that_is_bound_cannot_be_archived_and_says_why(console: Console, service: Service, web: str) -> None:
    bind(service, web, "edge-2")
    page = console.go(f"/splits/production/{web}?tab=settings", web)
    button = page.get_by_role("button", name="Archive this split")
    expect(page.get_by_role("list", name="Used by")).to_contain_text("traffic split")
    expect(button).to_be_disabled()

    end(service, f"environments/production/bindings/{web}")
    expect(button).to_be_enabled()
    button.click()
    save(page, "Archive", "no longer used", "production")

    expect(page.get_by_text("Nobody is answered by it any more.")).to_be_visible()
    page.get_by_role("button", name="Restore this split").click()
    save(page, "Restore", "still used")
    expect(button).to_be_visible()


@pytest.mark.parametrize("place", ["splits?env=production", "splits?env=production&create=true", "splits?env=staging"])
def test_the_list_and_its_dialog_can_be_used_by_everybody(console: Console, place: str) -> None:
    console.go(f"/{place}", "Traffic splits")

    assert faults(console, place.translate(str.maketrans("?&=", "---"))) == []


@pytest.mark.parametrize("tab", ["split", "routers", "connect", "settings"])
def test_every_tab_can_be_used_by_everybody(console: Console, service: Service, web: str, tab: str) -> None:
    bind(service, web, "edge-2")
    console.go(f"/splits/production/{web}?tab={tab}&unit=user-42", web)

    assert faults(console, f"split-{tab}") == []


def test_a_split_that_is_not_there_says_so(browser: Browser, service: Service) -> None:
    console = Console(browser, service)
    console.sign_in()
    console.expect(404)

    page = console.go("/splits/production/nowhere", "nowhere")

    expect(page.get_by_role("alert")).to_contain_text("There is no")
    console.check()
    console.close()
