"""Whether a router can be told a target: what fits is refused by no router, and the reverse."""

from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from flagsdk.core.allocation import WHOLE
from flagsvc.domain.routing.capabilities import Capabilities
from flagsvc.domain.routing.errors import RouterError
from flagsvc.domain.routing.fitness import misfits, pointer_in, surprises
from flagsvc.domain.routing.target import Mirror, Target
from flagsvc.routers.common.backends import demand_known, told_weights


def target(**weights: int) -> Target:
    return Target(
        split="production/checkout",
        revision="e.1",
        stable=next(iter(weights)),
        weights=weights,
        salt="s",
        allocation=(),
    )


NAMES = ("stable", "canary", "green", "blue")


@st.composite
def targets(draw: st.DrawFn) -> Target:
    names = NAMES[: draw(st.integers(1, len(NAMES)))]
    cuts = sorted(draw(st.lists(st.integers(0, WHOLE), min_size=len(names) - 1, max_size=len(names) - 1)))
    weights = {name: end - start for name, (start, end) in zip(names, pairwise([0, *cuts, WHOLE]), strict=True)}
    mirror = Mirror(draw(st.sampled_from(names)), 1_000) if draw(st.booleans()) else None
    return replace(target(**weights), mirror=mirror)


backends = st.frozensets(st.sampled_from(NAMES), min_size=1)
abilities = st.builds(Capabilities, granularity=st.integers(1, 1_000), backends=backends, mirror=st.booleans())


@given(targets(), abilities)
def test_what_fits_can_be_told_and_what_does_not_cannot(told: Target, able: Capabilities) -> None:
    """Judged again by the very functions that routers refuse with."""
    found = misfits("edge", able, told)

    asked = told if able.mirror else replace(told, mirror=None)
    try:
        told_weights(asked, able.granularity, able.backends or ())
        refused = False
    except RouterError:
        refused = True
    assert bool(found) == (refused or (told.mirror is not None and not able.mirror))


@given(targets(), abilities)
def test_every_backend_that_is_missing_or_would_be_lost_is_named_at_its_place(told: Target, able: Capabilities) -> None:
    found = {(misfit.place, misfit.code): misfit.detail for misfit in misfits("edge", able, told)}

    for backend, weight in told.weights.items():
        place = ("weights", backend)
        assert ((place, "unknown-backend") in found) == (weight > 0 and backend not in (able.backends or ()))
        if detail := found.get((place, "too-fine")):
            assert 0 < weight * able.granularity < WHOLE
            assert "the least is about" in detail


@given(targets(), abilities)
def test_all_to_one_known_backend_always_fits(told: Target, able: Capabilities) -> None:
    [stable, *_] = told.weights
    assume(stable in (able.backends or ()))
    everything = {name: WHOLE if name == stable else 0 for name in told.weights}

    assert misfits("edge", able, replace(told, weights=everything, stable=stable, mirror=None)) == []


@pytest.mark.parametrize(
    ("able", "wanted", "code", "said"),
    [
        ({"max_backends": 2}, {"stable": "a", "weights": {"a": 40_000, "b": 30_000, "c": 30_000}},
         "too-many-backends", "at most 2"),
        ({}, {"mirror": Mirror("canary", 500)}, "no-mirror", "copies no requests"),
        ({"sticky": "cohort"}, {"by": "account"}, "foreign-unit", "'account'"),
        ({"sticky": "cohort"}, {"hash": "unleash", "space": 100}, "foreign-hash", "murmur3, not 'unleash'"),
        ({"sticky": "cohort"}, {"space": 1_000}, "foreign-space", "over 100000 buckets, not 1000"),
        ({"backends": frozenset({"stable", "canary"}), "sticky": "cohort"}, {"forced": {"u": "blue"}},
         "unknown-backend", "'blue'; it has canary, stable"),
    ],
)  # fmt: skip
def test_what_a_router_lacks_is_said(able: Mapping[str, Any], wanted: Mapping[str, Any], code: str, said: str) -> None:
    asked = replace(target(stable=95_000, canary=5_000), **wanted)

    [misfit] = misfits("edge-1", Capabilities(granularity=100_000, **able), asked)

    assert misfit.code == code
    assert misfit.detail.startswith("The router 'edge-1' cannot be told this: ")
    assert said in misfit.detail


@pytest.mark.parametrize(("able", "places"), [(True, [("backends", "stable"), ("backends", "blue")]), (False, [])])
def test_what_answers_when_all_else_fails_has_to_be_there_and_what_gets_copies(
    able: bool,  # noqa: FBT001 - a parameter of the test
    places: list[tuple[str, str]],
) -> None:
    """A router that copies nothing is not asked for the mirror's backend, too."""
    asked = replace(target(stable=0, canary=100_000, blue=0), mirror=Mirror("blue", 5))

    found = misfits("edge", Capabilities(granularity=10, backends=frozenset({"canary"}), mirror=able), asked)

    wanted = {*places, ("backends", "stable")} | (set() if able else {("mirror",)})
    assert {misfit.place for misfit in found} == wanted


def test_a_hash_of_another_name_fits_the_router_that_computes_it() -> None:
    able = Capabilities(granularity=100, sticky="cohort", hashes=frozenset({"murmur3", "unleash"}))

    assert misfits("edge", able, replace(target(stable=90_000, canary=10_000), hash="unleash", space=100)) == []


@pytest.mark.parametrize("sticky", ["none", "own"])
def test_hash_and_unit_do_not_matter_where_the_router_draws_by_itself(sticky: Any) -> None:
    asked = replace(target(stable=90_000, canary=10_000), hash="unleash", space=100, by="account")
    able = Capabilities(granularity=100, sticky=sticky)

    assert misfits("edge", able, asked) == []
    assert [code for code, _ in surprises("edge", able, asked)] == ["other-cohorts"]


def test_a_backend_that_gets_nothing_yet_may_be_missing_but_is_named() -> None:
    able = Capabilities(granularity=100, sticky="cohort", backends=frozenset({"stable"}))
    asked = target(stable=100_000, canary=0)

    assert misfits("edge", able, asked) == []
    [(code, said)] = surprises("edge", able, asked)
    assert code == "backend-absent"
    assert "'canary'" in said


def test_a_router_that_knows_all_that_gets_something_is_content() -> None:
    demand_known(target(stable=100_000, canary=0), ["stable"])


@pytest.mark.parametrize(
    ("place", "default", "pointer"),
    [
        (("weights", "canary"), {"split": {}}, ("default", "split", "weights", "canary")),
        (("weights", "canary"), {"serve": "canary"}, ("default", "serve")),
        (("backends", "canary"), {"split": {}}, ("backends", 1)),
        (("hash",), {"split": {}}, ("default", "split", "hash")),
        (("mirror",), {"split": {}}, ("mirror",)),
    ],
)
def test_a_place_leads_into_the_document(
    place: tuple[str, ...], default: Mapping[str, Any], pointer: tuple[str | int, ...]
) -> None:
    assert pointer_in({"backends": ["stable", "canary"], "default": default}, place) == pointer


def test_where_one_backend_has_everything_no_hash_is_needed() -> None:
    able = Capabilities(granularity=100, sticky="cohort", hashes=frozenset({"unleash"}))
    alone = replace(target(stable=WHOLE, canary=0), allocation=(("stable", 0, WHOLE),))

    assert misfits("edge", able, alone) == []
    assert [each.code for each in misfits("edge", able, replace(alone, forced={"vip": "canary"}))] == ["foreign-hash"]
