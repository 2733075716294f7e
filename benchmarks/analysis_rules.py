"""The rules that others roll back by, over many rollouts at once: where in each the first alarm is."""

from collections.abc import Callable, Mapping
from math import sqrt
from statistics import NormalDist

import numpy as np

from benchmarks.analysis_sequential import Flags, Floats, Positions, Windows, first
from benchmarks.analysis_traffic import MINUTES, PER_MINUTE, STEP

Rule = Callable[[Windows], Positions]
TIMES = 2.0
ARGO_LIMIT, FLAGGER_THRESHOLD = 3, 5
TOLERANCE, Z = 0.25, NormalDist().inv_cdf(0.99)
"""Kayenta's tolerance and the quantile of its interval of 98 %; one-sided 1 % for the z-test."""


def twice(minutes: int) -> Rule:
    """Alarm when the bad rate of the last minutes is over twice the baseline's, looked at after each window."""
    return lambda windows: first(_twice(windows, minutes * PER_MINUTE))


def argo(windows: Windows) -> Positions:
    """Each minute the last one is compared; more than 3 failures within a step (`failureLimit: 3`)."""
    failed = _each_minute(_twice(windows, PER_MINUTE)).reshape(windows.runs, -1, STEP)
    return first((np.cumsum(failed, axis=2) > ARGO_LIMIT).reshape(windows.runs, -1))


def flagger(windows: Windows) -> Positions:
    """Each minute the last one is compared; the fifth failure of the rollout (`threshold: 5`)."""
    return first(np.cumsum(_each_minute(_twice(windows, PER_MINUTE)), axis=1) >= FLAGGER_THRESHOLD)


def z_test(windows: Windows) -> Positions:
    """Make a two-proportion z-test at 1 % over the step so far, after each window."""
    sums = [_in_step(part) for part in (windows.events, windows.others, windows.bad, windows.bad_others)]
    n, m, x, y = (np.maximum(sums[0], 1), np.maximum(sums[1], 1), sums[2], sums[3])
    pooled = (x + y) / (n + m)
    error = np.sqrt(np.maximum(pooled * (1 - pooled) * (1 / n + 1 / m), 1e-300))
    return first((x / n - y / m) / error > Z)


def mann_whitney(windows: Windows) -> Positions:
    """Rates per minute by Mann-Whitney, every five minutes over the step so far, as Kayenta classifies them."""
    ours = _minutes(windows.bad) / np.maximum(_minutes(windows.events), 1)
    theirs = _minutes(windows.bad_others) / np.maximum(_minutes(windows.others), 1)
    alarms = np.zeros((windows.runs, windows.polls), dtype=bool)
    for begin in range(0, ours.shape[1], MINUTES):
        for length in (5, 10, 15):
            span = slice(begin, begin + length)
            alarms[:, (begin + length) * PER_MINUTE - 1] = high(ours[:, span], theirs[:, span])
    return first(alarms)


RULES: Mapping[str, Rule] = {
    "over 2x in 1 minute": twice(1),
    "over 2x in 5 minutes": twice(5),
    "2x in 1 min, 4 of a step": argo,
    "2x in 1 min, 5 of all": flagger,
    "z-test at each poll": z_test,
    "Mann-Whitney each 5 min": mann_whitney,
}


def high(ours: Floats, theirs: Floats) -> Flags:
    """Whether the interval of the shift between two samples lies above a quarter of its estimate (Kayenta's "High")."""
    apart = np.sort((ours[:, :, None] - theirs[:, None, :]).reshape(len(ours), -1), axis=1)
    n, m = ours.shape[1], theirs.shape[1]
    low = max(1, int(n * m / 2 - Z * sqrt(n * m * (n + m + 1) / 12)))
    return np.asarray(apart[:, low - 1] > TOLERANCE * np.abs(np.median(apart, axis=1)))


def _twice(windows: Windows, polls: int) -> Flags:
    n, m, x, y = (_last(part, polls) for part in (windows.events, windows.others, windows.bad, windows.bad_others))
    return np.asarray((x > 0) & (x * m > TIMES * y * n) & (np.arange(windows.polls) >= polls - 1))


def _last(part: Floats, polls: int) -> Floats:
    sums = np.cumsum(part, axis=1)
    before = np.pad(sums, ((0, 0), (polls, 0)))[:, : sums.shape[1]]
    return np.asarray(sums - before)


def _in_step(part: Floats) -> Floats:
    runs, polls = part.shape
    return np.asarray(np.cumsum(part.reshape(runs, -1, STEP), axis=2).reshape(runs, polls))


def _minutes(part: Floats) -> Floats:
    runs, _ = part.shape
    return np.asarray(part.reshape(runs, -1, PER_MINUTE).sum(axis=2))


def _each_minute(flags: Flags) -> Flags:
    return np.asarray(flags & (np.arange(flags.shape[1]) % PER_MINUTE == PER_MINUTE - 1))
