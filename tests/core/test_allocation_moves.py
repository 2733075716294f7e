"""Who moves: the exact difference of two tables, and its sentence. And how long tables grow."""

import random
import statistics
from collections import Counter

import pytest
from hypothesis import given

from flagsdk.core.allocation import WHOLE, Move, Table, initial, reweigh, summary, who_moves
from tests.core.test_allocation import SPACE, owners, tables


@given(tables(), tables())
def test_moves_are_what_a_count_of_every_bucket_says(old: Table, new: Table) -> None:
    counted = Counter(pair for pair in zip(owners(old), owners(new), strict=True) if pair[0] != pair[1])

    moves = who_moves(old, new, SPACE)

    assert {(move.source, move.target): move.buckets for move in moves} == counted
    assert [move.buckets for move in moves] == sorted((move.buckets for move in moves), reverse=True)


@given(tables(), tables())
def test_the_way_back_moves_the_same_units(old: Table, new: Table) -> None:
    back = {Move(move.target, move.source, move.buckets) for move in who_moves(old, new, SPACE)}

    assert back == set(who_moves(new, old, SPACE))


def test_the_sentence_names_everybody_who_moves_and_nobody_else() -> None:
    old = initial({"A": 5_000, "B": 5_000, "control": 90_000}, last="control")
    new = reweigh(old, {"A": 8_000, "B": 7_000, "control": 85_000}, base="control")

    assert summary(who_moves(old, new, WHOLE), WHOLE) == "3.0 % control → A, 2.0 % control → B, nobody else"
    assert summary(who_moves(old, old, WHOLE), WHOLE) == "nobody moves"


@pytest.mark.parametrize(
    ("buckets", "space", "text"),
    [
        (1, WHOLE, "0.001 %"),
        (12_345, WHOLE, "12.345 %"),
        (10_000, WHOLE, "10.0 %"),
        (WHOLE, WHOLE, "100.0 %"),
        (1, 2**60, "under 0.001 %"),
        (1, 3, "33.333 %"),
    ],
)
def test_shares_are_shown_as_exactly_as_weights_are_written(buckets: int, space: int, text: str) -> None:
    assert summary([Move("a", "b", buckets)], space) == f"{text} a → b, nobody else"


@pytest.mark.parametrize(("arms", "median", "worst"), [(2, 2, 2), (3, 15, 24), (5, 34, 53), (10, 73, 95)])
def test_fragments_stay_few_after_a_hundred_wild_changes(arms: int, median: int, worst: int) -> None:
    chance = random.Random(arms)  # noqa: S311 -- a simulation
    lengths = [len(_after_wild_changes(arms, chance)) for _ in range(20)]

    assert statistics.median(lengths) <= median
    assert max(lengths) <= worst


def _after_wild_changes(arms: int, chance: random.Random) -> Table:
    names = [f"v{n}" for n in range(arms)]
    table = initial(_wild(names, chance), last=names[-1])
    for _ in range(100):
        table = reweigh(table, _wild(names, chance), base=names[-1])
    return table


def _wild(names: list[str], chance: random.Random) -> dict[str, int]:
    bounds = [0, *sorted(chance.randint(0, WHOLE) for _ in names[1:]), WHOLE]
    return {name: bounds[n + 1] - bounds[n] for n, name in enumerate(names)}
