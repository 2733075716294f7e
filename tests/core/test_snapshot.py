"""Snapshots: a chain of changes is the snapshot of its result, and shares what did not change."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flagsdk.core import Context, Snapshot, evaluate, evaluate_all, evaluate_split
from flagsdk.core.library import MAX_RECOMPILED
from tests.core.making import WHOLE, flag, ruled, segment, snapshot, split, texts, traffic
from tests.core.strategies import KEYS, contexts, flag_sets, flags, segment_sets, segments

ANN = Context("ann")

_kinds = {"flag": flags, "segment": segments}
_edit = st.sampled_from([(kind, key) for kind in _kinds for key in KEYS]).flatmap(
    lambda place: st.tuples(st.just("/".join(place)), st.none() | _kinds[place[0]](place[1]).map(json.dumps))
)
_changes = st.lists(st.lists(_edit, min_size=1, max_size=3).map(dict), max_size=5)


@given(flag_sets(), segment_sets(), _changes, st.lists(contexts, min_size=1, max_size=2), st.booleans())
@settings(max_examples=40)
def test_changes_add_up_to_the_snapshot_of_their_result(
    first: list[Any],
    audiences: list[Any],
    changes: list[Any],
    asked: list[Any],
    in_bulk: bool,  # noqa: FBT001  # drawn
) -> None:
    current = snapshot(*first, segments=audiences)
    documents = dict(current.documents)
    for number, edits in enumerate(changes, start=2):
        for context in asked:  # compiles part of it, so that the change has something to carry over
            evaluate_all(current, context) if in_bulk else evaluate(current, "a", context)
        current = current.apply(number, edits)
        documents = {name: text for name, text in (documents | edits).items() if text is not None}
        whole = Snapshot.load("test", "e1", number, documents)

        assert (current.digest, dict(current.documents), current.revision) == (whole.digest, documents, number)
        for context in asked:
            assert evaluate_all(current, context) == evaluate_all(whole, context)
            assert [evaluate(current, key, context) for key in KEYS] == [evaluate(whole, key, context) for key in KEYS]


def _compiled(loaded: Snapshot) -> dict[str, Any]:
    return {key: loaded.decide[key] for key in loaded.keys("flag")}


FAMILY = [
    flag("plain"),
    flag("child", prerequisites=[{"flag": "parent", "variants": ["on"]}]),
    flag("grandchild", prerequisites=[{"flag": "child", "variants": ["on"]}]),
    flag("parent"),
    ruled({"segment": "outer"}, key="member"),
    flag("after", prerequisites=[{"flag": "member", "variants": ["on"]}]),
]
CIRCLES = [segment("outer", when={"segment": "inner"}), segment("inner", included=["ann"]), segment("spare")]


@pytest.mark.parametrize(
    ("name", "document", "renewed"),
    [
        ("flag/plain", flag("plain", default={"serve": "off"}), {"plain"}),
        ("flag/parent", flag("parent", default={"serve": "off"}), {"parent", "child", "grandchild"}),
        ("segment/inner", segment("inner"), {"member", "after"}),
        ("segment/outer", segment("outer"), {"member", "after"}),
        ("segment/spare", segment("spare", included=["eve"]), set()),
        ("flag/new", flag("new"), set()),
        ("split/t", traffic(), set()),
    ],
)
def test_only_what_rests_on_the_change_is_compiled_again(name: str, document: Any, renewed: set[str]) -> None:
    before = snapshot(*FAMILY, segments=CIRCLES)
    compiled = _compiled(before)

    after = before.apply(2, {name: json.dumps(document)})

    ready = dict(after.decide)
    assert set(ready) == set(compiled)
    assert {key for key in compiled if ready[key] is not compiled[key]} == renewed
    assert _compiled(before) == compiled


def test_what_appears_later_reaches_those_who_named_it_before() -> None:
    before = snapshot(FAMILY[1], FAMILY[4])
    assert [evaluate(before, key, ANN).variant for key in ("child", "member")] == ["off", "off"]

    after = before.apply(2, texts(flag=[flag("parent")], segment=[segment("outer", included=["ann"])]))

    assert [evaluate(after, key, ANN).variant for key in ("child", "member")] == ["on", "on"]
    gone = after.apply(3, {"flag/parent": None, "segment/outer": None})
    assert [evaluate(gone, key, ANN).variant for key in ("child", "member")] == ["off", "off"]


def test_a_removed_flag_is_not_found_and_may_come_back() -> None:
    before = snapshot(flag())
    assert evaluate(before, "f", ANN).variant == "on"

    after = before.apply(2, {"flag/f": None, "flag/never": None})

    assert evaluate(after, "f", ANN).error == "FLAG_NOT_FOUND"
    assert (after.flag("f"), after.keys(), "f" in after.decide) == (None, [], False)
    assert evaluate(after.apply(3, texts(flag=[flag()])), "f", ANN).variant == "on"
    assert evaluate(before, "f", ANN).variant == "on"


def test_what_was_in_use_is_ready_after_a_change_and_the_rest_waits() -> None:
    used = [flag(f"used{number}") for number in range(3)]
    before = snapshot(*used, flag("idle"))
    for document in used:
        evaluate(before, document["key"], ANN)

    after = before.apply(2, texts(flag=[flag("used1", default={"serve": "off"}), flag("idle")]))

    assert set(after.decide) == {"used0", "used1", "used2"}


def test_a_change_compiles_a_bounded_number_at_once() -> None:
    many = [ruled({"segment": "s"}, key=f"f{number}") for number in range(3 * MAX_RECOMPILED)]
    before = snapshot(*many, segments=[segment(included=["ann"])])
    assert {evaluate(before, key, ANN).variant for key in before.keys("flag")} == {"on"}

    after = before.apply(2, texts(segment=[segment()]))

    assert 0 < len(after.decide) <= MAX_RECOMPILED
    assert {evaluate(after, key, ANN).variant for key in after.keys("flag")} == {"off"}


def test_counters_live_on_where_nothing_changed() -> None:
    before = snapshot(flag("a"), flag("b"))
    for key in ("a", "b"):
        before.decide[key](ANN).uses += 1

    after = before.apply(2, texts(flag=[flag("b")]))

    assert [after.decide[key](ANN).uses for key in ("a", "b")] == [1, 0]


def test_unknown_keys_are_answered_and_never_kept() -> None:
    loaded = snapshot()

    assert loaded.decide["none"](ANN).error == "FLAG_NOT_FOUND"
    assert loaded.cohorts["none"](ANN).error == "FLAG_NOT_FOUND"
    assert (len(loaded.decide), len(loaded.cohorts)) == (0, 0)


def test_traffic_splits_change_like_flags() -> None:
    before = snapshot(splits=[traffic()])
    assert evaluate_split(before, "t", ANN).variant == "stable"

    after = before.apply(2, texts(split=[traffic(default=split({"canary": WHOLE}))]))

    assert evaluate_split(after, "t", ANN).variant == "canary"
    compiled = after.cohort("t")
    assert compiled is not None
    assert {outcome.variant for outcome in compiled.outcomes} == {"stable", "canary"}
    assert after.keys("split") == ["t"]
    assert after.cohort("none") is None


def test_documents_cannot_be_changed_in_place() -> None:
    loaded = snapshot(flag())

    with pytest.raises(TypeError):
        loaded.documents["flag/f"] = "{}"  # type: ignore[index]  # that is the point
    assert loaded.apply(2, {}).digest == loaded.digest


def test_the_callers_documents_are_not_kept() -> None:
    documents = texts(flag=[flag()])
    loaded = Snapshot.load("test", "e1", 1, documents)

    documents.clear()

    assert evaluate(loaded, "f", ANN).variant == "on"
    assert (loaded.environment, loaded.epoch, loaded.revision, loaded.format) == ("test", "e1", 1, 1)


def test_outcomes_show_themselves() -> None:
    assert repr(snapshot(flag()).decide["f"](ANN)) == "Outcome('on', STATIC, rule=None, error=None)"
