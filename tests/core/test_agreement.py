"""Generated code and the plain walk decide alike, whatever the documents and the context."""

import json
from typing import Any

from hypothesis import given, settings

from flagsdk.core import Context, evaluate, evaluate_all, explain
from flagsdk.core.explain import explained
from tests.core.making import ruled, segment, snapshot
from tests.core.strategies import KEYS, conditions, contexts, flag_sets, segment_sets


@given(flag_sets(), segment_sets(), contexts)
@settings(max_examples=120)
def test_compiled_code_and_plain_walk_agree(flags: list[Any], segments: list[Any], context: Any) -> None:
    loaded = snapshot(*flags, segments=segments)

    for key in (*KEYS, "none"):
        assert evaluate(loaded, key, context) == explained(loaded, key, context)


@given(conditions, contexts)
@settings(max_examples=200)
def test_single_conditions_agree(condition: Any, context: Any) -> None:
    listed = [segment(key, included=["ann"], excluded=["bob"]) for key in KEYS]
    loaded = snapshot(ruled(condition, {"not": condition}), segments=listed)

    assert evaluate(loaded, "f", context) == explained(loaded, "f", context)


@given(flag_sets(), segment_sets(), contexts)
@settings(max_examples=30)
def test_bulk_is_every_single_decision(flags: list[Any], segments: list[Any], context: Any) -> None:
    loaded = snapshot(*flags, segments=segments)

    decisions = evaluate_all(loaded, context)

    kept = [document["key"] for document in flags if not document.get("archived")]
    assert decisions == {key: evaluate(loaded, key, context) for key in kept}


@given(flag_sets(), segment_sets(), contexts)
@settings(max_examples=30)
def test_every_trace_is_json_and_holds_the_decision(flags: list[Any], segments: list[Any], context: Any) -> None:
    loaded = snapshot(*flags, segments=segments)

    for key in KEYS:
        trace = explain(loaded, key, context)
        assert (
            json.loads(json.dumps(trace, allow_nan=False))["decision"]["variant"]
            == evaluate(loaded, key, context).variant
        )


@given(flag_sets(), segment_sets(), contexts)
@settings(max_examples=20)
def test_evaluation_leaves_the_context_alone(flags: list[Any], segments: list[Any], context: Any) -> None:
    loaded, before = snapshot(*flags, segments=segments), dict(context) if type(context) in (dict, Context) else None

    evaluate_all(loaded, context)

    assert before is None or all(before[name] is context[name] for name in context)
