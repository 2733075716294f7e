"""Targets, steps and agreement: values in, values out."""

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flagsdk.core.allocation import WHOLE
from flagsvc.domain.routing.capabilities import Capabilities
from flagsvc.domain.routing.grain import TooFine, quantised
from flagsvc.domain.routing.observed import Observed, disagreement
from flagsvc.domain.routing.state import BindingState, RouterState, state_of_text, text_of_state
from flagsvc.domain.routing.target import Mirror, Target, target_of
from tests.routers.contract import target

SPLIT: Mapping[str, Any] = {
    "key": "checkout",
    "backends": ["stable", "canary"],
    "stable": "stable",
    "enabled": True,
    "salt": "s",
    "default": {
        "split": {
            "weights": {"stable": 95_000, "canary": 5_000},
            "allocation": [["stable", 5_000, 100_000], ["canary", 0, 5_000]],
        }
    },
}


@st.composite
def weights(draw: st.DrawFn) -> dict[str, int]:
    cuts = sorted(draw(st.lists(st.integers(0, WHOLE), min_size=0, max_size=4)))
    edges = [0, *cuts, WHOLE]
    return {f"b{n}": end - start for n, (start, end) in enumerate(pairwise(edges))}


@given(weights(), st.integers(1, 300))
def test_steps_add_up_are_off_by_less_than_one_and_keep_nothing_and_everything(
    wanted: dict[str, int], granularity: int
) -> None:
    try:
        told = quantised(wanted, granularity)
    except TooFine:
        assert any(0 < weight < WHOLE for weight in wanted.values())
        return

    assert sum(told.values()) == granularity
    for backend, weight in wanted.items():
        assert abs(told[backend] * WHOLE - weight * granularity) < WHOLE
        assert (told[backend] == 0) == (weight == 0)
        assert (told[backend] == granularity) == (weight == WHOLE)


def test_a_weight_that_would_be_lost_is_refused_with_the_least_that_would_not() -> None:
    with pytest.raises(TooFine, match=r"0\.1 % for 'canary'.*100 steps.*1 %"):
        quantised({"stable": 99_900, "canary": 100}, 100)


def test_a_target_has_the_table_of_the_split_in_order() -> None:
    told = target_of("production", SPLIT, "e.7")

    assert told.split == "production/checkout"
    assert told.weights == {"stable": 95_000, "canary": 5_000}
    assert told.allocation == (("canary", 0, 5_000), ("stable", 5_000, 100_000))
    assert told.is_native
    assert told.untold == ()


def test_a_split_that_is_off_is_stable_for_everybody() -> None:
    told = target_of(
        "p", {**SPLIT, "enabled": False, "targets": [{"variant": "canary", "units": ["u"]}], "rules": [{}]}, "e.7"
    )

    assert told.weights == {"stable": WHOLE, "canary": 0}
    assert told.allocation == (("stable", 0, WHOLE),)
    assert (told.forced, told.untold, told.mirror) == ({}, (), None)


def test_a_split_that_serves_one_backend_gives_it_everything() -> None:
    told = target_of("p", {**SPLIT, "default": {"serve": "canary"}}, "e.7")

    assert told.weights == {"stable": 0, "canary": WHOLE}
    assert told.allocation == (("canary", 0, WHOLE),)


def test_units_that_are_listed_are_forced_and_the_first_list_decides() -> None:
    targets = [{"variant": "canary", "units": ["a"]}, {"variant": "stable", "units": ["a", "b"]}]
    by_other = {"variant": "canary", "units": ["c"], "by": "company"}

    told = target_of("p", {**SPLIT, "targets": [*targets, by_other], "rules": [{}]}, "e.7")

    assert told.forced == {"a": "canary", "b": "stable"}
    assert [words.split()[0] for words in told.untold] == ["rules", "targets"]


def test_a_mirror_is_told_with_its_share() -> None:
    assert target_of("p", {**SPLIT, "mirror": {"backend": "canary", "share": 500}}, "e.7").mirror == Mirror(
        "canary", 500
    )
    assert target_of("p", {**SPLIT, "mirror": {"backend": "canary", "share": 0}}, "e.7").mirror is None


def test_the_fingerprint_is_of_what_decides_and_of_nothing_else() -> None:
    first, same, other = target(5_000, 1), target(5_000, 2), target(5_001, 1)

    assert first.table == same.table != other.table


@pytest.mark.parametrize(
    ("observed", "words"),
    [
        (Observed(weights={"stable": 95, "canary": 5}), ""),
        (Observed(weights={"stable": 95, "canary": 5, "old": 0}), ""),
        (Observed(weights={"stable": 100}), "wanted canary 5, stable 95, found stable 100"),
        (Observed(weights={"stable": 190, "canary": 10}), "wanted"),
        (Observed(weights={}), "found nothing"),
    ],
)
def test_agreement_is_equality_in_the_router_s_own_steps(observed: Observed, words: str) -> None:
    found = disagreement(target(5_000), observed, Capabilities(granularity=100))

    assert words in found
    assert bool(found) == bool(words)


def test_an_edge_that_decides_must_hold_the_very_table() -> None:
    wanted = target(5_000)
    capable = Capabilities(granularity=WHOLE, sticky="cohort")
    weights = dict(wanted.weights)

    assert disagreement(wanted, Observed(weights=weights, table=wanted.table), capable) == ""
    assert "table" in disagreement(wanted, Observed(weights=weights, table="other"), capable)
    assert "none" in disagreement(wanted, Observed(weights=weights), capable)


def test_what_a_router_says_of_a_difference_is_told_with_it() -> None:
    capable = Capabilities(granularity=100)

    differs = Observed(weights={}, detail="a has canary 5; b has canary 0")
    agrees = Observed(weights={"stable": 95, "canary": 5}, detail="b is slow")

    assert disagreement(target(5_000), differs, capable).endswith(
        "found nothing (of 100): a has canary 5; b has canary 0"
    )
    assert disagreement(target(5_000), agrees, capable) == ""


def test_a_mirror_counts_where_the_router_has_one() -> None:
    wanted = target(5_000, mirror=Mirror("canary", 1_000))
    observed = Observed(weights={"stable": 95, "canary": 5})

    assert disagreement(wanted, observed, Capabilities(granularity=100)) == ""
    assert "1 % mirrored to canary" in disagreement(wanted, observed, Capabilities(granularity=100, mirror=True))


def test_a_state_is_read_back_as_it_was_written() -> None:
    wanted = target(5_000, mirror=Mirror("canary", 1_000))
    routers = (RouterState(name="a", standing="applied", observed={"stable": 95}, reasserted=(1.5, 2.5)),)
    state = BindingState(phase="applied", since=12.5, desired=wanted, settled=wanted, routers=routers, attempt=3)

    assert state_of_text(text_of_state(state)) == state
    assert state_of_text(text_of_state(BindingState())) == BindingState()


def test_a_state_of_a_newer_writer_is_read_for_what_is_known() -> None:
    text = text_of_state(BindingState(phase="applied")).replace('"phase"', '"future":1,"phase"')

    assert state_of_text(text).phase == "applied"


def test_a_target_without_a_native_hash_says_so() -> None:
    wanted = target(5_000)
    other = Target(
        split=wanted.split,
        revision="e.1",
        stable="stable",
        weights=wanted.weights,
        salt="s",
        allocation=(("stable", 0, 100),),
        hash="unleash",
        space=100,
    )

    assert not other.is_native
