"""How the demo judges itself: well only when the good release has everybody and the bad one nobody."""

from dataclasses import replace

import pytest

from examples.demo.story import Ending
from examples.demo.verdict import facts, went_well

GOOD = Ending(phase="succeeded", everybody_at="v2", moved=2_900)
BAD = Ending(phase="rolled-back", everybody_at="v2", cause="errors", requests=512, failed=70, decided_after=3.1)


def test_it_went_well_when_one_reached_everybody_and_the_other_nobody() -> None:
    assert went_well([GOOD, BAD])
    assert all(passed for passed, _ in facts([GOOD, BAD]))


@pytest.mark.parametrize(
    "endings",
    [
        [GOOD],
        [Ending(phase="rolled-back", everybody_at="v1")],
        [Ending(phase="succeeded", everybody_at=""), BAD],
        [GOOD, Ending(phase="succeeded", everybody_at="v3")],
        [GOOD, Ending(phase="rolled-back", everybody_at="")],
        [GOOD, Ending(phase="rolled-back", everybody_at="v3")],
        [GOOD, Ending(phase="aborted", everybody_at="v2")],
    ],
)
def test_it_did_not_go_well_otherwise_and_one_of_the_sentences_says_why(endings: list[Ending]) -> None:
    assert not went_well(endings)
    assert len(endings) == 1 or not all(passed for passed, _ in facts(endings))


def test_the_sentences_have_the_figures() -> None:
    told = "\n".join(words for _, words in facts([GOOD, BAD]))

    for figure in ("2,900", "3.1 s", "512", "70", "reached 100 %", "was rolled back"):
        assert figure in told


def test_a_bad_release_that_nobody_took_back_has_no_time_at_which_that_was_decided() -> None:
    said = [words for _, words in facts([GOOD, replace(BAD, phase="succeeded", everybody_at="v3")])]

    assert said[-1] == "Nobody took it back: it had answered 512 requests, 70 of them with an error."
    assert not [words for words in said if "Decided" in words]
