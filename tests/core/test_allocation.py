"""Laws of allocation, stated over an owner per bucket and never over the ranges under test."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flagsdk.core.allocation import WHOLE, Misallocated, Table, check, initial, quotas, reweigh, share, who_moves

SPACE = 60
ARMS = ["a", "b", "c", "d", "e"]


def owners(table: Table, space: int = SPACE) -> list[str]:
    """Owner of every bucket, by looking it up."""
    return [next(variant for variant, start, end in table if start <= bucket < end) for bucket in range(space)]


@st.composite
def weights(draw: st.DrawFn, arms: int | None = None) -> dict[str, int]:
    """Exact weights for some arms, zero and tiny ones among them, in any object order."""
    count = draw(st.integers(1, len(ARMS))) if arms is None else arms
    cuts = sorted(draw(st.lists(st.integers(0, WHOLE), min_size=count - 1, max_size=count - 1)))
    bounds = [0, *cuts, WHOLE]
    pairs = [(ARMS[n], bounds[n + 1] - bounds[n]) for n in range(count)]
    return dict(draw(st.permutations(pairs)))


BASES = st.sampled_from([None, *ARMS, "nobody"])


@st.composite
def tables(draw: st.DrawFn) -> Table:
    """Tables with a history."""
    table = initial(draw(weights()), SPACE, draw(BASES))
    for step in draw(st.lists(weights(), max_size=6)):
        table = reweigh(table, step, SPACE, draw(BASES))
    return table


@given(weights(), st.integers(1, 10**6) | st.just(2**60))
def test_quotas_fill_the_space_and_are_off_by_less_than_one(wanted: dict[str, int], space: int) -> None:
    found = quotas(wanted, space)

    assert sum(found.values()) == space
    for variant, weight in wanted.items():
        assert abs(found[variant] * WHOLE - weight * space) < WHOLE
        assert weight or not found[variant]


@given(weights(), st.integers(1, 1000))
def test_quotas_ignore_the_order_of_the_object(wanted: dict[str, int], space: int) -> None:
    assert quotas(dict(sorted(wanted.items())), space) == quotas(wanted, space)


def test_quotas_of_the_native_space_are_the_weights() -> None:
    assert quotas({"a": 33_333, "b": 33_333, "c": 33_334}) == {"a": 33_333, "b": 33_333, "c": 33_334}
    assert quotas({"b": 50_000, "a": 50_000}, 3) == {"b": 1, "a": 2}


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"a": 99_999},
        {"a": 100_001},
        {"a": -1, "b": 100_001},
        {"a": 100_000.0},
        {"a": True, "b": 99_999},
        {"a": "100000"},
        {"a": None},
    ],
)
def test_weights_are_exact_integers_that_fill_the_whole(wrong: dict[str, int]) -> None:
    with pytest.raises(Misallocated):
        quotas(wrong)


@given(tables(), weights(), BASES)
def test_as_few_buckets_move_as_any_table_could(table: Table, wanted: dict[str, int], base: str | None) -> None:
    before, target = owners(table), quotas(wanted, SPACE)

    after = owners(reweigh(table, wanted, SPACE, base))

    needed = sum(max(0, target[variant] - before.count(variant)) for variant in target)
    assert sum(old != new for old, new in zip(before, after, strict=True)) == needed
    assert all(after.count(variant) == target[variant] for variant in target)


@given(tables(), weights(), BASES)
def test_nobody_leaves_a_variant_that_grew_or_enters_one_that_shrank(
    table: Table, wanted: dict[str, int], base: str | None
) -> None:
    before = owners(table)

    after = owners(reweigh(table, wanted, SPACE, base))

    for old, new in zip(before, after, strict=True):
        assert old == new or (before.count(old) > after.count(old) and before.count(new) < after.count(new))


@given(tables())
def test_every_table_covers_the_space_once(table: Table) -> None:
    check(table, SPACE)

    held = [bucket for _, start, end in table for bucket in range(start, end)]
    assert sorted(held) == list(range(SPACE))


@given(tables(), weights(), BASES)
def test_a_weight_of_zero_owns_nothing(table: Table, wanted: dict[str, int], base: str | None) -> None:
    after = reweigh(table, {**wanted, "z": 0}, SPACE, base)

    assert {variant for variant, _, _ in after}.isdisjoint(
        {"z", *(name for name, weight in wanted.items() if not weight)}
    )


@given(tables(), weights(), BASES)
def test_the_order_of_the_object_moves_nobody(table: Table, wanted: dict[str, int], base: str | None) -> None:
    assert reweigh(table, dict(sorted(wanted.items())), SPACE, base) == reweigh(table, wanted, SPACE, base)


@given(tables(), weights(), BASES)
def test_the_same_weights_again_change_nothing(table: Table, wanted: dict[str, int], base: str | None) -> None:
    once = reweigh(table, wanted, SPACE, base)

    assert reweigh(once, wanted, SPACE, base) == once


@given(weights(), st.sampled_from(ARMS))
def test_the_first_table_is_one_range_each_in_order_and_the_last_on_top(wanted: dict[str, int], last: str) -> None:
    table = initial(wanted, WHOLE, last)

    assert table == tuple(sorted(table, key=lambda entry: entry[1]))
    assert share(table) == {variant: weight for variant, weight in wanted.items() if weight}
    assert not wanted.get(last) or table[-1][0] == last
    others = [variant for variant, _, _ in table if variant != last]
    assert others == [variant for variant in wanted if wanted[variant] and variant != last]


def test_splits_that_share_a_salt_nest_arm_in_arm() -> None:
    five, thirty = (initial({"off": WHOLE - on, "on": on}, last="off") for on in (5_000, 30_000))

    assert five == (("on", 0, 5_000), ("off", 5_000, WHOLE))
    assert thirty == (("on", 0, 30_000), ("off", 30_000, WHOLE))


@given(st.lists(weights(arms=2), min_size=1))
def test_two_arms_forget_the_path(steps: list[dict[str, int]]) -> None:
    """With one base throughout, 0 and 100 % on the way included."""
    table = initial(steps[0], last="b")
    for step in steps[1:]:
        table = reweigh(table, step, base="b")

    assert table == initial(steps[-1], last="b")
    assert len(table) <= 2


@st.composite
def one_donor_ramps(draw: st.DrawFn, start: dict[str, int]) -> list[dict[str, int]]:
    """Weights of a ramp in which one variant only gives and all others only take."""
    donor = draw(st.sampled_from(sorted(start)))
    ramp = [start]
    for _ in range(draw(st.integers(1, 6))):
        step = dict(ramp[-1])
        for taker in draw(st.lists(st.sampled_from([*ARMS, "new"]), unique=True)):
            amount = draw(st.integers(0, step[donor])) if taker != donor else 0
            step[taker] = step.get(taker, 0) + amount
            step[donor] -= amount
        ramp.append(step)
    return ramp


@given(st.data(), weights(), st.sampled_from(ARMS))
def test_a_ramp_fed_by_one_donor_walked_back_restores_the_table(
    data: st.DataObject, start: dict[str, int], base: str
) -> None:
    """Not only the owners but the ranges themselves, at every station of the way."""
    ramp = data.draw(one_donor_ramps(start))
    walked = [initial(start, WHOLE, base)]
    for step in ramp[1:]:
        walked.append(reweigh(walked[-1], step, WHOLE, base))

    table = walked[-1]
    for step, seen in zip(reversed(ramp[:-1]), reversed(walked[:-1]), strict=True):
        table = reweigh(table, step, WHOLE, base)
        assert table == seen


@given(st.data(), st.lists(weights(), min_size=1, max_size=6), st.sampled_from(ARMS))
def test_the_way_back_restores_every_owner_whatever_came_before(
    data: st.DataObject, history: list[dict[str, int]], base: str
) -> None:
    start = initial(history[0], WHOLE, base)
    for step in history[1:]:
        start = reweigh(start, step, WHOLE, base)
    ramp = data.draw(one_donor_ramps(history[-1]))

    table = start
    for step in [*ramp[1:], *reversed(ramp[:-1])]:
        table = reweigh(table, step, WHOLE, base)

    assert who_moves(start, table, WHOLE) == []


def test_an_arm_at_zero_comes_back_where_it_was() -> None:
    start = initial({"a": 5_000, "b": 5_000, "base": 90_000}, last="base")
    gone = reweigh(start, {"a": 5_000, "base": 95_000}, base="base")

    assert reweigh(gone, {"a": 5_000, "b": 5_000, "base": 90_000}, base="base") == start


def test_a_donor_that_gave_everything_gets_the_same_back() -> None:
    """What an arm owns now says nothing about where it came from."""
    start = initial({"b": 99_998, "a": 2}, last="absent")
    alone = reweigh(start, {"b": 100_000, "a": 0}, base="absent")

    assert reweigh(alone, {"b": 99_998, "a": 2}, base="absent") == start


@pytest.mark.parametrize(
    ("table", "fault"),
    [
        ((), "the ranges end at 0, the space at 10"),
        ((("a", 0, 9),), "the ranges end at 9"),
        ((("a", 0, 11),), "the ranges end at 11"),
        ((("a", 0, 5), ("b", 6, 10)), "bucket 5 has no owner"),
        ((("a", 0, 5), ("b", 4, 10)), "bucket 4 has two owners"),
        ((("a", 0, 5), ("b", 5, 5), ("a", 5, 10)), "is empty"),
        ((("a", -1, 5), ("b", 5, 10)), "bucket -1 has two owners"),
    ],
)
def test_a_table_with_a_hole_or_an_overlap_is_refused(table: Table, fault: str) -> None:
    with pytest.raises(Misallocated, match=fault):
        check(table, 10)
