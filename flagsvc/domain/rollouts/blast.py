"""The blast radius in words: who saw a candidate, and how much worse they fared than with the baseline."""

from flagsvc.domain.analysis.measurement import Exposure

NOBODY = "No request of the candidate was in a window that was judged."


def blast_sentence(exposure: Exposure) -> str:
    """Say what a rollout put at risk, with the 95 % interval of the failures that the baseline would not have had.

    "In the windows that were judged, 2,140 requests of at most 310 users saw it; 41 more failures than the baseline
    would have had (23 to 62)."
    """
    if exposure.requests <= 0:
        return NOBODY
    requests = _counted(exposure.requests, "request")
    users = "" if exposure.units is None else f" of at most {_counted(exposure.units, 'user')}"
    return f"In the windows that were judged, {requests}{users} saw it; {_harm(exposure)}."


def _harm(exposure: Exposure) -> str:
    low, high = round(exposure.excess_low), round(exposure.excess_high)
    if low <= 0 <= high:
        more = f"({_signed(low)} to {_signed(high)} more)"
        return f"{_counted(exposure.bad, 'failure')}, which the baseline may have had as well {more}"
    count, (least, most) = abs(round(exposure.excess)), sorted((abs(low), abs(high)))
    more = f"{count:,} {'more' if low > 0 else 'fewer'} failure{'' if count == 1 else 's'}"
    return f"{more} than the baseline would have had ({least:,} to {most:,})"


def _counted(number: float, word: str) -> str:
    whole = round(number)
    return f"{whole:,} {word}{'' if whole == 1 else 's'}"


def _signed(number: int) -> str:
    return f"{number:,}".replace("-", "−")  # noqa: RUF001  # a minus is read aloud, a hyphen is not
