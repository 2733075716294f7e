"""The page of a flag: rules dragged to another place, a conflict on a phone, and code that runs as it stands there."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.console.browser import PHONE, Console
from tests.console.flag_steps import (
    configured,
    confirm,
    edit_default,
    edit_elsewhere,
    make_flag,
    open_flag,
    rule,
    save,
    section,
    split,
)
from tests.support.service import ADMIN_TOKEN, Service

RULES = [rule("a", "DE"), rule("b", "AT"), rule("c", "CH")]
KINDS = {"Python": "sdk", "OpenFeature": "sdk", "curl": "evaluation", "flagctl": ""}


@pytest.fixture
def phone(browser: Browser, service: Service) -> Iterator[Console]:
    opened = Console(browser, service, size=PHONE)
    opened.sign_in()
    yield opened
    opened.check()
    opened.close()


def middle(of: Locator) -> tuple[float, float]:
    of.scroll_into_view_if_needed()
    box = of.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def drag(page: Page, grip: Locator, target: Locator) -> None:
    """Drag with the mouse as a hand does: in steps."""
    start, end = middle(grip), middle(target)
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move(start[0], start[1] + 10, steps=2)
    page.mouse.move(start[0], end[1], steps=8)
    page.mouse.up()


def test_a_rule_is_dragged_to_another_place_and_that_is_said_once(console: Console, service: Service) -> None:
    key = make_flag(service, default={"serve": "off"}, rules=RULES)
    page = open_flag(console, key)
    grips = section(page, "Rules").get_by_title("Drag to move")

    drag(page, grips.first, grips.last)

    expect(section(page, "Rules").get_by_role("listitem").first).to_contain_text("country is one of AT")
    said = page.get_by_role("status").filter(has_text=re.compile("rule|droppable|draggable", re.IGNORECASE))
    expect(said).to_have_text(["Rule 1 is now rule 3 of 3"])
    save(page)
    assert [each["id"] for each in configured(service, key)["rules"]] == ["b", "c", "a"]


def test_a_click_on_the_grip_and_a_drag_to_the_same_place_change_nothing(console: Console, service: Service) -> None:
    key = make_flag(service, default={"serve": "off"}, rules=RULES)
    page = open_flag(console, key)
    grips = section(page, "Rules").get_by_title("Drag to move")

    grips.nth(1).click()
    drag(page, grips.nth(1), grips.nth(1))

    expect(page.get_by_role("region", name="Pending changes")).to_have_count(0)


def test_a_conflict_is_settled_on_a_phone_behind_three_tabs(phone: Console, service: Service) -> None:
    phone.expect(412)
    key = make_flag(service, default=split(10_000))
    page = open_flag(phone, key)
    edit_default(page, "20")
    edit_elsewhere(service, key, default=split(50_000), rules=[rule("de", "DE")])
    page.get_by_role("button", name="Choose side by side").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("tab")).to_have_text(["Mine", "Theirs", "Merged"])

    shown = {}
    for tab in ("Mine", "Theirs", "Merged"):
        dialog.get_by_role("tab", name=tab).click()
        panel = dialog.get_by_role("tabpanel", name=tab)
        expect(panel).to_be_visible()
        shown[tab] = panel.inner_text()
        assert (phone.axe(), phone.overflow()) == ([], 0)
        phone.shoot(f"flag-conflict-{tab.lower()}-360", whole=False)

    assert "on 20 %" in shown["Mine"]
    assert "on 50 %" in shown["Theirs"]
    sides = dialog.get_by_role("radiogroup", name=re.compile("Default, serves"))
    sides.get_by_label("theirs").check()
    expect(dialog.get_by_role("tabpanel", name="Merged")).to_contain_text("on 50 %")
    sides.get_by_label("mine").check()
    expect(dialog.get_by_role("tabpanel", name="Merged")).to_contain_text("on 20 %")
    dialog.get_by_role("button", name="Review the merge").click()
    confirm(page, "mine, and their rule")
    after = configured(service, key)
    assert after["default"]["split"]["weights"]["on"] == 20_000
    assert [each["id"] for each in after["rules"]] == ["de"]


@pytest.mark.parametrize("title", KINDS)
def test_a_snippet_runs_as_it_stands_there(console: Console, service: Service, title: str, tmp_path: Path) -> None:
    key = make_flag(service, default={"serve": "on"})
    page = open_flag(console, key, "env=production&tab=code")
    text = page.get_by_label(f"{title} snippet").inner_text()
    token = token_of(service, KINDS[title])

    said = ran(text, title, token, service.url, tmp_path)

    assert CHECKS[title](said), said
    if title == "flagctl":
        assert configured(service, key)["enabled"] is False


@pytest.mark.parametrize("value", ["hello", 41, 2.5, {"a": 1}], ids=lambda value: type(value).__name__)
def test_the_snippets_ask_for_every_type_of_value(
    console: Console, service: Service, value: Any, tmp_path: Path
) -> None:
    kind = {str: "string", int: "integer", float: "float", dict: "object"}[type(value)]
    configuration = {"enabled": True, "offVariant": "one", "default": {"serve": "one"}}
    body = {"key": f"typed-{kind}", "type": kind, "variants": {"one": value}}
    service.call("POST", "flags", {**body, "environments": {"production": configuration}})
    page = open_flag(console, f"typed-{kind}", "env=production&tab=code")
    token = token_of(service, "sdk")

    for title in ("Python", "OpenFeature"):
        text = page.get_by_label(f"{title} snippet").inner_text()
        assert ran(text, title, token, service.url, tmp_path).strip() == str(value)


CHECKS: Mapping[str, Callable[[str], bool]] = {
    "Python": lambda said: said.strip() == "on",
    "OpenFeature": lambda said: said.strip() == "True",
    "curl": lambda said: bool(json.loads(said)["value"] is True),
    "flagctl": lambda said: "on" in said,
}


def token_of(service: Service, kind: str) -> str:
    if not kind:
        return ADMIN_TOKEN
    made = service.call("POST", "tokens", {"kind": kind, "name": "snippet", "environment": "production"})
    token: str = made["document"]["token"]
    return token


def ran(text: str, title: str, token: str, url: str, folder: Path) -> str:
    """Run what is shown; only the token, which nobody can show, is put in its place."""
    binaries = Path(sys.executable).parent
    places = {"FLAGSDK_URL": url, "FLAGSDK_TOKEN": token, "FLAGSVC_URL": url, "FLAGSVC_TOKEN": token}
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("FLAGSVC_", "FLAGSDK_"))}
    environment = kept | places | {"PATH": f"{binaries}:{os.environ['PATH']}", "HOME": str(folder), "no_proxy": "*"}
    whole = re.sub(r"fs[se]_production_…", token, text)
    words = [sys.executable, "-c", whole] if title in ("Python", "OpenFeature") else ["sh", "-ec", whole]
    done = subprocess.run(words, env=environment, cwd=folder, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
