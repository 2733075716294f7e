"""Simulated traffic of rollouts: what both sides count in windows of 15 seconds, healthy or not, and what goes wrong.

The schedule is 5, 10, 25, 50 and 75 per cent for 15 minutes each. Rates are of both sides together, per second.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from benchmarks.analysis_sequential import Floats, Windows

SECONDS, PER_MINUTE, MINUTES = 15, 4, 15
SHARES = (0.05, 0.1, 0.25, 0.5, 0.75)
STEP = MINUTES * PER_MINUTE
POLLS = STEP * len(SHARES)
BEGINS = tuple(range(0, POLLS, STEP))
BURST = 4
"""Errors of a user who fails: one, and as many tries again on average."""
LATE, HALF, SILENT = 0.1, 0.5, 0.2

Chance = np.random.Generator
Counts = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic:
    """Events per second, and the part of them that is bad on the baseline; `ratio` of the candidate from `onset` on.

    `outage`: how many times as bad both sides are for ten minutes; `shares` of the candidate, step by step.
    """

    rate: float
    bad_rate: float = 0.001
    ratio: float = 1.0
    onset: int = 0
    outage: float = 1.0
    shares: tuple[float, ...] = SHARES

    def expected(self) -> tuple[Floats, Floats, Floats, Floats]:
        """Events of candidate and baseline per window, and the bad rate of both."""
        share, window = np.repeat(self.shares, STEP), self.rate * SECONDS
        level = np.full(POLLS, self.bad_rate)
        level[20 * PER_MINUTE : 30 * PER_MINUTE] *= self.outage
        ratio = np.where(np.arange(POLLS) >= self.onset, self.ratio, 1.0)
        return window * share, window * (1 - share), np.minimum(1.0, level * ratio), np.minimum(1.0, level)


def independent(chance: Chance, runs: int, traffic: Traffic) -> Windows:
    """Errors that have nothing to do with each other; or units, each of which fails once."""
    ours, theirs, bad, bad_others = traffic.expected()
    events, others = counts_of(chance, runs, ours), counts_of(chance, runs, theirs)
    return windows_of(events, others, chance.binomial(events, bad), chance.binomial(others, bad_others))


def bursts(chance: Chance, runs: int, traffic: Traffic, spread: int = 1) -> Windows:
    """Users who fail try again, in one window or over `spread`: each makes `BURST` errors on average."""
    ours, theirs, bad, bad_others = traffic.expected()
    events, failed = _repeated(chance, runs, ours, bad, spread)
    others, failed_others = _repeated(chance, runs, theirs, bad_others, spread)
    return windows_of(events, others, failed, failed_others)


def broken(chance: Chance, runs: int, traffic: Traffic, *, once: bool, users: int = 20_000) -> Windows:
    """Let a few users fail all day on whichever side they are; `once`: only their first failure counts."""
    ours, theirs, _, _ = traffic.expected()
    place, often = chance.random((runs, max(1, round(users * traffic.bad_rate)))), traffic.rate * SECONDS / users
    bad, bad_others = _first_failures(chance, place, often) if once else _failures(chance, place, often)
    events, others = counts_of(chance, runs, ours) + bad, counts_of(chance, runs, theirs) + bad_others
    return windows_of(events, others, bad, bad_others)


def _failures(chance: Chance, place: Floats, often: float) -> tuple[Floats, Floats]:
    inside = np.array([(place < share).sum(axis=1) for share in SHARES]).T.repeat(STEP, axis=1)
    bad, bad_others = chance.poisson(often * inside), chance.poisson(often * (place.shape[1] - inside))
    return bad.astype(float), bad_others.astype(float)


def _first_failures(chance: Chance, place: Floats, often: float) -> tuple[Floats, Floats]:
    at = chance.geometric(1 - np.exp(-often), place.shape) - 1
    run, user = np.nonzero(at < POLLS)
    poll = at[run, user]
    inside = place[run, user] < np.repeat(SHARES, STEP)[poll]
    bad, bad_others = np.zeros((len(place), POLLS)), np.zeros((len(place), POLLS))
    np.add.at(bad, (run[inside], poll[inside]), 1.0)
    np.add.at(bad_others, (run[~inside], poll[~inside]), 1.0)
    return bad, bad_others


def first_error_missing(chance: Chance, windows: Windows, series: int = 4) -> Windows:
    """Counters that are born with their first error: each of so many series on either side loses it."""
    return replace(
        windows,
        bad=_born(chance, windows.bad, series),
        bad_others=_born(chance, windows.bad_others, series),
    )


def late(chance: Chance, windows: Windows) -> Windows:
    """Read a tenth of the windows before all of one side, either of them, has arrived; what is late is lost."""
    shape = windows.events.shape
    arrived, side = np.where(chance.random(shape) < LATE, chance.random(shape), 1.0), chance.random(shape) < HALF
    ours, theirs = np.where(side, arrived, 1.0), np.where(side, 1.0, arrived)
    bad, bad_others = _thinned(chance, windows.bad, ours), _thinned(chance, windows.bad_others, theirs)
    events = bad + _thinned(chance, windows.events - windows.bad, ours)
    others = bad_others + _thinned(chance, windows.others - windows.bad_others, theirs)
    return windows_of(events, others, bad, bad_others)


def silent(chance: Chance, windows: Windows) -> Windows:
    """Have no number in a fifth of the windows, and a dead source for ten minutes."""
    known = chance.random(windows.events.shape) >= SILENT
    known[:, 30 * PER_MINUTE : 40 * PER_MINUTE] = False
    return replace(windows, known=known)


def history(chance: Chance, runs: int, traffic: Traffic, *, clumped: int = 0) -> Windows:
    """Give the hour before the rollout, with everything at the baseline; `clumped`: retries over so many windows."""
    share = replace(traffic, ratio=1.0, outage=1.0)
    before = bursts(chance, runs, share, clumped) if clumped else independent(chance, runs, share)
    both = [one[:, : 60 * PER_MINUTE] for one in (before.events + before.others, before.bad + before.bad_others)]
    return replace(windows_of(both[0], both[0], both[1], both[1]), begins=())


def windows_of(
    events: Floats | Counts, others: Floats | Counts, bad: Floats | Counts, bad_others: Floats | Counts
) -> Windows:
    every = [np.asarray(part, dtype=float) for part in (events, others, bad, bad_others)]
    return Windows(
        events=every[0],
        others=every[1],
        bad=every[2],
        bad_others=every[3],
        far=np.zeros_like(every[0]),
        known=np.ones(every[0].shape, dtype=bool),
        begins=BEGINS,
    )


def counts_of(chance: Chance, runs: int, expected: Floats) -> Counts:
    return np.asarray(chance.poisson(expected, (runs, POLLS)))


def _repeated(chance: Chance, runs: int, expected: Floats, rate: Floats, spread: int) -> tuple[Floats, Floats]:
    users = chance.poisson(expected * rate / BURST, (runs, POLLS))
    again = np.where(users > 0, chance.negative_binomial(np.maximum(users, 1), 1 / BURST), 0)
    bad = users.astype(float)
    for step in range(spread):
        part = chance.binomial(again, 1 / (spread - step))
        again = again - part
        bad[:, step:] += part[:, : POLLS - step]
    return counts_of(chance, runs, expected * (1 - rate)) + bad, bad


def _only_first(failures: Floats) -> Floats:
    return np.where((failures > 0) & (np.cumsum(failures, axis=1) == failures), 1.0, 0.0)


def _born(chance: Chance, bad: Floats, series: int) -> Floats:
    left, kept = bad.astype(np.int64), np.zeros_like(bad)
    for one in range(series):
        part = chance.binomial(left, 1 / (series - one))
        left = left - part
        kept += part - _only_first(part.astype(float))
    return kept


def _thinned(chance: Chance, counts: Floats, part: Floats) -> Floats:
    return np.asarray(chance.binomial(counts.astype(np.int64), part), dtype=float)


Source = Callable[[Chance, int], Windows]
