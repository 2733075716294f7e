"""What clients asked for in vain, as rows that are kept, and which flags they may have meant. Pure."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from difflib import get_close_matches
from itertools import pairwise
from typing import NamedTuple

from flagsvc.domain.instants import text_of
from flagsvc.domain.usage import Received

SHOWN_SIMILAR = 3
_CANDIDATES = 20


class Asking(NamedTuple):
    """Who asked for what. `key` is "" for what is not told by its key; `application` for one without a name."""

    environment: str
    key: str
    application: str


class Asked(NamedTuple):
    """How often that was, between which times (texts of `instants`), and the SDK of the last who did."""

    asking: Asking
    sdk: str
    times: int
    first_at: str
    last_at: str


def asked_of(reports: Iterable[Received]) -> list[Asked]:
    """Add up what reports say was asked for in vain, in the order of their keys."""
    found: dict[Asking, Asked] = {}
    for report, moment in reports:
        at = text_of(moment)
        rows = [*report.unknown, ("", report.unknown_others)]
        for key, times in rows:
            asking = Asking(report.environment, key, report.application)
            before = found.get(asking, Asked(asking, report.sdk, 0, at, at))
            found[asking] = Asked(
                asking, report.sdk, before.times + times, min(before.first_at, at), max(before.last_at, at)
            )
    return sorted(asked for asked in found.values() if asked.times)


class Similar:
    """Finds the keys nearest to another one among many: those that share most pairs of letters are compared."""

    def __init__(self, keys: Collection[str]) -> None:
        self._by_pair: dict[str, list[str]] = {}
        for key in sorted(keys):
            for pair in _pairs(key):
                self._by_pair.setdefault(pair, []).append(key)

    def to(self, key: str) -> Sequence[str]:
        """Give at most three, the nearest first; none where nothing is near."""
        shared = Counter(each for pair in _pairs(key) for each in self._by_pair.get(pair, ()))
        most = sorted(shared, key=lambda each: (-shared[each], each))[:_CANDIDATES]
        likely = {each.lower(): each for each in most}
        near = get_close_matches(key.lower(), list(likely), n=SHOWN_SIMILAR, cutoff=0.7)
        return [likely[each] for each in near]


def _pairs(key: str) -> frozenset[str]:
    return frozenset(first + second for first, second in pairwise(f" {key.lower()} "))
