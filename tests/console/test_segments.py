"""Segments in the browser: lists pasted and from files, conditions, what uses them, and their end."""

import re  # names of what is looked for, in Playwright's own way
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.console.browser import Console, held
from tests.console.looks import faults
from tests.support.process import free_port
from tests.support.service import Service

SEGMENTS = "environments/production/segments"
CROWD = 10_000


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    running = Service({"SAMPLE_DATA": "true"})
    running.start()
    crowd = {"key": "crowd", "included": [f"user-{number:05d}" for number in range(CROWD)], "excluded": ["user-00007"]}
    running.call("POST", SEGMENTS, crowd)
    running.call("PATCH", "environments/production", {"protected": True, "requireReason": True})
    yield running
    running.close()


@pytest.fixture
def segment(service: Service) -> Iterator[str]:
    """Give a segment of two units that nothing uses."""
    key = f"team-{free_port()}"
    body = {"key": key, "included": ["ann", "ben"], "excluded": ["eve"]}
    service.call("POST", SEGMENTS, body, **{"X-Change-Reason": "test"})
    yield key
    stored = service.call("GET", f"{SEGMENTS}/{key}")
    if not stored.get("archived"):
        headers = {"If-Match": f'"{stored["version"]}"', "X-Change-Reason": "over"}
        service.call("POST", f"{SEGMENTS}/{key}/archive", **headers)


def save(page: Page, verb: str, why: str) -> None:
    sheet = page.get_by_role("dialog").last
    sheet.get_by_label("Why").fill(why)
    sheet.get_by_role("button", name=verb, exact=True).click()
    expect(sheet).to_be_hidden()


def review(page: Page) -> None:
    page.get_by_role("region", name="Pending changes").get_by_role("button", name="Review").click()


def test_a_segment_is_made_with_its_first_units(console: Console, service: Service) -> None:
    page = console.go("/segments?env=production", "Segments")
    page.get_by_role("button", name="New segment").click()
    dialog = page.get_by_role("dialog", name="New segment in Production")
    dialog.get_by_label("Key").fill("beta")
    expect(dialog).to_contain_text("There is one with this key already.")
    dialog.get_by_label("Key").fill("friends")
    dialog.get_by_label("Units").fill("ann\nben\nann")
    expect(dialog.get_by_role("status")).to_have_text("2 units")
    dialog.get_by_role("button", name="Review").click()
    save(page, "Create", "who knows us")

    console.settled("friends")

    assert service.call("GET", f"{SEGMENTS}/friends")["included"] == ["ann", "ben"]


def test_a_file_is_read_in_the_browser_and_what_it_repeats_or_contradicts_is_named(
    console: Console, service: Service, segment: str, tmp_path: Path
) -> None:
    file = tmp_path / "units.csv"
    file.write_text('user_id,plan\ncyd,pro\n"dan, the second",free\ncyd,pro\neve,free\nann,free\n')
    page = console.go(f"/segments/production/{segment}", segment)
    included = page.get_by_role("region", name="Included")
    included.get_by_role("button", name="Paste or upload").click()
    dialog = page.get_by_role("dialog", name="Add to included")
    with page.expect_file_chooser() as chooser:
        dialog.get_by_role("button", name="Choose a file").click()
    chooser.value.set_files(file)

    for line in (
        "4 units found, 3 new ones",
        "“user_id” is taken for a heading",
        "the first of 2 columns counts",
        "1 unit more than once: cyd",
        "1 unit listed already: ann",
        "1 unit in excluded, too: eve.",
    ):
        expect(dialog).to_contain_text(line)
    assert faults(console, "segment-upload") == []
    dialog.get_by_role("button", name="Add 3 units").click()
    expect(included).to_contain_text("1 unit also in excluded: eve")
    review(page)
    expect(page.get_by_role("dialog").last).to_contain_text("3 units: cyd, dan, the second and eve")
    save(page, "Save", "the pilot")

    assert service.call("GET", f"{SEGMENTS}/{segment}")["included"] == ["ann", "ben", "cyd", "dan, the second", "eve"]


def test_ten_thousand_units_are_searched_and_only_those_in_sight_are_drawn(console: Console) -> None:
    page = console.go("/segments/production/crowd", "crowd")
    included = page.get_by_role("region", name="Included")
    expect(included).to_contain_text("10,000 units")
    assert included.get_by_role("listitem").count() < 100

    included.get_by_role("searchbox", name="Search in included").fill("user-0999")
    expect(included).to_contain_text("10 of 10,000 match")
    included.get_by_role("button", name="Remove user-09995").click()

    expect(included).to_contain_text("9,999 units")
    page.get_by_role("button", name="Discard").click()
    expect(included).to_contain_text("10,000 units")


def test_a_condition_and_a_unit_are_edited_and_survive_a_reload(
    console: Console, service: Service, segment: str
) -> None:
    page = console.go(f"/segments/production/{segment}", segment)
    page.get_by_role("button", name="Add a condition").click()
    expect(page.get_by_text("The condition is not complete.")).to_be_visible()
    page.get_by_label("Attribute").first.fill("country")
    values = page.get_by_label("Add to values of country")
    values.fill("DE")
    values.press("Enter")
    page.reload()
    console.settled()
    page.get_by_role("button", name="Remove ben").click()
    review(page)
    save(page, "Save", "only Germany")

    saved = service.call("GET", f"{SEGMENTS}/{segment}")
    assert (saved["included"], saved["excluded"]) == (["ann"], ["eve"])
    assert saved["when"] == {"attribute": "country", "op": "in", "values": ["DE"]}
    expect(page.get_by_text("1 unit and whoever matches")).to_be_visible()


def test_a_segment_that_is_used_says_by_what_and_cannot_be_archived(
    console: Console, service: Service, segment: str
) -> None:
    outer = f"{segment}-outer"
    service.call("POST", SEGMENTS, {"key": outer, "when": {"segment": segment}}, **{"X-Change-Reason": "test"})
    page = console.go(f"/segments/production/{segment}", segment)
    archive = page.get_by_role("button", name="Archive this segment")

    expect(page.get_by_role("list", name="Used by").get_by_role("link", name=outer)).to_be_visible()
    expect(archive).to_be_disabled()
    expect(page.get_by_text("It cannot be archived while 1 place uses it.")).to_be_visible()

    version = service.call("GET", f"{SEGMENTS}/{outer}")["version"]
    headers = {"If-Match": f'"{version}"', "X-Change-Reason": "test"}
    service.call("POST", f"{SEGMENTS}/{outer}/archive", **headers)
    expect(archive).to_be_enabled()  # live
    archive.click()
    save(page, "Archive", "no longer used")
    expect(page.get_by_text("No rule can name it.")).to_be_visible()


def test_the_list_says_who_belongs_to_each_and_is_searched(console: Console) -> None:
    page = console.go("/segments?env=production", "Segments")
    row = page.get_by_role("row", name=re.compile("Beta testers"))

    expect(row).to_contain_text("2 listed units, and whoever matches: email ends with @example.com")
    page.get_by_role("searchbox", name="Search segments").fill("crowd")
    expect(row).to_be_hidden()
    expect(page.get_by_role("row", name=re.compile("crowd"))).to_contain_text("9,999 units")
    assert "q=crowd" in page.url


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("segments", "/segments?env=production"),
        ("segments-empty", "/segments?env=staging"),
        ("segment", "/segments/production/beta"),
        ("segment-long", "/segments/production/crowd"),
    ],
)
def test_segments_can_be_used_by_everybody(console: Console, name: str, path: str) -> None:
    console.go(path)

    assert faults(console, name) == []


def test_the_dialog_of_a_new_segment_can_be_used_by_everybody(console: Console) -> None:
    page = console.go("/segments?env=production&create=true", "Segments")

    assert faults(console, "segment-create") == []
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    assert "create" not in page.url


def test_somebody_is_looked_for_in_a_segment_as_saved_and_as_edited(
    console: Console, service: Service, segment: str
) -> None:
    page = console.go(f"/segments/production/{segment}", segment)
    box = page.get_by_role("region", name="Is this unit in it?")
    box.get_by_label("Targeting key").fill("ann")
    said = box.get_by_role("status")
    expect(said.filter(has_text=f"ann is in {segment}: included by name.")).to_be_visible()
    box.get_by_label("Targeting key").fill("eve")
    expect(said.filter(has_text=f"eve is not in {segment}: excluded by name.")).to_be_visible()

    page.get_by_role("button", name="Remove eve").click()
    expect(box).to_contain_text("With your changes")
    neither = "none of its lists names it, and it has no condition"
    expect(said.filter(has_text=f"eve is not in {segment}: {neither}.")).to_be_visible()
    expect(said.filter(has_text=f"eve is not in {segment}: excluded by name.")).to_be_visible()
    assert faults(console, "segment-match") == []

    page.get_by_role("button", name="Discard").click()
    expect(box.get_by_text("With your changes")).to_have_count(0)
    assert service.call("GET", f"{SEGMENTS}/{segment}")["excluded"] == ["eve"]


def test_an_answer_keeps_the_name_of_whom_it_was_for_until_the_next_comes(console: Console, segment: str) -> None:
    page = console.go(f"/segments/production/{segment}", segment)
    box = page.get_by_role("region", name="Is this unit in it?")
    box.get_by_label("Targeting key").fill("ann")
    said = box.get_by_role("status")
    expect(said).to_have_text(f"ann is in {segment}: included by name.")

    with held(page, "**/match"):
        box.get_by_label("Targeting key").fill("eve")
        expect(box.locator("[aria-busy=true]")).to_be_visible()
        expect(said).to_have_text(f"ann is in {segment}: included by name.")

    expect(said).to_have_text(f"eve is not in {segment}: excluded by name.")
    expect(box.locator("[aria-busy=true]")).to_have_count(0)


def test_the_condition_of_a_segment_is_shown_part_by_part(console: Console) -> None:
    page = console.go("/segments/production/beta", "Beta testers")
    box = page.get_by_role("region", name="Is this unit in it?")
    box.get_by_label("Targeting key").fill("someone")
    expect(box.get_by_role("status")).to_contain_text("something that its condition asks for is not given")

    box.get_by_role("button", name="Add email").click()
    box.get_by_label("Value of email").fill("someone@example.com")

    expect(box.get_by_role("status")).to_contain_text("email someone@example.com ends with @example.com")
    expect(box.get_by_text("pass", exact=True).last).to_be_visible()
