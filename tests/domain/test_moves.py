"""Who moves, in numbers and words, and what is worth a second look."""

from typing import Any

import pytest

from flagsvc.domain.lints import lints_of
from flagsvc.domain.moves import REDRAWN, moves_between

FULL = 100_000


def split(*entries: tuple[str, int, int], **members: Any) -> dict[str, Any]:
    """Make a split with this table."""
    weights: dict[str, int] = {}
    for variant, start, end in entries:
        weights[variant] = weights.get(variant, 0) + end - start
    base = {
        "salt": "s",
        "hash": "murmur3",
        "by": "targetingKey",
        "weights": weights,
        "allocation": list(map(list, entries)),
    }
    return {"split": {**base, **members}}


def document(default: dict[str, Any], *rules: dict[str, Any]) -> dict[str, Any]:
    """Make a document of places only."""
    return {"default": default, "rules": list(rules)}


HALF = split(("a", 0, 50_000), ("off", 50_000, FULL))
THIRD = split(("a", 0, 30_000), ("off", 30_000, FULL))


def test_a_change_of_weights_says_exactly_who_moves() -> None:
    assert moves_between("flag/f", document(HALF), document(THIRD)) == [
        {
            "document": "flag/f",
            "pointer": "/default/split",
            "moves": [{"from": "a", "to": "off", "weight": 20_000}],
            "summary": "20.0 % a → off, nobody else",
        }
    ]


def test_one_variant_for_all_counts_as_a_table() -> None:
    """From a served variant to a split and back."""
    there = moves_between("f", document({"serve": "off"}), document(THIRD))
    back = moves_between("f", document(THIRD), document({"serve": "off"}))
    assert (there[0]["pointer"], there[0]["summary"]) == ("/default/split", "30.0 % off → a, nobody else")
    assert (back[0]["pointer"], back[0]["summary"]) == ("/default", "30.0 % a → off, nobody else")


def test_nobody_moves_without_a_change() -> None:
    assert moves_between("f", document(HALF, {"id": "r", **THIRD}), document(HALF, {"id": "r", **THIRD})) == []


def test_rules_are_compared_by_id_wherever_they_stand() -> None:
    before = document(HALF, {"id": "x", **HALF}, {"id": "y", "serve": "a"})
    after = document(HALF, {"id": "y", "serve": "a"}, {"id": "new", **HALF}, {"id": "x", **THIRD})
    assert [move["pointer"] for move in moves_between("f", before, after)] == ["/rules/2/split"]


@pytest.mark.parametrize("members", [{"salt": "t"}, {"hash": "flagd2"}, {"by": "account"}, {"space": 1_000}])
def test_another_draw_moves_everybody(members: dict[str, Any]) -> None:
    after = document({"split": {**HALF["split"], **members}})
    assert [move["summary"] for move in moves_between("f", document(HALF), after)] == [REDRAWN]


def test_shares_of_other_spaces_are_weights() -> None:
    """Weights are always in 1/100 000, whatever the number of buckets."""
    few = {"hash": "growthbook1"}
    before = document(split(("a", 0, 100), ("off", 100, 1000), **few))
    after = document(split(("a", 0, 125), ("off", 125, 1000), **few))
    assert moves_between("f", before, after)[0]["moves"] == [{"from": "off", "to": "a", "weight": 2_500}]


def test_what_cannot_be_read_is_passed_over() -> None:
    assert moves_between("f", document({"split": {"weights": {}}}), document(HALF)) != []
    assert moves_between("f", {}, document(HALF)) == []
    assert moves_between("f", document({"split": {**HALF["split"], "allocation": None}}), document(HALF)) == []


OFF = {"enabled": False, "offVariant": "off"}
ON = {"enabled": True, "offVariant": "off"}


@pytest.mark.parametrize("off", ["offVariant", "stable"])
def test_switching_moves_whoever_gets_something_else(off: str) -> None:
    """From the off variant at each place that serves anything else, and back to it."""
    places = {
        **document(THIRD, {"id": "x", "serve": "a"}, {"id": "y", "serve": "off"}),
        "targets": [
            {"variant": "off", "units": ["u"]},
            {"variant": "a", "units": ["v"]},
            {"variant": "a", "units": []},
        ],
    }
    was, now = ({**places, "enabled": enabled, off: "off"} for enabled in (False, True))

    there, back = moves_between("f", was, now), moves_between("f", now, was)

    assert [(each["pointer"], each["summary"]) for each in there] == [
        ("/targets/1", "100.0 % off → a, nobody else"),
        ("/default/split", "30.0 % off → a, nobody else"),
        ("/rules/0", "100.0 % off → a, nobody else"),
    ]
    assert [each["pointer"] for each in back] == [each["pointer"] for each in there]
    assert [each["moves"][0]["weight"] for each in back] == [100_000, 30_000, 100_000]
    assert {(each["moves"][0]["from"], each["moves"][0]["to"]) for each in back} == {("a", "off")}


def test_switching_counts_what_the_document_that_is_on_serves() -> None:
    """Whatever else the same edit changes: places that come or go with it, and the off variant."""
    before = {**document(HALF, {"id": "gone", "serve": "a"}), **ON}
    after = {**document({"serve": "b"}), **OFF, "offVariant": "b"}

    assert [each["moves"] for each in moves_between("f", before, after)] == [
        [{"from": "a", "to": "b", "weight": 50_000}, {"from": "off", "to": "b", "weight": 50_000}],
        [{"from": "a", "to": "b", "weight": 100_000}],
    ]
    assert moves_between("f", after, {**document({"serve": "b"}), **ON}) == []


def test_a_document_that_stays_off_moves_nobody_yet() -> None:
    [move] = moves_between("f", {**document(HALF), **OFF}, {**document(THIRD), **OFF})
    assert move["summary"] == "20.0 % a → off, nobody else, once it is on"


def _codes(before: dict[str, Any], after: dict[str, Any]) -> list[tuple[str, str]]:
    return [(lint["pointer"], lint["code"]) for lint in lints_of("f", before, after)]


def test_lints_find_what_is_allowed_and_strange() -> None:
    everybody = split(("a", 0, FULL))
    assert _codes({}, document(everybody)) == [("/default/split/weights", "one-for-all")]
    assert _codes(document(HALF), document({"split": {**HALF["split"], "by": "account"}})) == [
        ("/default/split/by", "by-changed")
    ]
    assert _codes(document(HALF), document(everybody)) == [
        ("/default/split/weights", "one-for-all"),
        ("/default/split/weights", "variant-removed"),
    ]
    assert _codes({}, {"included": [], "when": None}) == [("", "empty-segment")]
    assert _codes({}, {"included": ["u"], "when": None}) == []


def test_shadowed_rules_are_found() -> None:
    """A rule behind one that matches everybody, or behind its own twin, is never reached."""
    german = {"attribute": "country", "op": "in", "values": ["DE"]}
    rules = [
        {"id": "1", "when": german, "serve": "a"},
        {"id": "2", "when": dict(german), "serve": "off"},
        {"id": "3", "when": {"all": []}, "serve": "a"},
        {"id": "4", "when": {"segment": "beta"}, "serve": "a"},
    ]
    assert _codes({}, document({"serve": "a"}, *rules)) == [("/rules/1", "shadowed"), ("/rules/3", "shadowed")]
