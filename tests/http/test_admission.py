"""Admission to the whole snapshot: never more than the rate in any second, and everybody's turn comes."""

import heapq
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from flagsvc.http.admission import Admission


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@given(rate=st.integers(1, 20), pauses=st.lists(st.floats(0, 0.5), max_size=200))
def test_no_second_sees_more_than_the_rate(rate: int, pauses: list[float]) -> None:
    clock = Clock()
    admission = Admission(rate, clock)
    admitted = []

    for pause in pauses:
        clock.now += pause
        if admission.ask() == 0:
            admitted.append(clock.now)

    for first, after in zip(admitted, admitted[rate:], strict=False):
        assert after - first >= 1


@given(rate=st.integers(1, 50))
def test_who_comes_at_that_rate_is_always_let_in(rate: int) -> None:
    clock = Clock()
    admission = Admission(rate, clock)

    for number in range(3 * rate):
        clock.now = 100 + number * 1.001 / rate
        assert admission.ask() == 0


@settings(max_examples=20)
@given(seed=st.integers(0, 2**32))
def test_a_herd_that_does_as_it_is_told_is_served_soon_with_few_questions(seed: int) -> None:
    """A thousand at fifty a second, each adding up to a half to what it was told."""
    chance, clock = Random(seed), Clock()  # noqa: S311 - jitter
    admission = Admission(50, clock)
    coming = [(100 + chance.random(), number) for number in range(1000)]
    heapq.heapify(coming)
    questions = 0

    while coming:
        clock.now, number = heapq.heappop(coming)
        questions += 1
        if seconds := admission.ask():
            heapq.heappush(coming, (clock.now + seconds * (1 + chance.random() / 2), number))

    assert clock.now - 100 < 30
    assert questions < 3000


@given(rate=st.integers(1, 50), questions=st.integers(1, 5000))
def test_one_that_does_not_do_as_it_is_told_sends_the_others_away_for_a_minute_at_most(
    rate: int, questions: int
) -> None:
    clock = Clock()
    admission = Admission(rate, clock)

    told = [admission.ask() for _ in range(questions)]
    clock.now += 61
    after = [admission.ask() for _ in range(rate + 1)]

    assert max(told) <= 60
    assert after == [0] * rate + [1]
