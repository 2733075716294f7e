"""The page of a flag: edited as one draft, reviewed, saved, and never at the cost of somebody else's edit."""

import re

from playwright.sync_api import Page, expect

from tests.console.browser import Console
from tests.console.flag_steps import (
    configured,
    confirm,
    edit_default,
    edit_elsewhere,
    evaluated,
    make_flag,
    open_flag,
    rule,
    save,
    section,
    split,
)
from tests.console.looks import faults
from tests.support.service import Service
from tests.support.timing import eventually

PENDING = "Pending changes"


def test_a_rule_and_a_share_are_drafted_reviewed_saved_and_seen_by_a_program(
    console: Console, service: Service
) -> None:
    key = make_flag(service, enabled=False, default={"serve": "off"})
    page = open_flag(console, key)

    section(page, "Kill switch").get_by_label("On", exact=True).check(force=True)
    page.get_by_role("button", name="Add rule").click()
    rules = section(page, "Rules")
    rules.get_by_role("button", name="Add condition").click()
    rules.get_by_role("combobox", name="Attribute").fill("country")
    rules.get_by_role("textbox", name="Add to values of country").fill("DE")
    rules.get_by_role("textbox", name="Add to values of country").press("Enter")
    page.get_by_role("button", name="Edit the default").click()
    section(page, "Default").get_by_text("A split").click()
    edit_default(page, "10")
    assert evaluated(service, key, "user-1", country="DE")["value"] is False
    save(page, "first customers")

    after = configured(service, key)
    assert after["enabled"] is True
    assert after["default"]["split"]["weights"] == {"off": 90_000, "on": 10_000}
    assert after["rules"][0]["when"] == {"all": [{"attribute": "country", "op": "in", "values": ["DE"]}]}
    eventually(lambda: evaluated(service, key, "user-1", country="DE")["value"] is True)
    served = [evaluated(service, key, f"user-{number}")["value"] for number in range(60)]
    assert 0 < sum(served) < 30
    expect(page.get_by_role("region", name=PENDING)).to_have_count(0)
    expect(page.get_by_role("link", name=re.compile("Production"))).to_contain_text("1 rule, 10 %")


def test_who_moves_is_said_while_a_share_is_edited_and_nothing_is_saved(console: Console, service: Service) -> None:
    key = make_flag(service, default=split(10_000))
    page = open_flag(console, key)

    edit_default(page, "25")

    moves = section(page, "Default").get_by_text("15.0 % off → on, nobody else.")
    expect(moves).to_be_visible()
    slider = section(page, "Default").get_by_role("slider", name="Share of on")
    slider.focus()
    slider.press("PageUp")
    slider.press("ArrowUp")
    expect(section(page, "Default").get_by_role("textbox", name="Percent of off")).to_have_value("73.9")
    expect(section(page, "Default").get_by_text("16.1 % off → on, nobody else.")).to_be_visible()
    assert configured(service, key)["default"]["split"]["weights"]["on"] == 10_000


def test_a_review_says_who_moves_when_a_flag_is_switched_on(console: Console, service: Service) -> None:
    key = make_flag(service, enabled=False, default=split(10_000), rules=[rule("germans", "DE")])
    page = open_flag(console, key)

    section(page, "Kill switch").get_by_label("On", exact=True).check(force=True)
    page.get_by_role("button", name="Review and save").click()

    review = page.get_by_role("dialog")
    expect(review).to_contain_text("Default: 10.0 % off → on, nobody else")
    expect(review).to_contain_text("Rule 1: 100.0 % off → on, nobody else")
    assert faults(console, "flag-review-on") == []


def test_a_locked_share_stays_and_the_sum_is_always_whole(console: Console, service: Service) -> None:
    key = make_flag(service, default=split(50_000))
    service.call("PUT", f"flags/{key}", {"variants": {"on": True, "off": False, "third": True}})
    page = open_flag(console, key)
    page.get_by_role("button", name="Edit the default").click()
    default = section(page, "Default")

    default.get_by_role("button", name="Distribute evenly").click()
    default.get_by_role("button", name="Lock off").click()
    default.get_by_role("textbox", name="Percent of third").fill("50")

    expect(default.get_by_role("textbox", name="Percent of off")).to_be_disabled()
    values = {name: default.get_by_role("textbox", name=f"Percent of {name}").input_value() for name in ("on", "off")}
    assert values["off"] in ("33.333", "33.334")
    assert round(float(values["on"]) + float(values["off"]), 3) == 50
    expect(default.get_by_text("Sum 100 %")).to_be_visible()


def test_a_draft_survives_a_reload_and_says_from_which_revision_it_began(console: Console, service: Service) -> None:
    key = make_flag(service, default=split(10_000))
    page = open_flag(console, key)
    edit_default(page, "40")
    expect(page.get_by_role("region", name=PENDING)).to_be_visible()

    page.reload()
    console.settled(key)

    bar = page.get_by_role("region", name=PENDING)
    expect(bar).to_contain_text(f"begun from revision {configured(service, key)['version']}")
    expect(section(page, "Default")).to_contain_text("on 40 %")
    bar.get_by_role("button", name="Discard").click()
    page.get_by_role("button", name="Discard them").click()
    expect(section(page, "Default")).to_contain_text("on 10 %")
    expect(bar).to_have_count(0)


def test_two_who_change_the_same_share_choose_side_by_side(console: Console, service: Service) -> None:
    console.expect(412)
    key = make_flag(service, default=split(10_000), rules=[rule("de", "DE")])
    page = open_flag(console, key)
    edit_default(page, "20")
    edit_elsewhere(service, key, default=split(50_000), rules=[rule("de", "DE"), rule("at", "AT")])
    note = page.get_by_text(re.compile("arrived while you were editing"))
    expect(note).to_be_visible()

    page.get_by_role("button", name="Choose side by side").click()
    dialog = page.get_by_role("dialog")
    for column in ("Mine", "Theirs", "Merged"):
        expect(dialog.get_by_role("columnheader", name=column)).to_be_visible()
    assert console.axe() == []
    console.shoot("flag-conflict-1440", whole=False)
    expect(dialog.get_by_role("button", name="Review the merge")).to_be_disabled()
    dialog.get_by_role("radiogroup", name=re.compile("Default, serves")).get_by_label("mine").check()
    dialog.get_by_role("button", name="Review the merge").click()
    confirm(page, "both of us")

    after = configured(service, key)
    assert after["default"]["split"]["weights"]["on"] == 20_000
    assert [each["id"] for each in after["rules"]] == ["de", "at"]


def test_what_arrives_during_an_edit_is_shown_and_taken_in_without_losing_anything(
    console: Console, service: Service
) -> None:
    key = make_flag(service, default=split(10_000))
    page = open_flag(console, key)
    edit_default(page, "30")

    edit_elsewhere(service, key, rules=[rule("de", "DE")])

    expect(page.get_by_text(re.compile("arrived while you were editing"))).to_be_visible()
    expect(section(page, "Default")).to_contain_text("on 30 %")
    page.get_by_role("button", name="Take it in").click()
    expect(section(page, "Rules")).to_contain_text("country is one of DE")
    save(page)
    after = configured(service, key)
    assert after["default"]["split"]["weights"]["on"] == 30_000
    assert [each["id"] for each in after["rules"]] == ["de"]


def test_a_variant_that_is_not_saved_yet_is_offered_and_saved_first(console: Console, service: Service) -> None:
    key = make_flag(service, default=split(10_000))
    page = open_flag(console, key, "env=production&tab=settings")
    page.get_by_role("textbox", name="Name of a new variant").fill("third")
    page.get_by_role("button", name="Add variant").click()
    page.get_by_role("tab", name="Targeting").click()

    page.get_by_role("button", name="Edit the default").click()
    section(page, "Default").get_by_role("textbox", name="Percent of third").fill("5")
    expect(section(page, "Default").get_by_text(re.compile("once the new variants are saved"))).to_be_visible()
    page.get_by_role("button", name="Review and save").click()
    expect(page.get_by_role("dialog")).to_contain_text("Step 1 of 2")
    page.get_by_role("dialog").get_by_role("textbox", name="Why").fill("a third way")
    page.get_by_role("dialog").get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("dialog")).to_contain_text("Step 2 of 2")
    confirm(page, "five per cent of it")

    after = configured(service, key)
    assert after["variants"]["third"] is False
    assert after["default"]["split"]["weights"]["third"] == 5_000


def test_leaving_after_the_first_of_two_steps_keeps_the_rest_and_says_so(console: Console, service: Service) -> None:
    key = make_flag(service, default={"serve": "off"})
    page = open_flag(console, key, "env=production&tab=settings")
    page.get_by_role("textbox", name="Owner").fill("payments")
    page.get_by_role("tab", name="Targeting").click()
    page.get_by_role("button", name="Edit the off variant").click()
    page.get_by_role("combobox", name="Off variant").click()
    page.get_by_role("option", name="on", exact=True).click()
    page.get_by_role("button", name="Review and save").click()
    page.get_by_role("dialog").get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("dialog")).to_contain_text("Step 2 of 2")

    page.get_by_role("dialog").get_by_role("button", name="Go on editing").click()

    expect(page.get_by_text("Saved in part")).to_be_visible()
    expect(page.get_by_role("region", name=PENDING)).to_contain_text("Off variant")
    assert service.call("GET", f"flags/{key}")["owner"] == "payments"
    assert configured(service, key)["offVariant"] == "off"


def test_drawing_every_unit_anew_is_asked_for_expressly(console: Console, service: Service) -> None:
    console.expect(409)
    key = make_flag(service, default=split(50_000))
    page = open_flag(console, key)
    page.get_by_role("button", name="Edit the default").click()
    default = section(page, "Default")
    default.get_by_role("button", name="Change").click()
    default.get_by_role("textbox", name="Salt").fill("another-salt")

    consent = page.get_by_role("checkbox", name="Draw every unit anew")
    expect(consent).to_be_visible()
    consent.check()
    expect(default.get_by_text("every unit is drawn anew.", exact=True)).to_be_visible()
    save(page)

    assert configured(service, key)["default"]["split"]["salt"] == "another-salt"


def test_the_kill_switch_works_while_an_edit_is_pending_and_leaves_it_alone(console: Console, service: Service) -> None:
    key = make_flag(service, default=split(10_000))
    page = open_flag(console, key)
    edit_default(page, "35")

    page.get_by_role("button", name="Kill now").click()
    page.get_by_role("dialog").get_by_role("button", name="Kill", exact=True).click()

    eventually(lambda: configured(service, key)["enabled"] is False)
    page.get_by_role("dialog").get_by_role("button", name="Close", exact=True).click()
    expect(section(page, "Kill switch")).to_contain_text("OFF")
    expect(section(page, "Default")).to_contain_text("on 35 %")
    page.get_by_role("button", name="Take it in").click()
    save(page)
    after = configured(service, key)
    assert (after["enabled"], after["default"]["split"]["weights"]["on"]) == (False, 35_000)


def test_an_older_revision_is_restored_as_a_new_one_with_its_very_table(console: Console, service: Service) -> None:
    key = make_flag(service, default=split(10_000))
    first = configured(service, key)
    for on in (60_000, 30_000):
        edit_elsewhere(service, key, default=split(on))
    page = open_flag(console, key, "env=production&tab=history")

    oldest = page.get_by_role("article", name=f"Revision {first['version']}")
    oldest.get_by_role("button", name="Restore this").click()
    expect(page.get_by_role("dialog")).to_contain_text("20.0 % on → off, nobody else")
    page.get_by_role("dialog").get_by_role("textbox", name="Why").fill("back to the beginning")
    page.get_by_role("dialog").get_by_role("button", name="Restore", exact=True).click()
    page.get_by_text("Saved as revision").wait_for()

    after = configured(service, key)
    assert after["default"] == first["default"]
    assert after["version"] > first["version"] + 2
    newest = page.get_by_role("article").first
    expect(newest).to_contain_text("back to the beginning")
    expect(newest).to_contain_text("in force")


def test_a_place_that_a_rollout_moves_is_read_only_with_the_way_to_it(console: Console, service: Service) -> None:
    key = make_flag(service, default=split(10_000), rules=[rule("de", "DE")])
    target = {"name": "flag", "kind": "flag", "key": key, "candidate": "on", "baseline": "off"}
    steps = [{"name": "some", "weights": {"flag": 20_000}, "hold": "1h"}, {"name": "all", "weights": {"flag": 100_000}}]
    plan = {"strategy": "canary", "targets": [target], "steps": steps, "cooldown": "0s"}
    service.call("POST", "environments/production/rollouts", {"key": f"roll-{key}", "plan": plan})
    page = open_flag(console, key)

    default = section(page, "Default")
    expect(default.get_by_role("link", name=f"roll-{key}")).to_be_visible()
    expect(default.get_by_role("button", name="Edit the default")).to_have_count(0)
    expect(page.get_by_role("button", name="Kill now")).to_be_enabled()
    page.get_by_role("button", name="Edit rule 1").click()
    expect(section(page, "Rules").get_by_role("combobox", name="Attribute")).to_be_editable()


def test_a_flag_that_something_needs_is_not_archived_and_says_what_needs_it(console: Console, service: Service) -> None:
    parent = make_flag(service, default={"serve": "on"})
    child = make_flag(service, default={"serve": "on"}, prerequisites=[{"flag": parent, "variants": ["on"]}])
    page = open_flag(console, parent, "env=production&tab=settings")
    expect(page.get_by_role("link", name=f"flag {child}")).to_be_visible()
    expect(page.get_by_role("button", name="Archive the flag")).to_be_disabled()

    open_flag(console, child, "env=production&tab=settings")
    page.get_by_role("button", name="Archive the flag").click()
    page.get_by_role("dialog").get_by_role("button", name="Archive", exact=True).click()
    page.get_by_text("This flag is archived").wait_for()

    assert service.call("GET", f"flags/{child}")["archived"] is True
    page.get_by_role("button", name="Restore the flag").click()
    page.get_by_role("dialog").get_by_role("button", name="Restore", exact=True).click()
    page.get_by_role("button", name="Archive the flag").wait_for()
    assert service.call("GET", f"flags/{child}").get("archived", False) is False


def test_every_environment_has_its_word_and_any_two_stand_side_by_side(console: Console, service: Service) -> None:
    key = make_flag(service, default=split(25_000), rules=[rule("de", "DE")])
    page = open_flag(console, key)
    nav = page.get_by_role("navigation", name="Environments")
    expect(nav.get_by_role("link", name=re.compile("Staging"))).to_contain_text("OFF")
    expect(nav.get_by_role("link", name=re.compile("Production"))).to_contain_text("1 rule, 25 %")

    page.get_by_role("combobox", name="Compare with").click()
    page.get_by_role("option", name="Staging").click()

    expect(page).to_have_url(re.compile("against=staging"))
    row = page.get_by_role("row", name=re.compile("^State"))
    expect(row).to_contain_text("differs")
    expect(page.get_by_text("3 differences.")).to_be_visible()


def reach(page: Page, role: str, name: str, most: int = 90) -> None:
    """Press Tab until the focus is there: what cannot be reached so fails."""
    wanted = page.get_by_role(role, name=name, exact=True)  # type: ignore[arg-type]  # one of ARIA's words
    for _ in range(most):
        page.keyboard.press("Tab")
        if wanted.count() and wanted.first.evaluate("each => each === document.activeElement"):
            return
    raise AssertionError(f"{role} {name!r} is not within {most} steps of Tab")


def test_a_share_is_edited_reviewed_and_saved_by_keyboard_alone(console: Console, service: Service) -> None:
    key = make_flag(service, default=split(10_000))
    page = open_flag(console, key)

    reach(page, "button", "Edit the default")
    page.keyboard.press("Enter")
    reach(page, "slider", "Share of on")
    for press in ("PageUp", "PageUp", "ArrowRight"):
        page.keyboard.press(press)
    reach(page, "button", "Review and save")
    page.keyboard.press("Enter")
    why = page.get_by_role("dialog").get_by_role("textbox", name="Why")
    expect(why).to_be_focused()
    page.keyboard.type("by hand")
    expect(page.get_by_role("dialog").get_by_role("button", name="Save", exact=True)).to_be_enabled()
    reach(page, "button", "Save")
    page.keyboard.press("Enter")
    page.get_by_text("Saved as revision").wait_for()

    assert configured(service, key)["default"]["split"]["weights"]["on"] == 12_100


def test_rules_are_moved_by_buttons_and_keep_their_ids_and_the_focus(console: Console, service: Service) -> None:
    key = make_flag(service, default={"serve": "off"}, rules=[rule("a", "DE"), rule("b", "AT"), rule("c", "CH")])
    page = open_flag(console, key)
    page.get_by_role("button", name="Move rule 3 up").click()

    expect(page.get_by_text("Rule 3 is now rule 2 of 3")).to_be_attached()
    expect(page.get_by_role("button", name="Move rule 2 up")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Move rule 1 down")).to_be_focused()
    page.get_by_role("button", name="Duplicate rule 3").click()
    page.get_by_role("button", name="Remove rule 2").click()
    save(page)

    ids = [each["id"] for each in configured(service, key)["rules"]]
    assert ids[:2] == ["c", "b"]
    assert len(ids) == 3
    assert ids[2] not in ("a", "b", "c")


def test_every_tab_is_whole_on_a_desk_and_on_a_phone_in_light_and_dark(console: Console, service: Service) -> None:
    key = make_flag(service, default=split(10_000), rules=[rule("de", "DE")])
    edit_elsewhere(service, key, default=split(20_000))
    evaluated(service, key, "user-1")
    page = open_flag(console, key)
    found = []
    for tab in ("Rollouts", "Usage", "History", "Code", "Settings", "Targeting"):
        page.get_by_role("tab", name=tab).click()
        console.settled()
        found += [f"{tab} {fault}" for fault in faults(console, f"flag-{tab.lower()}")]
    page.get_by_role("button", name="Edit rule 1").click()
    edit_default(page, "30")
    section(page, "Default").get_by_text("10.0 % off → on, nobody else.").wait_for()
    found += [f"editing {fault}" for fault in faults(console, "flag-editing")]
    page.get_by_role("button", name="Review and save").click()
    page.get_by_role("dialog").get_by_text("Who moves").wait_for()
    found += [f"review {fault}" for fault in faults(console, "flag-review")]

    assert found == []
