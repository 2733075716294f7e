"""The playground for many units: their distribution, and what a draft would change for them."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.console.browser import Console
from tests.console.playground import MORE, PRODUCTION, UNITS, WHY, Flag, opened, paste
from tests.support.service import Service


@pytest.fixture
def flag(service: Service, request: pytest.FixtureRequest) -> Flag:
    return Flag(service, f"play-{abs(hash(request.node.name)) % 10**9}")


def test_many_units_are_counted_and_judged_as_the_api_does(console: Console, flag: Flag) -> None:
    units = [*UNITS, "=cmd()"]
    told = flag.batch(units=units)

    page = opened(console, flag, "&mode=batch")
    paste(page, units)
    page.get_by_role("button", name="Evaluate").click()

    expect(page.get_by_text(told["chiSquare"]["sentence"])).to_be_visible()
    for variant, count in told["counts"].items():
        row = page.get_by_role("row").filter(has=page.get_by_role("cell", name=variant, exact=True)).first
        expect(row).to_contain_text(f"{told['expected'][variant] * 100:.2f} %")
        expect(row.get_by_role("cell", name=str(count), exact=True)).to_be_visible()
    with page.expect_download() as downloading:
        page.get_by_role("button", name="Download CSV").click()
    lines = Path(downloading.value.path()).read_text().splitlines()
    item = told["items"][0]
    assert lines[0] == "unit,variant,reason,rule,bucket"
    assert lines[1] == f"user-1,{item['variant']},SPLIT,,{item['bucket']}"
    assert lines[-1].startswith("'=cmd(),")
    assert len(lines) == len(units) + 1


def test_units_can_be_generated_and_too_many_are_refused(console: Console, flag: Flag) -> None:
    console.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = opened(console, flag, "&mode=batch")

    page.get_by_role("button", name="Generate").click()
    page.get_by_label("How many").fill("10000")
    page.get_by_role("button", name="Number them").click()
    page.get_by_role("button", name="Evaluate").click()
    expect(page.get_by_role("heading", name="10,000 units")).to_be_visible()
    rows = page.get_by_role("table", name="Units").get_by_role("row").count()
    page.evaluate("(text) => navigator.clipboard.writeText(text)", "\n".join(map(str, range(10_001))))
    page.get_by_role("textbox", name="Units").focus()
    page.keyboard.press("Control+A")
    page.keyboard.press("Control+V")

    assert rows < 100
    expect(page.get_by_text("10,001 units are too many").first).to_be_visible()
    expect(page.get_by_role("button", name="Evaluate")).to_be_disabled()


def test_what_would_change_is_what_saving_then_changes(console: Console, flag: Flag) -> None:
    before = {item["unit"]: item["variant"] for item in flag.batch(units=UNITS)["items"]}

    page = opened(console, flag, "&mode=draft")
    page.get_by_label("Percent of on").fill("40")
    paste(page, UNITS)
    page.get_by_role("button", name="Who would change?").click()
    told_in_words = page.get_by_role("heading", name="of 400 units").inner_text()
    with page.expect_download() as downloading:
        page.get_by_role("button", name="Download CSV").click()
    told = [line.split(",") for line in Path(downloading.value.path()).read_text().splitlines()[1:]]
    flag.service.call("POST", f"{PRODUCTION}/flags/{flag.key}/weights", {"weights": MORE}, **WHY)
    after = {item["unit"]: item["variant"] for item in flag.batch(units=UNITS)["items"]}

    changed = {unit: (before[unit], after[unit]) for unit in UNITS if before[unit] != after[unit]}
    assert set(changed.values()) == {("off", "on")}
    assert {line[0]: (line[1], line[5]) for line in told} == changed
    assert told_in_words.startswith(f"{len(changed)} of 400 units")


def test_what_would_change_is_asked_again_when_the_flag_changes(console: Console, flag: Flag) -> None:
    page = opened(console, flag, "&mode=draft")
    page.get_by_label("Percent of on").fill("40")
    paste(page, UNITS)
    page.get_by_role("button", name="Who would change?").click()
    words = page.get_by_role("heading", name="of 400 units")
    expect(words).not_to_contain_text("Nobody")
    flag.service.call("POST", f"{PRODUCTION}/flags/{flag.key}/weights", {"weights": MORE}, **WHY)

    expect(words).to_contain_text("Nobody of 400 units would change")


def test_the_draft_of_the_flags_page_is_offered_and_without_one_it_says_how(console: Console, flag: Flag) -> None:
    page = opened(console, flag, "&mode=draft")
    expect(page.get_by_text("come back before saving")).to_be_visible()
    expect(page.get_by_label("The draft kept in this browser")).to_be_disabled()
    edited = {**flag.first, "rules": [], "default": {"serve": "on"}}
    held = {"base": flag.first, "version": 1, "edited": edited, "at": 0}

    page.evaluate("([name, text]) => localStorage.setItem(name, text)", [draft_name(flag), json.dumps(held)])
    opened(console, flag, "&mode=draft")
    paste(page, UNITS)
    page.get_by_role("button", name="Who would change?").click()

    off = flag.batch(units=UNITS)["counts"]["off"]
    expect(page.get_by_label("The draft kept in this browser")).to_be_checked()
    expect(page.get_by_role("heading", name=f"{off} of 400 units").first).to_be_visible()


def draft_name(flag: Flag) -> str:
    return f"flagsvc-draft:production/flag/{flag.key}"
