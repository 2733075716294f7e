"""The playground: what anybody gets, and why; now and then, here and everywhere."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.console.browser import PHONE, Console, held
from tests.console.looks import faults
from tests.console.playground import PRODUCTION, UNITS, Flag, give, opened, paste, sentence
from tests.support.service import ADMIN_TOKEN, Service


@pytest.fixture
def flag(service: Service, request: pytest.FixtureRequest) -> Flag:
    return Flag(service, f"play-{abs(hash(request.node.name)) % 10**9}")


@pytest.fixture
def phone(browser: Browser, service: Service) -> Iterator[Console]:
    opened = Console(browser, service, size=PHONE)
    opened.sign_in()
    yield opened
    opened.check()
    opened.close()


def test_a_decision_of_the_past_is_explained_as_it_was_served(console: Console, flag: Flag) -> None:
    context = {"targetingKey": "user-42", "country": "DE"}
    served = flag.evaluate(context)
    at = flag.service.call("GET", f"{PRODUCTION}/changes/{served['revision']}")["at"]
    flag.switch_off()
    why = (
        f"user-42 gets on from {flag.key} in Production: rule 1 (dach) matched, as country DE is one of DE or AT "
        f"and user-42 is in segment {flag.key}, where it is included by name."
    )

    page = opened(console, flag)
    give(page, "user-42", country="DE")
    expect(sentence(page, "the flag is off, so everybody gets the off variant")).to_be_visible()
    page.get_by_text("A revision", exact=True).click()
    page.get_by_label("Revision", exact=True).fill(str(served["revision"]))
    page.keyboard.press("Enter")

    assert served["decision"]["rule"] == "dach"
    expect(sentence(page, why)).to_be_visible()
    link = page.get_by_role("link", name="in the history")
    expect(link).to_have_attribute("href", f"/admin/history?env=production&revision={served['revision']}")
    page.get_by_role("button", name="Back to now").click()
    expect(sentence(page, "the flag is off")).to_be_visible()

    opened(console, flag, f"&at={at.replace('+', '%2B')}")
    give(page, "user-42", country="DE")
    expect(sentence(page, why)).to_be_visible()
    expect(page.get_by_text("The past: as of")).to_be_visible()


def test_a_time_to_come_is_called_so_and_refused(console: Console, flag: Flag) -> None:
    page = opened(console, flag, "&at=2999-01-01T00:00:00Z&unit=user-42")
    expect(page.get_by_text("In the future: 1 Jan 2999")).to_be_visible()
    expect(page.get_by_text("Nobody knows what will be in force then")).to_be_visible()
    expect(page.get_by_text("The past: as of")).to_have_count(0)
    page.get_by_role("button", name="Back to now").click()
    expect(sentence(page, "user-42 gets")).to_be_visible()


def test_what_was_not_there_yet_is_an_error_that_says_so(console: Console, flag: Flag) -> None:
    console.expect(404)

    page = opened(console, flag, "&revision=1")

    expect(page.get_by_role("alert")).to_contain_text("at revision 1")


def test_the_numbers_of_a_trace_are_those_of_the_api(console: Console, flag: Flag) -> None:
    split = flag.evaluate({"targetingKey": "user-7"})["trace"]["steps"][-1]
    start, end = split["range"]

    page = opened(console, flag)
    give(page, "user-7")

    place = f"{split['bucket']:,} lies in the range of {split['variant']}, {start:,}…{end:,}, of 100,000 buckets"
    expect(page.get_by_role("img", name=f"Bucket {place}")).to_be_visible()
    expect(page.get_by_text(f"is bucket {split['bucket']:,} by murmur3")).to_contain_text(split["salt"])
    expect(page.get_by_role("listitem").filter(has_text="Rule 1")).to_contain_text("not matched")
    country = page.get_by_role("listitem").filter(has_text="country not given is one of DEAT").last
    expect(country).to_contain_text("unknown")


def test_an_answer_follows_what_is_changed_meanwhile(console: Console, flag: Flag) -> None:
    page = opened(console, flag)
    give(page, "user-42")
    expect(sentence(page, "in the default split")).to_be_visible()

    flag.switch_off()

    expect(sentence(page, "the flag is off")).to_be_visible()


def test_form_and_json_say_the_same_and_nothing_is_coerced(console: Console, flag: Flag) -> None:
    page = opened(console, flag)
    give(page, "user-1", zip="01234", country="DE")

    page.get_by_text("JSON", exact=True).first.click()
    text = page.get_by_label("Context as JSON")
    said = json.loads(text.input_value())
    text.fill('{"targetingKey": "user-42", "country": "AT", "age": "30", "cart": {"total": 160}}')
    page.get_by_text("Form", exact=True).click()

    assert said == {"targetingKey": "user-1", "zip": "01234", "country": "DE"}
    expect(page.get_by_label("Targeting key")).to_have_value("user-42")
    expect(page.get_by_role("combobox", name="Type of age")).to_have_value("text")
    expect(page.get_by_role("combobox", name="Type of cart")).to_have_value("JSON")
    expect(sentence(page, "country AT is one of DE or AT")).to_be_visible()


def test_json_that_is_not_right_asks_nothing_and_loses_nothing(console: Console, flag: Flag) -> None:
    page = opened(console, flag)
    page.get_by_text("JSON", exact=True).first.click()
    text = page.get_by_label("Context as JSON")

    text.fill('{"targetingKey": "user-42", "id": 12345678901234567891}')

    expect(page.get_by_text("more digits than can be carried")).to_be_visible()
    expect(page.get_by_text("nothing is asked until")).to_be_visible()
    expect(page.get_by_label("Form", exact=True)).to_be_disabled()
    expect(text).to_have_value('{"targetingKey": "user-42", "id": 12345678901234567891}')


def test_the_address_tells_no_value_unless_a_link_with_the_unit_is_asked_for(console: Console, flag: Flag) -> None:
    console.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = opened(console, flag)
    give(page, "user-42", country="DE")
    expect(sentence(page, "rule 1 (dach) matched")).to_be_visible()
    bare = page.url

    page.get_by_role("button", name="Copy link").click()
    page.get_by_role("menuitem", name="Copy link with this unit").click()
    page.get_by_role("button", name="Copied").wait_for()
    link = page.evaluate("() => navigator.clipboard.readText()")
    page.goto(link)
    console.settled()

    assert "with=country" in bare
    assert "user-42" not in bare
    assert "DE" not in bare.replace("%", "").split("?")[1].replace("development", "")
    assert "unit=user-42" in link
    expect(page.get_by_label("Targeting key")).to_have_value("user-42")
    expect(page.get_by_role("combobox", name="Name of attribute 1")).to_have_value("country")
    expect(page.get_by_label("Value of country")).to_have_value("")
    page.get_by_label("Targeting key").fill("user-1")
    expect(page).not_to_have_url(link)
    assert "unit=" not in page.url


def test_all_flags_show_where_environments_differ_and_open_the_way(console: Console, flag: Flag) -> None:
    page = opened(console, flag, "&mode=all")
    give(page, "user-42", country="DE")

    page.get_by_label("Filter flags").fill(flag.key)
    row = page.get_by_role("row").filter(has_text=flag.key)
    expect(row).to_contain_text("differs")
    expect(row.get_by_role("button", name="in Staging")).to_contain_text("off")
    row.get_by_role("button", name="in Production").click()

    dialog = page.get_by_role("dialog", name=f"{flag.key} in Production")
    expect(dialog.get_by_text("rule 1 (dach) matched")).to_be_visible()
    assert "open=true" in page.url
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()


def test_the_last_answer_is_marked_as_such_until_the_next_comes(console: Console, flag: Flag) -> None:
    page = opened(console, flag, "&mode=all")
    give(page, "user-42", country="DE")
    table = page.get_by_role("group", name="What each flag serves")
    expect(table.get_by_role("row").filter(has_text=flag.key)).to_contain_text("on")
    expect(table).not_to_have_attribute("aria-busy", "true")

    with held(page, "**/evaluate/all"):
        page.get_by_label("Targeting key").fill("user-43")
        expect(table).to_have_attribute("aria-busy", "true")
        expect(page.get_by_role("status").filter(has_text="Asking…")).to_be_visible()

    expect(table).not_to_have_attribute("aria-busy", "true")


@pytest.mark.parametrize("program", ["curl", "flagctl"])
def test_the_same_from_a_terminal_gives_the_same(console: Console, flag: Flag, program: str) -> None:
    unit = 'o\'brien "$HOME" `id`'
    asked = flag.evaluate({"targetingKey": unit, "country": "DE"})

    page = opened(console, flag)
    give(page, unit, country="DE")
    expect(sentence(page, "gets")).to_contain_text(unit)
    page.get_by_text("The same from a terminal").click()
    terminal = page.get_by_role("group", name=program, exact=True)
    expect(terminal).to_contain_text("DE")
    command = terminal.inner_text()

    answer = json.loads(ran(command))
    assert answer["decision"] == asked["decision"]
    assert answer["trace"] == asked["trace"]


def ran(command: str) -> str:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {"PATH": path, "HOME": "/nonexistent", "FLAGSVC_TOKEN": ADMIN_TOKEN, "no_proxy": "127.0.0.1"}
    done = subprocess.run(
        ["sh", "-c", command], env=environment, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_why_is_asked_by_keyboard_only(console: Console, flag: Flag) -> None:
    page = console.go("/")
    keys = page.keyboard
    keys.press("g")
    keys.press("p")
    console.settled("Playground")

    tab_to(page, "Flag or traffic split")
    keys.type(flag.key)
    keys.press("ArrowDown")
    keys.press("Enter")
    tab_to(page, "Targeting key")
    keys.type("user-42")
    expect(sentence(page, f"user-42 gets off from {flag.key}").or_(sentence(page, "user-42 gets on"))).to_be_visible()
    for _ in range(40):
        keys.press("Shift+Tab")
        if page.evaluate("() => document.activeElement.getAttribute('role')") == "tab":
            break
    keys.press("ArrowRight")
    page.get_by_role("button", name=f"Explain {flag.key} in Production").wait_for()
    tab_to(page, f"Explain {flag.key} in Production")
    keys.press("Enter")

    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("user-42 gets")).to_be_visible()
    keys.press("Escape")
    expect(dialog).to_be_hidden()
    expect(page.get_by_role("button", name=f"Explain {flag.key} in Production")).to_be_focused()


def tab_to(page: Page, name: str) -> None:
    """Press Tab until a control of this name has the focus."""
    wanted = page.get_by_label(name).or_(page.get_by_role("button", name=name)).first.element_handle()
    for _ in range(120):
        if wanted.evaluate("(element) => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{name} cannot be reached by Tab")


@pytest.mark.parametrize("mode", ["one", "all", "open", "batch", "draft"])
def test_each_way_to_ask_is_whole_on_a_desk_and_on_a_phone(console: Console, flag: Flag, mode: str) -> None:
    way = "all&open=true" if mode == "open" else mode
    page = opened(
        console, flag, f"&mode={way}&unit=user-42&with=country:text" + ("&at=2100-01-01" if mode == "one" else "")
    )
    if mode in ("batch", "draft"):
        paste(page, UNITS)
    if mode == "draft":
        page.get_by_label("Percent of on").fill("40")
    if mode in ("batch", "draft"):
        page.get_by_role("button", name="Evaluate" if mode == "batch" else "Who would change?").click()
        page.get_by_role("table", name="Units").wait_for()
    else:
        page.get_by_text("The same from a terminal").last.click()

    assert faults(console, f"playground-{mode}") == []


def test_why_is_asked_on_a_phone(phone: Console, flag: Flag) -> None:
    page = opened(phone, flag)

    give(page, "user-42", country="DE")

    expect(sentence(page, "rule 1 (dach) matched")).to_be_visible()
    assert phone.overflow() <= 0


def test_without_anything_chosen_it_says_what_to_do(console: Console) -> None:
    for mode, title in (
        ("one", "Choose what to ask"),
        ("batch", "Choose what to ask"),
        ("draft", "Choose what to change"),
    ):
        page = console.go(f"/playground?env=production&mode={mode}", "Playground")

        expect(page.get_by_role("heading", name=title)).to_be_visible()


def test_a_traffic_split_is_explained_like_a_flag(console: Console, service: Service) -> None:
    key = "play-split"
    german = {"attribute": "country", "op": "in", "values": ["DE"]}
    body = {
        "key": key,
        "backends": ["stable", "canary"],
        "stable": "stable",
        "rules": [{"id": "dach", "when": german, "serve": "canary"}],
        "default": {"split": {"weights": {"stable": 75_000, "canary": 25_000}}},
    }
    service.call("POST", f"{PRODUCTION}/splits", body, **{"X-Change-Reason": "A test"})
    asked = {"split": key, "context": {"targetingKey": "user-7"}, "explain": True}
    drawn = service.call("POST", f"{PRODUCTION}/evaluate", asked)["trace"]["steps"][-1]
    start, end = drawn["range"]

    page = console.go(f"/playground?env=production&split={key}", "Playground")
    give(page, "user-7")
    place = f"bucket {drawn['bucket']:,} lies in {drawn['variant']}'s range {start:,}…{end:,}"
    expect(sentence(page, f"user-7 gets {drawn['variant']} from {key} in Production: no rule matched")).to_contain_text(
        f"and in the default split {place}"
    )
    page.get_by_role("button", name="Attribute", exact=True).click()
    page.get_by_role("combobox", name="Name of attribute 1").fill("country")
    page.get_by_label("Value of country").fill("DE")

    matched = f"user-7 gets canary from {key} in Production: rule 1 (dach) matched, as country DE is one of DE."
    expect(sentence(page, matched)).to_be_visible()
    assert faults(console, "playground-split") == []
