"""What a step can see, in closed form, against figures computed and simulated by other programs."""

from dataclasses import replace
from math import inf

import pytest

from flagsvc.domain.analysis.power import (
    HALF,
    NINE_OF_TEN,
    PROOF_FOUR_OF_FIVE,
    PROOF_HALF,
    Traffic,
    power_of,
    seconds_to_notice,
    seconds_to_prove,
    sentences,
)
from tests.domain.analysis.windows import ERRORS, LATENCY, analysis

GIVEN = analysis()
QUARTER = 900.0


def traffic(per_second: float = 100, bad_rate: float = 0.001) -> Traffic:
    return Traffic(per_second=per_second, bad_rate=bad_rate)


@pytest.mark.parametrize(
    ("per_second", "share", "half", "nine_of_ten"),
    [(100, 0.05, 3.46, 4.70), (100, 0.25, 2.14, 2.68), (1000, 0.05, 1.66, 1.94)],
)
def test_the_smallest_ratio_that_a_quarter_of_an_hour_sees(
    per_second: float, share: float, half: float, nine_of_ten: float
) -> None:
    power = power_of(GIVEN, ERRORS, traffic(per_second), share, QUARTER)

    assert power.half == pytest.approx(half, abs=0.01)
    assert power.nine_of_ten == pytest.approx(nine_of_ten, abs=0.01)


def test_no_share_proves_less_than_twice_four_times_of_five_in_a_quarter_of_an_hour() -> None:
    minutes = {at: seconds_to_prove(GIVEN, traffic(), at / 100, PROOF_FOUR_OF_FIVE) / 60 for at in range(1, 100)}

    assert min(minutes.values()) > 15
    assert minutes[40] == pytest.approx(15.19, abs=0.01)


@pytest.mark.parametrize(("share", "half", "most"), [(0.05, 33, 59), (0.1, 17, 32), (0.25, 10, 18)])
def test_the_time_that_a_proof_takes_is_that_of_the_simulation_within_a_quarter(
    share: float, half: float, most: float
) -> None:
    minutes = [seconds_to_prove(GIVEN, traffic(), share, often) / 60 for often in (PROOF_HALF, PROOF_FOUR_OF_FIVE)]

    assert minutes == [pytest.approx(half, rel=0.25), pytest.approx(most, rel=0.25)]


def test_the_blast_radius_of_five_times_the_errors_at_five_per_cent() -> None:
    power = power_of(GIVEN, ERRORS, traffic(), 0.05, QUARTER)

    assert power.extra_bad == pytest.approx(8.3, abs=0.05)
    assert power.exposed == pytest.approx(2071, abs=1)


def test_what_is_needed_is_enough_and_no_less_would_be() -> None:
    short = power_of(GIVEN, ERRORS, traffic(300), 0.05, QUARTER)

    longer = power_of(GIVEN, ERRORS, traffic(300), 0.05, short.goal_seconds)
    wider = power_of(GIVEN, ERRORS, traffic(300), short.goal_share or 0, QUARTER)
    too_narrow = power_of(GIVEN, ERRORS, traffic(300), (short.goal_share or 0) - 0.01, QUARTER)

    assert [one.enough for one in (short, longer, wider, too_narrow)] == [False, True, True, False]
    assert longer.nine_of_ten == pytest.approx(2.0, abs=1e-4)


@pytest.mark.parametrize(
    ("per_second", "bad_rate", "share"), [(0, 0.001, 0.05), (100, 0, 0.05), (100, 0.001, 0), (100, 0.001, 1)]
)
def test_where_nothing_comes_or_nothing_fails_or_nobody_is_compared_nothing_can_be_seen(
    per_second: float, bad_rate: float, share: float
) -> None:
    power = power_of(GIVEN, ERRORS, traffic(per_second, bad_rate), share, QUARTER)

    assert (power.half, power.nine_of_ten, power.goal_seconds, power.proof_seconds) == (None, None, inf, inf)
    assert "can notice nothing that matters" in sentences(power)[0]


def test_counts_that_are_divided_take_so_much_longer() -> None:
    plain, clumped = traffic(), replace(traffic(), dispersion=4.0)

    once, four = (seconds_to_notice(GIVEN, one, 0.05, 3.0, NINE_OF_TEN) for one in (plain, clumped))

    assert four == pytest.approx(4 * once)
    assert once > seconds_to_notice(GIVEN, plain, 0.05, 3.0, HALF)


def test_it_is_said_in_plain_words() -> None:
    words = sentences(power_of(GIVEN, ERRORS, traffic(), 0.05, QUARTER))

    assert " ".join(words) == (
        "With 100 units/s and 0.1 % errors, 15 minutes at 5 % can notice 4.7 times the errors "
        "(nine times of ten; 3.5 times every other time). "
        "Twice the errors may be missed: that needs 2 hours at 5 %; in 15 minutes no share would do. "
        "Proof that the errors are less than twice as many needs 64 minutes (four times of five), "
        "more than the 15 minutes. "
        "5 times the errors are noticed after 7 minutes (every other time): 2,071 units exposed and 8 errors too many."
    )


@pytest.mark.parametrize(("rate", "told"), [(0.5, "50 %"), (0.994, "99 %"), (0.999, "100 %"), (1.0, "100 %")])
def test_however_many_fail_it_is_a_percentage(rate: float, told: str) -> None:
    assert f" and {told} errors, " in sentences(power_of(GIVEN, ERRORS, traffic(1, rate), 0.25, QUARTER))[0]


def test_enough_traffic_is_said_to_be_enough() -> None:
    words = sentences(power_of(GIVEN, LATENCY, traffic(1000, 0.05), 0.25, QUARTER))

    assert words[1:3] == (
        "Twice the slow ones are noticed within less than a minute (nine times of ten).",
        "Proof that the slow ones are less than twice as many needs less than a minute (four times of five).",
    )


def test_a_few_seconds_little_traffic_and_single_ones_are_said_in_plain_words_too() -> None:
    words = sentences(power_of(GIVEN, ERRORS, traffic(0.0966667, 0.023), 0.25, 55))

    assert words == (
        "With 0.0967 units/s and 2.3 % errors, 55 seconds at 25 % can notice nothing that matters.",
        "Twice the errors may be missed: that needs 27 hours at 25 %; in 55 seconds no share would do.",
        (
            "Proof that the errors are less than twice as many needs 14 hours (four times of five), "
            "more than the 55 seconds."
        ),
        (
            "5 times the errors last unnoticed to the end of the step (every other time): "
            "1 unit exposed and 0 errors too many."
        ),
    )


@pytest.mark.parametrize("bad_rate", [0.02, 0.2, 0.9, 1.0])
def test_nothing_is_called_noticeable_that_would_be_more_than_every_event(bad_rate: float) -> None:
    powers = [power_of(GIVEN, ERRORS, traffic(rate, bad_rate), 0.25, 55) for rate in (0.01, 0.1, 1, 10, 100)]

    noticed = [ratio for power in powers for ratio in (power.half, power.nine_of_ten) if ratio is not None]

    assert all(ratio * bad_rate <= 1 + 1e-6 for ratio in noticed)
    assert all(ratio > GIVEN.null_ratio for ratio in noticed)
