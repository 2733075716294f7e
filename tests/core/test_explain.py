"""Traces: what people read when they ask why."""

import json
from typing import Any

from flagsdk.core import Context, explain
from flagsdk.core.hashing import bucket_of
from tests.core.making import flag, ruled, segment, snapshot, split, traffic

ANN = Context("ann", country="FR")
GERMAN = {"attribute": "country", "op": "in", "values": ["DE", "AT"], "ignoreCase": True}


def _steps(*documents: Any, context: Any = ANN, **others: Any) -> list[dict[str, Any]]:
    trace = explain(snapshot(*documents, **others), "f", context)
    assert json.loads(json.dumps(trace)) == trace
    steps: list[dict[str, Any]] = trace["steps"]
    return steps


def test_a_trace_holds_the_decision() -> None:
    assert explain(snapshot(flag()), "f", ANN) == {
        "kind": "flag",
        "key": "f",
        "revision": 1,
        "decision": {
            "value": True,
            "variant": "on",
            "reason": "STATIC",
            "rule": None,
            "bucket": None,
            "revision": 1,
            "error": None,
            "detail": None,
            "prerequisite": None,
        },
        "steps": [{"step": "enabled", "outcome": "true"}, {"step": "default"}],
    }


def test_every_condition_shows_left_operator_right_and_outcome() -> None:
    unknown = {"attribute": "plan", "op": "contains", "values": ["x"], "negate": True}

    rule = _steps(ruled({"all": [GERMAN, {"not": {"any": [unknown]}}]}))[1]

    left = {"attribute": "country", "operator": "in", "left": "FR", "right": ["DE", "AT"]}
    right = {"attribute": "plan", "operator": "contains", "left": None, "right": ["x"]}
    inner = {"any": [right | {"ignoreCase": False, "negate": True, "outcome": "unknown"}], "outcome": "unknown"}
    assert rule == {
        "step": "rule",
        "index": 0,
        "rule": "r0",
        "when": {
            "all": [
                left | {"ignoreCase": True, "negate": False, "outcome": "false"},
                {"not": inner, "outcome": "unknown"},
            ],
            "outcome": "false",
        },
        "outcome": "false",
    }


def test_a_split_shows_unit_bucket_and_range() -> None:
    bucket = bucket_of("s", "ann")
    start, end, variant = (0, 50_000, "on") if bucket < 50_000 else (50_000, 100_000, "off")

    step = _steps(flag(default=split({"on": 50_000, "off": 50_000})))[-1]

    assert step == {
        "step": "split",
        "by": "targetingKey",
        "unit": "ann",
        "hash": "murmur3",
        "salt": "s",
        "space": 100_000,
        "bucket": bucket,
        "range": [start, end],
        "variant": variant,
    }


def test_a_split_without_a_unit_shows_that() -> None:
    assert _steps(flag(default=split({"on": 100_000}, by="email")))[-1] == {
        "step": "split",
        "by": "email",
        "unit": None,
    }


def test_bucket_conditions_show_bucket_and_ranges() -> None:
    condition = {"bucket": {"salt": "s", "ranges": [[0, 10]]}, "negate": True}

    assert _steps(ruled(condition))[1]["when"] == {
        "bucket": bucket_of("s", "ann"),
        "by": "targetingKey",
        "unit": "ann",
        "hash": "murmur3",
        "ranges": [[0, 10]],
        "negate": True,
        "outcome": "true",
    }


def test_segments_show_how_they_came_to_it() -> None:
    mixed = segment(included=["bob"], excluded=["carl"], when=GERMAN)
    listed = {}
    for name in ("ann", "bob", "carl"):
        step = _steps(ruled({"segment": "s", "negate": True}), context=Context(name), segments=[mixed])[1]["when"]
        listed[name] = (step["listed"], step["outcome"], "when" in step)

    assert listed == {
        "ann": ("no", "unknown", True),
        "bob": ("included", "false", False),
        "carl": ("excluded", "true", False),
    }


def test_targets_show_the_unit_that_was_compared() -> None:
    targets = [{"variant": "off", "units": ["bob"], "by": "email"}, {"variant": "on", "units": ["ann"]}]

    steps = _steps(flag(targets=targets))

    assert steps[1:] == [
        {"step": "target", "by": "email", "unit": None, "variant": "off", "outcome": "false"},
        {"step": "target", "by": "targetingKey", "unit": "ann", "variant": "on", "outcome": "true"},
    ]


def test_long_lists_are_cut_and_counted() -> None:
    many = [str(number) for number in range(1000)]

    step = _steps(ruled({"attribute": "country", "op": "in", "values": many}))[1]["when"]

    assert (len(step["right"]), step["rightCount"]) == (20, 1000)


def test_a_context_that_cannot_be_read_is_said_to_be_so() -> None:
    assert _steps(ruled(GERMAN), context=42)[-1] == {"step": "context", "outcome": "unreadable"}


def test_what_is_not_there_is_said_to_be_so() -> None:
    for documents in ([], [flag(archived=True)], [flag(type="?")]):
        assert _steps(*documents) == [{"step": "found", "outcome": "false"}]


def test_traffic_splits_are_explained_alike() -> None:
    trace = explain(snapshot(splits=[traffic()]), "t", ANN, "split")

    assert (trace["kind"], trace["decision"]["value"]) == ("split", "stable")


def test_a_disabled_flag_shows_nothing_further() -> None:
    assert _steps(flag(enabled=False)) == [{"step": "enabled", "outcome": "false"}]
