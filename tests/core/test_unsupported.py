"""What this reader does not know closes the rule that rests on it, says so, and leaves the rest alone."""

from typing import Any

import pytest

from flagsdk.core import Context, Decision, Snapshot, evaluate
from flagsdk.core.compile_condition import Conditions
from flagsdk.core.compile_source import Source
from flagsdk.core.explain import explain, explained
from flagsdk.core.explain_condition import Walker
from flagsdk.core.model import Unsupported
from flagsdk.core.support import closed, supported
from tests.core.making import WHOLE, flag, ruled, snapshot, split

ANN = Context("ann", country="DE")
KNOWN = {"attribute": "country", "op": "equals", "values": ["DE"]}
STRANGE: dict[str, Any] = {
    "operator 'resembles'": {"attribute": "country", "op": "resembles", "values": ["DE"]},
    "a condition of unknown shape": {"moon": "full"},
    "must be an object": ["country"],
    "op is missing": {"attribute": "country"},
    "attribute must be a string": {"attribute": 5, "op": "exists"},
    "values must be a list": {"attribute": "country", "op": "in", "values": "DE"},
    "negate must be a boolean": {"attribute": "country", "op": "in", "values": [], "negate": 1},
    "None is not a string, a number or a boolean": {"attribute": "country", "op": "in", "values": [None]},
    "all must be a list": {"all": {}},
    "segment must be a string": {"segment": ["a"]},
    "unknown hash 'later'": {"bucket": {"salt": "s", "hash": "later", "ranges": []}},
    "bucket must be an object": {"bucket": "s"},
    "bucket/ranges must be a list": {"bucket": {"salt": "s", "ranges": [1]}},
    "bucket/ranges must hold pairs": {"bucket": {"salt": "s", "ranges": [[1, 2, 3]]}},
    "bucket/ranges must be an integer": {"bucket": {"salt": "s", "ranges": [[1, 2.5]]}},
    "the salt is not valid Unicode": {"bucket": {"salt": "\ud800", "ranges": []}},
}


def _decided(loaded: Snapshot, context: Any = ANN) -> Decision:
    decision = evaluate(loaded, "f", context)
    assert decision == explained(loaded, "f", context)
    return decision


@pytest.mark.parametrize("fault", STRANGE)
@pytest.mark.parametrize("wrap", ["alone", "not", "any", "deep"])
def test_the_rule_never_matches_wherever_the_strange_part_stands(fault: str, wrap: str) -> None:
    part = STRANGE[fault]
    condition = {
        "alone": part,
        "not": {"not": part},
        "any": {"any": [KNOWN, part]},
        "deep": {"all": [{"any": [{"all": []}, {"not": {"all": [KNOWN, part]}}]}]},
    }[wrap]
    loaded = snapshot(ruled(condition, KNOWN))

    assert _decided(loaded).rule == "r1"
    (place,) = loaded.compiled("flag", "f").unsupported
    assert place.startswith("/rules/0: ")
    assert fault in place


def test_a_rule_without_a_condition_never_matches() -> None:
    assert _decided(snapshot(flag(rules=[{"id": "r", "serve": "off"}]))).rule is None


@pytest.mark.parametrize(
    "serve",
    [
        {},
        {"serve": "on", **split({"on": WHOLE})},
        {"experiment": "e"},
        split({"on": WHOLE}, hash="later"),
        split({"on": WHOLE}, hash="murmur3", space=0),
        split({"on": WHOLE}, hash="split", salt="no number"),
    ],
)
def test_a_rule_that_serves_in_an_unknown_way_never_matches(serve: dict[str, Any]) -> None:
    loaded = snapshot(flag(rules=[{"id": "r", "when": KNOWN} | serve], default={"serve": "off"}))

    assert (_decided(loaded).variant, _decided(loaded).rule) == ("off", None)
    assert len(loaded.compiled("flag", "f").unsupported) == 1


def test_an_unknown_hash_in_the_default_is_an_error() -> None:
    loaded = snapshot(
        flag(default=split({"on": WHOLE}, hash="later"), rules=[{"id": "r", "when": KNOWN, "serve": "on"}])
    )

    assert _decided(loaded).rule == "r"
    decision = _decided(loaded, Context("ann", country="FR"))
    assert (decision.variant, decision.reason, decision.error) == ("off", "ERROR", "GENERAL")
    assert decision.detail == "unknown hash 'later'"
    assert loaded.compiled("flag", "f").unsupported == ("/default: unknown hash 'later'",)


def test_groups_nest_up_to_a_limit() -> None:
    def nested(depth: int) -> dict[str, Any]:
        condition: dict[str, Any] = KNOWN
        for _ in range(depth):
            condition = {"not": {"not": condition}}
        return condition

    assert _decided(snapshot(ruled(nested(16)))).variant == "on"
    assert _decided(snapshot(ruled(nested(17)))).variant == "off"
    assert _decided(snapshot(ruled(nested(150)))).variant == "off"


def test_wide_groups_are_evaluated() -> None:
    parts = [{"attribute": f"a{number}", "op": "exists"} for number in range(3000)]

    assert _decided(snapshot(ruled({"any": [*parts, KNOWN]}))).variant == "on"


def test_unknown_members_are_ignored() -> None:
    document = flag(future={"x": 1}, rules=[{"id": "r", "when": KNOWN | {"note": "hi"}, "serve": "on", "seen": 3}])

    assert _decided(snapshot(document)).rule == "r"


def test_the_trace_says_what_is_not_supported() -> None:
    trace = explain(snapshot(ruled(STRANGE["operator 'resembles'"])), "f", ANN)

    assert trace["steps"][1] == {
        "step": "rule",
        "index": 0,
        "rule": "r0",
        "outcome": "unsupported",
        "faults": ["operator 'resembles'"],
    }


def test_nothing_unsupported_is_ever_compiled() -> None:
    with pytest.raises(AssertionError, match="never compiled"):
        Conditions(Source(), closed).expression(Unsupported("x"), frozenset(), want=True)
    with pytest.raises(AssertionError, match="never looked at"):
        supported(closed("x"))
    assert Walker(ANN, closed).judge(Unsupported("x")) == (None, {"unsupported": "x", "outcome": "unknown"})
