"""Which points a chart keeps: never too many, never without its ends, and what is marked before what is not."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from flagsvc.domain.rollouts.thinning import evenly, kept


@given(st.integers(1, 3000), st.lists(st.integers(0, 2999), max_size=200), st.integers(10, 1000))
def test_there_are_as_many_as_may_be_and_both_ends_are_there(count: int, marks: list[int], most: int) -> None:
    chosen = kept(count, [mark % count for mark in marks], most)

    assert len(chosen) == min(count, most)
    assert {0, count - 1} <= chosen
    assert chosen <= set(range(count))


def test_what_is_marked_stays_with_its_neighbours() -> None:
    chosen = kept(5000, [700, 4321], 20)

    assert {699, 700, 701, 4320, 4321, 4322} <= chosen


def test_the_others_are_spread_evenly() -> None:
    chosen = sorted(kept(1001, [], 101))

    assert max(later - earlier for earlier, later in pairwise(chosen)) <= 11


def test_more_marks_than_room_are_thinned_too() -> None:
    assert len(kept(9000, range(0, 9000, 3), 50)) == 50


def test_a_few_of_many_are_spread_from_the_first_to_the_last() -> None:
    assert list(evenly([3, 5, 8, 9, 11], 3)) == [3, 8, 11]
    assert list(evenly([3, 5], 3)) == [3, 5]
    assert list(evenly([3, 5, 8], 1)) == [5]
    assert list(evenly([3, 5, 8], 0)) == []
