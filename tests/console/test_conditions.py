"""The editor of conditions: types that are seen, groups that are said, everything by keyboard."""

import json
import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.console.browser import Console
from tests.console.flag_steps import configured, make_flag, open_flag, save, section
from tests.support.service import Service


def opened(console: Console, service: Service, when: dict[str, Any]) -> tuple[str, Page, Locator]:
    """Open the editor of the one rule of a flag; gives key, page and editor."""
    key = make_flag(service, default={"serve": "off"}, rules=[{"id": "r", "when": when, "serve": "on"}])
    page = open_flag(console, key)
    page.get_by_role("button", name="Edit rule 1").click()
    return key, page, page.get_by_role("group", name="Condition of rule 1")


def saved(service: Service, key: str) -> Any:
    return configured(service, key)["rules"][0]["when"]


def paste(page: Page, into: Locator, text: str) -> None:
    """Paste as a person does: with a clipboard."""
    into.focus()
    page.evaluate(
        """(text) => {
          const data = new DataTransfer();
          data.setData("text", text);
          const pasted = {clipboardData: data, bubbles: true, cancelable: true};
          document.activeElement.dispatchEvent(new ClipboardEvent("paste", pasted));
        }""",
        text,
    )


def test_a_number_and_the_same_text_are_two_values_and_each_can_become_the_other(
    console: Console, service: Service
) -> None:
    key, page, editor = opened(console, service, {"attribute": "level", "op": "in", "values": [1, "2"]})

    values = editor.get_by_role("list", name="values of level")
    expect(values.get_by_role("button", name="1 is kept as number; keep it as text")).to_be_visible()
    values.get_by_role("button", name='"2" is kept as text; keep it as number').click()
    field = editor.get_by_role("textbox", name="Add to values of level")
    field.fill("1")
    editor.get_by_role("combobox", name="New values are kept as").click()
    page.get_by_role("option", name="new values are text").click()
    field.fill("1")
    field.press("Enter")
    save(page)

    assert json.dumps(saved(service, key)["values"]) == '[1, 2, "1"]'


def test_many_values_are_pasted_at_once_and_one_is_removed_by_keyboard(console: Console, service: Service) -> None:
    key, page, editor = opened(console, service, {"attribute": "country", "op": "in", "values": ["DE"]})
    field = editor.get_by_role("textbox", name="Add to values of country")

    paste(page, field, "AT, CH\nFR\nDE\n")
    expect(editor.get_by_role("button", name="Remove FR")).to_be_visible()
    field.press("ArrowLeft")
    expect(editor.get_by_role("button", name="Remove FR")).to_be_focused()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Delete")
    expect(field).to_be_focused()
    save(page)

    assert saved(service, key)["values"] == ["DE", "AT", "FR"]


@pytest.mark.parametrize(
    ("op", "typed", "fault"),
    [
        ("is greater than", "many", '"many" is no number.'),
        ("is before", "2026-01-31", "is no date and time with an offset"),
        ("is a version above", "1.2.3.4", "is no version"),
        ("lies in the network", "10.0.0.0/33", "is no network"),
    ],
)
def test_a_value_that_an_operator_cannot_use_is_kept_as_typed_and_said_at_once(
    console: Console, service: Service, op: str, typed: str, fault: str
) -> None:
    _, page, editor = opened(console, service, {"attribute": "a", "op": "in", "values": ["x"]})
    editor.get_by_role("button", name="Remove x").click()
    editor.get_by_role("combobox", name="Operator").click()
    page.get_by_role("option", name=op, exact=True).click()

    field = editor.get_by_role("textbox", name="Add to values of a")
    field.fill(typed)
    field.press("Enter")

    expect(editor.get_by_text(re.compile(re.escape(fault)))).to_be_visible()
    expect(editor.get_by_role("button", name=f"Remove {typed}")).to_be_visible()
    expect(page.get_by_role("button", name="Review and save")).to_be_disabled()


def test_what_only_the_service_can_judge_is_said_at_its_place(console: Console, service: Service) -> None:
    console.expect(422)
    _, _, editor = opened(console, service, {"attribute": "email", "op": "matches", "values": ["@example"]})

    field = editor.get_by_role("textbox", name="Add to values of email")
    field.fill("(?=never)")
    field.press("Enter")

    expect(editor.get_by_text(re.compile("The operator matches cannot use this"))).to_be_visible()


def test_groups_are_made_moved_and_dissolved_and_read_as_one_sentence(console: Console, service: Service) -> None:
    service.call("POST", "environments/production/segments", {"key": "insiders", "included": ["user-1"]})
    key, page, editor = opened(console, service, {"attribute": "country", "op": "in", "values": ["DE"]})

    editor.get_by_role("button", name="AND another condition").click()
    editor.get_by_role("combobox", name="Attribute").last.fill("plan")
    editor.get_by_role("textbox", name="Add to values of plan").fill("pro")
    editor.get_by_role("textbox", name="Add to values of plan").press("Enter")
    editor.get_by_role("button", name="Add segment").click()
    editor.get_by_role("combobox", name="Segment").click()
    page.get_by_role("option", name=re.compile("insiders")).click()
    editor.get_by_role("button", name="Move up in segment insiders").click()
    expect(editor.get_by_text("Moved to place 2 of 3")).to_be_attached()
    expect(editor.get_by_role("button", name="Move up in segment insiders")).to_be_focused()
    editor.get_by_role("button", name="More for plan is one of pro").click()
    page.get_by_role("menuitem", name="Negate (NOT)").click()
    editor.get_by_role("combobox", name="How this group is joined").select_option("any")

    expect(
        editor.get_by_text("country is one of DE OR in segment insiders OR plan is none of pro", exact=True)
    ).to_be_visible()
    assert console.axe() == []
    console.shoot("conditions-1440")
    save(page)
    assert saved(service, key) == {
        "any": [
            {"attribute": "country", "op": "in", "values": ["DE"]},
            {"segment": "insiders"},
            {"attribute": "plan", "op": "in", "values": ["pro"], "negate": True},
        ]
    }


def test_a_nested_condition_steps_out_of_its_group_and_everything_stays(console: Console, service: Service) -> None:
    inner = [{"attribute": name, "op": "exists"} for name in ("a", "b")]
    key, page, editor = opened(console, service, {"all": [{"attribute": "c", "op": "exists"}, {"any": inner}]})

    editor.get_by_role("button", name="Move up a is present").click()
    save(page)

    assert saved(service, key) == {"all": [{"attribute": "c", "op": "exists"}, inner[0], {"any": [inner[1]]}]}
    expect(section(page, "Rules")).to_contain_text("c is present AND a is present AND b is present")


def test_bucket_ranges_are_read_and_edited_only_when_asked_for(console: Console, service: Service) -> None:
    bucket = {"bucket": {"salt": "s", "ranges": [[0, 5000]]}}
    key, page, editor = opened(console, service, bucket)
    expect(editor.get_by_text("bucket in 0…5000 of salt s").last).to_be_visible()

    editor.get_by_role("button", name="Edit the ranges").click()
    editor.get_by_role("textbox", name="Ranges").fill("0-5000\n7000-7500")
    save(page)

    assert saved(service, key)["bucket"]["ranges"] == [[0, 5000], [7000, 7500]]
