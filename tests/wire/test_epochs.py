"""Epochs have an order: of two that are dated a reader knows which is older, and never goes back to it."""

import string
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flagsdk.core.snapshot import Snapshot
from flagsdk.wire import Position, Regressed, admit, is_older, mint_epoch, time_of
from tests.wire.test_follow import whole_of

LATEST = 0xFFFF_FFFF_FFFF
moments = st.integers(0, LATEST - 100)
chances = st.text(string.ascii_letters + string.digits, min_size=1, max_size=32)
minted = st.builds(mint_epoch, moments, chances)
undated = st.from_regex(r"[A-Za-z0-9]{1,32}|e[0-9]|epoch-[0-9]|values-[0-9a-f]{16}", fullmatch=True)


@given(moments, chances)
def test_an_epoch_says_when_it_was_minted(milliseconds: int, chance: str) -> None:
    epoch = mint_epoch(milliseconds, chance)

    assert time_of(epoch) == milliseconds
    assert epoch == f"{milliseconds:012x}-{chance}"


@given(minted, st.integers(0, 10**15))
def test_an_epoch_fits_wherever_epochs_are_used(epoch: str, revision: int) -> None:
    """In a position, an entity tag, a header and the id of an event: letters, digits and a dash."""
    position = Position(epoch, revision)

    assert Position.parse(str(position)) == position
    assert set(epoch) <= set(string.ascii_letters + string.digits + "-")


@given(minted, minted)
def test_dated_epochs_are_in_order_of_time_and_of_text(one: str, other: str) -> None:
    older = is_older(one, other)

    assert older == (None if one[:12] == other[:12] and one != other else one[:12] < other[:12])
    assert is_older(other, one) == (older if older is None or one == other else not older)


@given(moments, chances, st.lists(minted | undated, max_size=5))
def test_a_new_epoch_is_later_than_every_former_one_whatever_the_clock_says(
    clock: int, chance: str, former: list[str]
) -> None:
    epoch = mint_epoch(clock, chance, former)

    assert all(is_older(each, epoch) for each in former if time_of(each) is not None)
    assert (time_of(epoch) or 0) >= clock


@given(undated, undated | minted)
def test_a_text_of_another_form_has_no_place_in_the_order(one: str, other: str) -> None:
    expected = False if one == other else None

    assert is_older(one, other) is expected
    assert is_older(other, one) is expected


@pytest.mark.parametrize(
    "text", ["", "-", "019ac0ffee00", "019ac0ffee00-", "019AC0FFEE00-x", "19ac0ffee00-x", "0019ac0ffee00-x",
             "019ac0ffee00-x.y", "019ac0ffee00-x-y", "019ac0ffee00-ü", "+19ac0ffee00-x", "019ac0ffee0_-x"],
)  # fmt: skip
def test_only_the_exact_form_is_dated(text: str) -> None:
    assert time_of(text) is None


@pytest.mark.parametrize(("clock", "former"), [(-1, []), (LATEST + 1, []), (0, [f"{LATEST:012x}-x"])])
def test_a_time_that_cannot_be_written_is_refused(clock: int, former: list[str]) -> None:
    with pytest.raises(ValueError, match="later"):
        mint_epoch(clock, "x", former)


@given(st.lists(st.tuples(minted, st.integers(0, 5)), min_size=2, max_size=12))
def test_whatever_is_shown_a_reader_never_goes_back(shown: list[tuple[str, int]]) -> None:
    """A stale Redis, a newer service, an old copy of a former epoch: in any order, over and over."""
    held: Snapshot | None = None
    places = []

    for epoch, revision in shown * 2:
        try:
            held = admit(whole_of(revision, {}, epoch), held)
        except Regressed:
            continue
        places.append((held.epoch[:12], held.epoch, held.revision))

    assert [time for time, _, _ in places] == sorted(time for time, _, _ in places)
    for (_, before, low), (_, after, high) in pairwise(places):
        assert before != after or low <= high


@given(minted, minted, undated, st.integers(0, 9), st.integers(0, 9))
def test_an_older_epoch_is_refused_at_any_revision_and_an_undated_one_admitted_as_ever(
    one: str, other: str, plain: str, low: int, high: int
) -> None:
    old, new = sorted([one, other])
    held = admit(whole_of(low, {}, new))

    if old[:12] != new[:12]:
        with pytest.raises(Regressed, match="older"):
            admit(whole_of(high, {}, old), held)
    assert admit(replace(whole_of(high, {}), epoch=plain), held).epoch == plain
