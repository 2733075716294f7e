"""Segments: who is in, and what closes them."""

from typing import Any

import pytest

from flagsdk.core import Context, evaluate
from tests.core.making import decide, ruled, segment, snapshot

ADULT = {"attribute": "age", "op": "greaterThanOrEqual", "values": [18]}
T, F, U = "true", "false", "unknown"


def _member(context: dict[str, Any], *segments: dict[str, Any]) -> str:
    inside, outside = {"segment": "s"}, {"segment": "s", "negate": True}
    answers = [decide(ruled(condition), context, segments=segments).variant for condition in (inside, outside)]
    return {("on", "off"): T, ("off", "on"): F, ("off", "off"): U}[answers[0] or "", answers[1] or ""]


@pytest.mark.parametrize(
    ("context", "answer"),
    [
        (Context("ann"), T),
        (Context("bob"), F),
        (Context("both"), F),
        (Context("eve"), F),
        (Context(), U),
        (Context(""), U),
        (Context() | {"targetingKey": 7}, U),
    ],
)
def test_excluded_beats_included_and_others_are_out(context: dict[str, Any], answer: str) -> None:
    listed = segment(included=["ann", "both", ""], excluded=["bob", "both"])

    assert _member(context, listed) == answer


@pytest.mark.parametrize(
    ("context", "answer"),
    [
        (Context("ann", age=1), T),
        (Context("bob", age=30), F),
        (Context("eve", age=30), T),
        (Context("eve", age=1), F),
        (Context("eve"), U),
        (Context(age=30), T),
        (Context(age=1), F),
        (Context(), U),
    ],
)
def test_the_condition_decides_about_everybody_else(context: dict[str, Any], answer: str) -> None:
    mixed = segment(included=["ann"], excluded=["bob"], when=ADULT)

    assert _member(context, mixed) == answer


def test_units_may_come_from_an_attribute() -> None:
    companies = segment(included=["acme"], by="company.id")

    assert _member(Context("acme"), companies) == U
    assert _member(Context("x") | {"company": {"id": "acme"}}, companies) == T


def test_segments_use_segments() -> None:
    inner = segment("inner", included=["ann"])
    outer = segment(when={"all": [{"segment": "inner"}, ADULT]})

    assert _member(Context("ann", age=20), inner, outer) == T
    assert _member(Context("eve", age=20), inner, outer) == F
    assert _member(Context("ann"), inner, outer) == U


def _chain(length: int) -> list[dict[str, Any]]:
    links = [segment(f"s{number}", when={"segment": f"s{number + 1}"}) for number in range(length - 1)]
    return [*links, segment(f"s{length - 1}", included=["ann"])]


@pytest.mark.parametrize(("length", "variant"), [(32, "on"), (33, "off"), (5000, "off")])
def test_segments_nest_up_to_a_limit_whatever_is_asked_first(length: int, variant: str) -> None:
    flags = [ruled({"segment": "s0"}, key="top"), ruled({"segment": f"s{length - 32}"}, key="within")]
    loaded = [snapshot(*flags, segments=_chain(length)) for _ in range(2)]

    orders = (("top", "within"), ("within", "top"))
    for each, order in zip(loaded, orders, strict=True):
        found = {key: evaluate(each, key, Context("ann")).variant for key in order}
        assert found == {"top": variant, "within": "on"}


def test_segments_that_double_at_each_step_are_closed_before_they_explode() -> None:
    doubling = [
        segment(f"s{number}", when={"all": [{"segment": f"s{number + 1}"}, {"segment": f"s{number + 1}"}]})
        for number in range(25)
    ]
    loaded = snapshot(ruled({"segment": "s0"}), segments=[*doubling, segment("s25", included=["ann"])])

    assert evaluate(loaded, "f", Context("ann")).variant == "off"
    assert "more than 10000 conditions" in loaded.compiled("flag", "f").unsupported[0]


@pytest.mark.parametrize(
    ("segments", "fault"),
    [
        ([], "there is no segment 's'"),
        ([segment(when={"segment": "s"})], "segment 's' rests on itself"),
        ([segment(when={"segment": "t"}), segment("t", when={"segment": "s"})], "rests on itself"),
        ([segment(when={"attribute": "a", "op": "resembles", "values": []})], "operator 'resembles'"),
        ([segment(when={"segment": "t"}), segment("t", when={"future": 1})], "unknown shape"),
        ([segment(included="ann")], "segment 's' cannot be read: /included: must be a list"),
        ([segment(included=[1])], "/included/0: must be a string"),
    ],
)
def test_a_rule_on_a_segment_that_is_not_understood_never_matches(segments: list[Any], fault: str) -> None:
    rules = ({"segment": "s"}, {"segment": "s", "negate": True}, {"any": [{"all": []}, {"segment": "s"}]})
    loaded = snapshot(ruled(*rules), segments=segments)

    decision = evaluate(loaded, "f", Context("ann"))

    assert (decision.variant, decision.reason) == ("off", "DEFAULT")
    unsupported = loaded.compiled("flag", "f").unsupported
    assert [place.split(":")[0] for place in unsupported] == ["/rules/0", "/rules/1", "/rules/2"]
    assert all(fault in place for place in unsupported)
