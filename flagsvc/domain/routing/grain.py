"""Weights in the steps that a router has: 0 stays 0, all stays all, and nobody who has some is left with nothing."""

from collections.abc import Mapping

from flagsdk.core.allocation import WHOLE, quotas


class TooFine(ValueError):
    """A weight above 0 would be told as 0; `str(error)` is a sentence that names the backend and the least weight."""


def quantised(weights: Mapping[str, int], granularity: int) -> dict[str, int]:
    """Tell weights of 1/100 000 as parts of `granularity`, by largest remainder; each is off by less than one part.

    Raises TooFine where a weight above 0 would come out as 0 (which also keeps everything else below the whole).
    """
    for sentence in too_fine(weights, granularity).values():
        raise TooFine(sentence)
    return quotas(weights, granularity)


def too_fine(weights: Mapping[str, int], granularity: int) -> dict[str, str]:
    """Name the backends whose weight above 0 would be told as 0, each with a sentence that says the least weight."""
    told = quotas(weights, granularity)
    return {
        backend: f"{weight / 1000:g} % for {backend!r} is less than one of {granularity} steps "
        f"(the least is about {100 / granularity:.3g} %)"
        for backend, weight in weights.items()
        if weight and not told[backend]
    }


def share_of(part: int, granularity: int) -> int:
    """Give a part back in 1/100 000, rounded."""
    return round(part * WHOLE / granularity)
