"""What of a rollout's news the demo's log tells."""

import pytest

from examples.demo.words import BACK, told


@pytest.mark.parametrize(
    "words",
    [
        "moving",
        "split checkout canary 5 % placed",
        "flag gift-cards on 5 % idle",
        "step 1/5 done: 5 %, hold 7s",
        "healthy: no alarm: errors: 0 % bad against 0.6 %",
        "errors   0.00 % vs 0.61 %  0 times  healthy",
    ],
)
def test_what_is_true_for_a_moment_is_not_told(words: str) -> None:
    assert told(words, has_failed=False) is None


def test_what_stays_true_is_told_as_it_is() -> None:
    assert told("step 2/5 begins: 10 %, hold 7s", has_failed=False) == ("step 2/5 begins: 10 %, hold 7s", "")
    assert told("split checkout canary 5 % applied", has_failed=False) == ("split checkout canary 5 % applied", "dim")


def test_the_cause_of_the_way_back_is_told_once() -> None:
    assert told("rolling-back: errors: 20 % bad", has_failed=True) == ("rolling-back: errors: 20 % bad", "bold red")
    assert told("rolled-back: errors: 20 % bad", has_failed=True) == (BACK, "bold red")


def test_a_blast_radius_is_one_where_something_went_wrong() -> None:
    words = "blast radius: 122 requests, 23 bad"

    assert told(words, has_failed=True) == (words, "red")
    assert told(words, has_failed=False) is None
