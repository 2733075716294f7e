"""The order of evaluation, with reasons and metadata."""

from typing import Any

import pytest

from flagsdk.core import Context, Decision, ErrorCode, Reason, evaluate, evaluate_all, evaluate_split
from flagsdk.core.explain import explained
from flagsdk.core.hashing import bucket_of
from tests.core.making import WHOLE, decide, flag, ruled, snapshot, split, traffic

ANN, EVE = Context("ann"), Context("eve")
ALWAYS: dict[str, Any] = {"all": []}


def test_an_unknown_flag_is_not_found() -> None:
    decision = evaluate(snapshot(revision=7), "none", ANN)

    assert decision == Decision(
        None, reason=Reason.ERROR, revision=7, error=ErrorCode.FLAG_NOT_FOUND, detail="there is no flag/none"
    )


def test_an_archived_flag_is_not_found() -> None:
    decision = decide(flag(archived=True), ANN)

    assert (decision.value, decision.error) == (None, "FLAG_NOT_FOUND")


def test_a_disabled_flag_serves_its_off_variant_whatever_else_it_says() -> None:
    document = flag(enabled=False, targets=[{"variant": "on", "units": ["ann"]}], default={"serve": "on"})

    assert decide(document, ANN) == Decision(value=False, variant="off", reason=Reason.DISABLED, revision=1)


def test_one_variant_for_everybody_is_static() -> None:
    assert decide(flag(), ANN) == Decision(value=True, variant="on", reason=Reason.STATIC, revision=1)


@pytest.mark.parametrize(
    "members",
    [
        {"rules": [{"id": "r", "when": {"any": []}, "serve": "off"}]},
        {"targets": [{"variant": "off", "units": ["bob"]}]},
        {"prerequisites": [{"flag": "p", "variants": ["on"]}]},
    ],
)
def test_what_is_left_over_is_the_default(members: dict[str, Any]) -> None:
    decision = evaluate(snapshot(flag(**members), flag("p")), "f", ANN)

    assert (decision.variant, decision.reason, decision.rule) == ("on", "DEFAULT", None)


def test_targets_come_before_rules() -> None:
    document = ruled(ALWAYS, targets=[{"variant": "off", "units": ["ann"]}])

    assert decide(document, ANN) == Decision(
        value=False, variant="off", reason=Reason.TARGETING_MATCH, rule="target", revision=1
    )
    assert decide(document, EVE).rule == "r0"


@pytest.mark.parametrize("by", ["targetingKey", "email"])
def test_the_first_target_that_lists_the_unit_wins(by: str) -> None:
    targets = [
        {"variant": "on", "units": ["bob"], "by": by},
        {"variant": "off", "units": ["ann", "bob", ""]},
        {"variant": "on", "units": ["ann", "carl"]},
    ]
    document = flag(targets=targets, default={"serve": "off"})

    assert decide(document, ANN).variant == "off"
    assert decide(document, Context("carl")).variant == "on"
    assert decide(document, Context("x", email="bob")).variant == ("on" if by == "email" else "off")
    assert decide(document, Context()).rule is None
    assert decide(document, {"targetingKey": 5}).rule is None
    assert decide(document, {"targetingKey": ""}).rule is None


def test_the_first_rule_that_is_true_wins() -> None:
    never = {"attribute": "absent", "op": "equals", "values": ["x"]}
    document = ruled({"any": []}, never, ALWAYS, ALWAYS)

    assert decide(document, ANN) == Decision(
        value=True, variant="on", reason=Reason.TARGETING_MATCH, rule="r2", revision=1
    )


def test_a_split_says_its_bucket_and_its_rule() -> None:
    rule = {"id": "r", "when": ALWAYS} | split({"on": WHOLE})

    assert decide(flag(default=split({"on": WHOLE})), ANN).reason == "SPLIT"
    assert decide(flag(rules=[rule]), ANN) == Decision(
        value=True, variant="on", reason=Reason.SPLIT, rule="r", bucket=bucket_of("s", "ann"), revision=1
    )


def test_a_rule_without_an_id_goes_by_its_place() -> None:
    assert decide(flag(rules=[{"when": ALWAYS, "serve": "on"}]), ANN).rule == "rules/0"


def test_traffic_splits_decide_a_backend() -> None:
    forced = {"id": "staff", "when": {"attribute": "staff", "op": "equals", "values": [True]}, "serve": "canary"}
    loaded = snapshot(splits=[traffic(rules=[forced]), traffic("off", enabled=False, default={"serve": "canary"})])

    staff = evaluate_split(loaded, "t", Context("ann", staff=True))

    assert (staff.value, staff.variant, staff.rule) == ("canary", "canary", "staff")
    assert evaluate_split(loaded, "t", ANN).value == "stable"
    assert evaluate_split(loaded, "off", ANN) == Decision(
        value="stable", variant="stable", reason=Reason.DISABLED, revision=1
    )
    assert evaluate_split(loaded, "none", ANN).error == "FLAG_NOT_FOUND"
    assert staff == explained(loaded, "t", Context("ann", staff=True), "split")


def test_a_traffic_split_without_a_unit_is_stable() -> None:
    loaded = snapshot(splits=[traffic(default=split({"canary": WHOLE}))])

    decision = evaluate_split(loaded, "t", {})

    assert (decision.value, decision.error) == ("stable", "TARGETING_KEY_MISSING")


def test_flags_and_traffic_splits_do_not_meet() -> None:
    loaded = snapshot(flag("same"), splits=[traffic("same")])

    assert (evaluate(loaded, "same", ANN).value, evaluate_split(loaded, "same", ANN).value) == (True, "stable")


@pytest.mark.parametrize(
    ("kind", "value"),
    [("boolean", True), ("string", "x"), ("integer", 2**70), ("float", 1.5), ("object", {"a": [1]}), ("object", [1])],
)
def test_values_keep_their_type(kind: str, value: Any) -> None:
    decision = decide(flag(type=kind, variants={"on": value, "off": value}), ANN)

    assert decision.value == value
    assert type(decision.value) is type(value)


def test_a_whole_number_is_a_float_where_the_flag_says_so() -> None:
    value = decide(flag(type="float", variants={"on": 2, "off": 0}), ANN).value

    assert (value, type(value)) == (2.0, float)


@pytest.mark.parametrize("context", [None, 42, "text", [], object()])
def test_a_context_that_is_no_object_is_invalid_once_it_is_read(context: Any) -> None:
    reading = decide(ruled({"attribute": "a", "op": "exists"}), context)

    assert (reading.variant, reading.reason, reading.error) == ("off", "ERROR", "INVALID_CONTEXT")
    assert decide(flag(), context).variant == "on"
    assert decide(ruled({"any": [ALWAYS, {"attribute": "a", "op": "exists"}]}), context).variant == "on"


def test_all_flags_at_once_leave_out_the_archived() -> None:
    loaded = snapshot(flag("a"), flag("b", archived=True), flag("c", default=split({"on": WHOLE})), flag("d", type="?"))

    decisions = evaluate_all(loaded, ANN)

    assert {key: decision.reason for key, decision in decisions.items()} == {"a": "STATIC", "c": "SPLIT", "d": "ERROR"}
    assert decisions["d"].error == "PARSE_ERROR"
