"""Splits: units, buckets, borders, and what is missing."""

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flagsdk.core import Context, evaluate
from flagsdk.core.compile_flag import ends_of
from flagsdk.core.decode import decode_flag
from flagsdk.core.hashing import HASHES, bucket_of
from flagsdk.core.model import Split
from tests.core.making import WHOLE, decide, flag, ruled, snapshot, split
from tests.core.strategies import Plan

HALF = split({"on": 50_000, "off": 50_000})
UNITS = [f"user-{number}" for number in range(300)] + ["Ünit", "吉星", "🚀", "x" * 1000, " ", "\x00"]


@pytest.mark.parametrize("hash_name", sorted(HASHES))
def test_every_hash_decides_by_its_bucket(hash_name: str) -> None:
    family, salt = HASHES[hash_name], "123"
    space = family.default_space
    cuts = [0, space // 10, space // 3, space // 2, space]
    table = [(name, *ends) for name, ends in zip("abab", pairwise(cuts), strict=True)]
    serve = {"split": {"by": "targetingKey", "hash": hash_name, "salt": salt, "allocation": table}}
    document = flag(type="string", variants={"a": "A", "b": "B"}, offVariant="a", default=serve)
    loaded, place = snapshot(document), family.prepare(salt, space)

    for unit in UNITS:
        decision = evaluate(loaded, "f", Context(unit))
        owner = next(name for name, start, end in table if start <= place(unit) < end)
        assert (decision.variant, decision.bucket, decision.reason) == (owner, place(unit), "SPLIT")


@given(st.integers(1, 2**32), st.data())
def test_raw_hashes_are_compared_exactly_as_buckets_would_be(space: int, data: st.DataObject) -> None:
    end = data.draw(st.integers(1, space))
    ranges = (("a", 0, end), ("b", end, space)) if end < space else (("a", 0, space),)
    (_, bound), *_ = ends_of(Split("targetingKey", "murmur3", "s", space, ranges, lambda unit: 0))

    assert (bound - 1) * space >> 32 < end
    assert bound * space >> 32 >= end


def test_neighbouring_ranges_of_a_variant_are_one() -> None:
    table = [["on", 0, 10], ["on", 10, 20], ["off", 20, 30], ["on", 30, WHOLE]]
    document = flag(default={"split": {"salt": "s", "allocation": table}})
    serve = decode_flag(document).default

    assert isinstance(serve, Split)
    assert [variant for variant, _ in ends_of(serve)] == ["on", "off", "on"]


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 12])
def test_tables_of_any_length_are_searched_alike(count: int) -> None:
    bounds = [WHOLE * number // count for number in range(count + 1)]
    variants = {f"v{number}": number for number in range(count)}
    table = [[f"v{number}", start, end] for number, (start, end) in enumerate(pairwise(bounds))]
    serve = {"split": {"salt": "s", "allocation": table[::-1]}}
    loaded = snapshot(flag(type="integer", variants=variants, offVariant="v0", default=serve))

    for unit in UNITS:
        bucket = bucket_of("s", unit)
        decision = evaluate(loaded, "f", Context(unit))
        assert (decision.value, decision.bucket) == (next(n for n in range(count) if bucket < bounds[n + 1]), bucket)


def test_nothing_is_nobody_and_all_is_everybody() -> None:
    nobody, everybody = split({"on": 0, "off": WHOLE}), split({"on": WHOLE, "off": 0})
    loaded = snapshot(flag("none", default=nobody), flag("all", default=everybody))

    assert {evaluate(loaded, "none", Context(unit)).variant for unit in UNITS} == {"off"}
    assert {evaluate(loaded, "all", Context(unit)).variant for unit in UNITS} == {"on"}


@pytest.mark.parametrize("unit", ["", 0, 7, 1.5, True, b"user-1", ["user-1"], {"id": "user-1"}, None])
def test_anything_but_a_text_is_a_missing_unit(unit: Any) -> None:
    rule = {"id": "r", "when": {"all": []}} | split({"on": WHOLE})
    by_rule = decide(flag(rules=[rule], default={"serve": "on"}), {"targetingKey": unit})
    by_default = decide(flag(default=split({"on": WHOLE})), {"targetingKey": unit})

    assert (by_rule.variant, by_rule.reason, by_rule.error) == ("off", "ERROR", "TARGETING_KEY_MISSING")
    assert (by_rule.rule, by_default.rule, by_default.bucket) == ("r", None, None)
    assert by_default.error == "TARGETING_KEY_MISSING"
    assert by_default.value is False


def test_a_lone_surrogate_is_an_invalid_unit() -> None:
    decision = decide(flag(default=HALF), Context("user-\ud800"))

    assert (decision.variant, decision.reason, decision.error) == ("off", "ERROR", "INVALID_CONTEXT")


def test_subclasses_of_text_are_texts() -> None:
    assert decide(flag(default=HALF), {"targetingKey": Plan.PRO}).bucket == bucket_of("s", "pro")


def test_a_split_may_go_by_an_attribute() -> None:
    document = flag(default=split({"on": WHOLE}, by="company.id"))

    assert decide(document, Context("u") | {"company": {"id": "acme"}}).bucket == bucket_of("s", "acme")
    assert decide(document, Context("u")).error == "TARGETING_KEY_MISSING"


def test_splits_that_share_a_salt_share_their_units() -> None:
    five, thirty = split({"on": 5_000, "off": 95_000}), split({"on": 30_000, "off": 70_000})
    loaded = snapshot(flag("a", default=five), flag("b", default=thirty))

    small = {unit for unit in UNITS if evaluate(loaded, "a", Context(unit)).value}
    large = {unit for unit in UNITS if evaluate(loaded, "b", Context(unit)).value}

    assert small
    assert small < large


def test_the_salt_falls_back_to_the_flags_own() -> None:
    serve = {"split": {"allocation": [["on", 0, WHOLE]]}}

    assert decide(flag(default=serve, salt="own"), Context("u")).bucket == bucket_of("own", "u")


def _in_bucket(context: Any, **members: Any) -> str:
    bucket = {"salt": "s", "ranges": [[0, 20_000], [80_000, WHOLE]]} | members
    variants = [
        decide(ruled({"bucket": bucket, "negate": negate}), context).variant == "on" for negate in (False, True)
    ]
    return {(True, False): "true", (False, True): "false", (False, False): "unknown"}[variants[0], variants[1]]


def test_bucket_conditions_hold_inside_their_ranges() -> None:
    for unit in UNITS:
        inside = not 20_000 <= bucket_of("s", unit) < 80_000
        assert _in_bucket(Context(unit)) == ("true" if inside else "false")


@pytest.mark.parametrize("context", [{}, {"targetingKey": 5}, {"targetingKey": ""}, {"targetingKey": "\ud800"}])
def test_bucket_conditions_are_unknown_without_a_unit(context: Any) -> None:
    assert _in_bucket(context) == "unknown"


def test_bucket_conditions_take_any_hash() -> None:
    place = HASHES["eppo"].prepare("s", 10_000)
    for unit in UNITS:
        answer = _in_bucket(Context(unit), hash="eppo", ranges=[[0, 5_000]])
        assert answer == ("true" if place(unit) < 5_000 else "false")


def test_the_hash_in_a_split_is_murmur3_even_beyond_ascii() -> None:
    """Generated code takes another road for units that are not ASCII: both lead to the same bucket."""
    loaded = snapshot(flag(default=HALF))

    for unit in ("é", "吉星高照", "My 🚀 is full of 🦎.", "a" * 10_000 + "é"):
        decision = evaluate(loaded, "f", Context(unit))
        assert (decision.value, decision.bucket) == (bucket_of("s", unit) < 50_000, bucket_of("s", unit))
