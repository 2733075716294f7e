"""The blast radius in words: exact where it can be, and no alarm where the figures allow for none."""

import pytest

from flagsvc.domain.analysis.measurement import Exposure
from flagsvc.domain.rollouts.blast import blast_sentence


@pytest.mark.parametrize(
    ("exposure", "sentence"),
    [
        (
            Exposure(requests=2140, bad=60, excess=41.2, excess_low=23.4, excess_high=61.6, units=310.4),
            (
                "In the windows that were judged, 2,140 requests of at most 310 users saw it; "
                "41 more failures than the baseline would have had (23 to 62)."
            ),
        ),
        (
            Exposure(requests=1, bad=1, excess=1.0, excess_low=1.0, excess_high=1.2, units=1),
            (
                "In the windows that were judged, 1 request of at most 1 user saw it; "
                "1 more failure than the baseline would have had (1 to 1)."
            ),
        ),
        (
            Exposure(requests=1_000_000, bad=1234, excess=3.0, excess_low=-12.0, excess_high=18.0),
            (
                "In the windows that were judged, 1,000,000 requests saw it; "
                "1,234 failures, which the baseline may have had as well (−12 to 18 more)."  # noqa: RUF001
            ),
        ),
        (
            Exposure(requests=5000, bad=2, excess=-30.0, excess_low=-45.0, excess_high=-16.0),
            (
                "In the windows that were judged, 5,000 requests saw it; "
                "30 fewer failures than the baseline would have had (16 to 45)."
            ),
        ),
        (Exposure(), "No request of the candidate was in a window that was judged."),
        (
            Exposure(requests=7),
            (
                "In the windows that were judged, 7 requests saw it; "
                "0 failures, which the baseline may have had as well (0 to 0 more)."
            ),
        ),
    ],
)
def test_the_blast_radius_is_one_sentence(exposure: Exposure, sentence: str) -> None:
    assert blast_sentence(exposure) == sentence
