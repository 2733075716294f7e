"""The hash chain: whatever is done to a trail, somebody who recomputes it sees it, and where."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flagsvc.domain.actor import Actor
from flagsvc.domain.chain import GENESIS, Break, hash_of, linked, links, summary_of, text_hash
from flagsvc.domain.records import Change, Edit, EditSummary, Ref

Trail = list[Change]


def trail(length: int) -> Trail:
    """Make a sound trail."""
    made: Trail = []
    for revision in range(1, length + 1):
        edits = (EditSummary("flag", f"f{revision % 3}", "edit", text_hash("a"), text_hash(f"b{revision}")),)
        previous = made[-1].hash if made else GENESIS
        at = f"2026-01-01T00:00:{revision:02}.000000Z"
        made.append(linked(Change("prod", revision, at, Actor("user", "ada"), "why", "flag.edit", edits, previous, "")))
    return made


def first_break(changes: Trail) -> Break | None:
    """Give the break that a walk ends with."""
    return next((found for _, found in links(changes) if found), None)


def test_a_sound_trail_has_no_break() -> None:
    assert [found for _, found in links(trail(5))] == [None] * 5
    assert list(links([])) == []


EDITS: dict[str, Callable[[Change], Change]] = {
    "reason": lambda change: replace(change, reason="another"),
    "author": lambda change: replace(change, actor=replace(change.actor, name="eve")),
    "time": lambda change: replace(change, at="2025-01-01T00:00:00.000000Z"),
    "content": lambda change: replace(change, edits=(replace(change.edits[0], after=text_hash("c")),)),
    "environment": lambda change: replace(change, environment="dev"),
    "hash": lambda change: replace(change, hash=text_hash("x")),
    "no edits": lambda change: replace(change, edits=()),
}


@pytest.mark.parametrize("name", EDITS)
@given(length=st.integers(1, 12), data=st.data())
def test_an_edit_is_found_where_it_was_made(name: str, length: int, data: st.DataObject) -> None:
    changes = trail(length)
    place = data.draw(st.integers(0, length - 1))

    changes[place] = EDITS[name](changes[place])

    found = first_break(changes)
    assert found is not None
    assert found.revision == place + 1


@given(length=st.integers(2, 12), data=st.data())
def test_an_edit_with_a_fitting_hash_is_found_behind_it(length: int, data: st.DataObject) -> None:
    """Somebody who recomputes the hash of the edited change breaks the link of the next one."""
    changes = trail(length)
    place = data.draw(st.integers(0, length - 2))

    changes[place] = linked(replace(changes[place], reason="forged"))

    assert first_break(changes) == Break(place + 2, "does not continue the change before it")


@given(length=st.integers(2, 12), data=st.data())
def test_a_missing_change_is_found(length: int, data: st.DataObject) -> None:
    """Deleting any but the newest leaves a gap (the newest is compared with the environment's own head)."""
    changes = trail(length)
    place = data.draw(st.integers(0, length - 2))

    del changes[place]

    found = first_break(changes)
    assert found is not None
    assert found.revision == place + 1


@given(length=st.integers(2, 8), data=st.data())
def test_a_new_order_is_found(length: int, data: st.DataObject) -> None:
    changes = trail(length)
    shuffled = data.draw(st.permutations(changes))

    assert (first_break(shuffled) is None) == (shuffled == changes)


def test_a_walk_ends_at_the_break() -> None:
    """What comes behind is not judged: it stands on what is broken."""
    changes = trail(5)
    del changes[1]
    assert [found is None for _, found in links(changes)] == [True, False]


def test_the_hash_covers_everything_but_itself() -> None:
    change = trail(1)[0]
    assert hash_of(replace(change, hash="x")) == change.hash
    assert len(change.hash) == 64


@pytest.mark.parametrize(
    ("before", "after", "action"),
    [
        (None, '{"a":1}', "create"),
        ('{"a":1}', '{"a":2}', "edit"),
        ('{"a":1}', '{"a":1,"archived":true}', "archive"),
        ('{"a":1,"archived":true}', '{"a":1}', "restore"),
        ('{"archived":false,"note":"\\"archived\\":true"}', '{"archived":true}', "archive"),
    ],
)
def test_an_edit_names_what_happened(before: str | None, after: str, action: str) -> None:
    summary = summary_of(Edit(Ref("prod", "flag", "f"), before, after))
    assert summary.action == action
    assert (summary.before is None) == (before is None)
    assert summary.after == text_hash(after)


def test_hashes_of_before_there_was_a_console_stay_as_they_were() -> None:
    [change] = trail(1)

    assert change.hash == "038df2fbdb1841b2ebc1884a71791761ecb03d652277397670415ad6165ec4a2"
    assert hash_of(replace(change, actor=replace(change.actor, via="console"))) != change.hash
