"""Membership in a segment: what a rule that asks for it finds, with the way to it."""

import json
from typing import Any

from hypothesis import given, settings

from flagsdk.core import Context, evaluate
from flagsdk.core.membership import membership
from tests.core.making import ruled, segment, snapshot
from tests.core.strategies import KEYS, contexts, segment_sets

GERMAN = {"attribute": "country", "op": "in", "values": ["DE"]}


@given(segment_sets(), contexts)
@settings(max_examples=150)
def test_it_agrees_with_a_flag_whose_one_rule_asks_for_the_segment(segments: list[Any], context: Any) -> None:
    flags = [ruled({"segment": key}, key=f"in-{key}") for key in (*KEYS, "none")]
    loaded = snapshot(*flags, segments=segments)

    for key in (*KEYS, "none"):
        found = json.loads(json.dumps(membership(loaded, key, context), allow_nan=False))
        assert found["matched"] is (evaluate(loaded, f"in-{key}", context).variant == "on")


def test_the_list_that_decides_is_named() -> None:
    loaded = snapshot(segments=[segment(included=["ann", "both"], excluded=["bob", "both"], when=GERMAN)])

    found = {unit: membership(loaded, "s", Context(unit, country="DE")) for unit in ("ann", "bob", "both", "cyd")}

    assert {unit: (each["matched"], each["trace"]["listed"]) for unit, each in found.items()} == {
        "ann": (True, "included"),
        "bob": (False, "excluded"),
        "both": (False, "excluded"),
        "cyd": (True, "no"),
    }
    assert found["cyd"]["trace"]["when"]["outcome"] == "true"
    assert "when" not in found["ann"]["trace"]


def test_what_cannot_be_told_is_no_match_but_unknown() -> None:
    loaded = snapshot(segments=[segment(when=GERMAN)])

    found = membership(loaded, "s", Context("ann"))

    assert (found["matched"], found["trace"]["outcome"]) == (False, "unknown")


def test_faults_match_nobody_and_say_why() -> None:
    strange = segment(included=["ann"], when={"attribute": "country", "op": "rhymesWith", "values": ["x"]})
    loaded = snapshot(segments=[strange])

    known, absent = membership(loaded, "s", Context("ann")), membership(loaded, "none", Context("ann"))

    assert (known["matched"], known["trace"], absent["trace"]) == (False, None, None)
    assert "rhymesWith" in known["faults"][0]
    assert absent["faults"] == ["there is no segment 'none'"]
    assert evaluate(loaded, "none", Context("ann")).variant is None
