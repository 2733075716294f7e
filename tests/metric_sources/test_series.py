"""How much a counter grew: the laws of windows, whatever was scraped when."""

from itertools import accumulate, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flagsvc.metric_sources.prometheus_series import Series, grown, known_since

STEPS = st.lists(st.tuples(st.floats(0.5, 30), st.integers(0, 50), st.booleans()), min_size=2, max_size=40)
"""Seconds to the next scrape, events until then, and whether the program was started anew in between."""
NEVER = float("inf")


def scraped(steps: list[tuple[float, int, bool]]) -> tuple[Series, list[float]]:
    """Give the series, and what really happened before each scrape as far as anybody can see."""
    times = [round(time, 3) for time in accumulate((seconds for seconds, _, _ in steps), initial=100.0)]
    values, seen = [0.0], [0.0]
    for _, events, is_new in steps:
        fell = is_new and values[-1] > events
        values.append(float(events) if fell else values[-1] + events)
        seen.append(float(events))
    return Series({}, list(zip(times, values, strict=True))), seen


def cut(series: Series, start: float, end: float) -> Series:
    """Give what a server gives for a window with all of its past."""
    return Series({}, [sample for sample in series.samples if sample[0] <= end])


@given(STEPS, st.lists(st.floats(100, 1500), max_size=8))
def test_windows_one_after_another_count_every_event_once(
    steps: list[tuple[float, int, bool]], cuts: list[float]
) -> None:
    series, seen = scraped(steps)
    ends = sorted({100.0, *cuts, series.last})

    counted = [grown(cut(series, *span), span[0], NEVER) for span in pairwise(ends) if span[1] <= series.last]

    assert sum(counted) == sum(seen)
    assert all(one >= 0 for one in counted)


@pytest.mark.parametrize(
    ("samples", "known", "counted"),
    [
        ([(5, 3), (15, 7)], NEVER, 4),
        ([(10, 3), (15, 7)], NEVER, 4),
        ([(5, 3), (8, 4), (15, 7)], NEVER, 3),
        ([(12, 3), (15, 7)], NEVER, 4),
        ([(12, 3), (15, 7)], 12, 4),
        ([(12, 3), (15, 7)], 8, 7),
        ([(12, 1)], 8, 1),
        ([(12, 1)], 12, 0),
        ([(5, 3)], NEVER, 0),
        ([(5, 30), (12, 4), (15, 7)], 0, 7),
        ([(5, 30), (12, 30), (15, 0), (18, 2)], 0, 2),
    ],
)
def test_the_base_of_a_window_that_begins_at_ten(
    samples: list[tuple[float, float]], known: float, counted: float
) -> None:
    assert grown(Series({}, samples), 10, known) == counted


def test_an_instance_is_known_since_the_first_sample_of_any_of_its_series() -> None:
    several = [
        Series({"instance": "a", "code": "200"}, [(5, 1), (15, 1)]),
        Series({"instance": "a", "code": "500"}, [(12, 1)]),
        Series({"instance": "b"}, [(9, 1)]),
        Series({"code": "1"}, [(7, 1)]),
    ]

    assert known_since(several, ["instance"]) == {("a",): 5, ("b",): 9, ("",): 7}
