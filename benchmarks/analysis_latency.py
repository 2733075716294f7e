"""Latency: candidates that are slower, told by how many requests take longer than a fixed bound."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from math import erfc, log, sqrt
from statistics import NormalDist

import numpy as np

from benchmarks.analysis_rules import ARGO_LIMIT, FLAGGER_THRESHOLD, high, z_test
from benchmarks.analysis_sequential import Floats, Positions, Windows, first, noticed
from benchmarks.analysis_tables import Kept, Table, chance, in_words, minutes, part
from benchmarks.analysis_traffic import MINUTES, PER_MINUTE, SECONDS, SHARES, Chance, Traffic, counts_of, windows_of

RATES = (10, 100, 1000)
SLOWNESS = (1.25, 1.5, 2.0)
SIGMA, SLOWER = 0.6, 1.5
"""Latencies are log-normal; the far bound is so many times the bound, which is the baseline's 95th percentile."""
TAIL = NormalDist().inv_cdf(0.95)
SEQUENTIAL = "sequential, slower than a bound"
Quantiles = tuple[Floats, Floats]


def latency(chance: Chance, runs: int, rate: float, slower: float) -> Windows:
    """Count requests that take longer than the bound; the candidate takes `slower` times as long."""
    ours, theirs, *_ = Traffic(rate=rate).expected()
    events, others = counts_of(chance, runs, ours), counts_of(chance, runs, theirs)
    bad = chance.binomial(events, tail(-log(slower)))
    far = chance.binomial(bad.astype(np.int64), tail(log(SLOWER / slower)) / tail(-log(slower)))
    return replace(windows_of(events, others, bad, chance.binomial(others, tail(0.0))), far=far.astype(float))


def tail(further: float) -> float:
    """Part of the latencies above the bound, or above `exp(further)` times it."""
    return erfc((TAIL + further / SIGMA) / sqrt(2)) / 2


def quantiles(chance: Chance, runs: int, rate: float, slower: float) -> Quantiles:
    """Give the 95th percentile of each minute, of candidate and baseline, as order statistics of so many requests."""
    share = np.repeat(SHARES, MINUTES)
    return _p95(chance, runs, rate * share, slower), _p95(chance, runs, rate * (1 - share), 1.0)


def _p95(chance: Chance, runs: int, rate: Floats, slower: float) -> Floats:
    n = np.maximum(1, chance.poisson(rate * SECONDS * PER_MINUTE, (runs, rate.size)))
    k = np.ceil(0.95 * n)
    normal = np.vectorize(NormalDist().inv_cdf, otypes=[float])
    return np.asarray(slower * np.exp(SIGMA * normal(np.clip(chance.beta(k, n - k + 1), 1e-12, 1 - 1e-12))))


def over(values: Quantiles) -> Positions:
    """Alarm when the percentile of a minute is over 1.5 times the baseline's."""
    return _polls(first(values[0] > SLOWER * values[1]))


def argo(values: Quantiles) -> Positions:
    """Alarm at more than 3 such minutes within a step (`failureLimit: 3`)."""
    failed = (values[0] > SLOWER * values[1]).reshape(len(values[0]), -1, MINUTES)
    return _polls(first((np.cumsum(failed, axis=2) > ARGO_LIMIT).reshape(len(failed), -1)))


def flagger(values: Quantiles) -> Positions:
    """Alarm at the fifth such minute of the rollout (`threshold: 5`)."""
    return _polls(first(np.cumsum(values[0] > SLOWER * values[1], axis=1) >= FLAGGER_THRESHOLD))


def mann_whitney(values: Quantiles) -> Positions:
    """Compare the minutes of the step so far every five minutes, as Kayenta classifies them."""
    ours, theirs = values
    alarms = np.zeros(ours.shape, dtype=bool)
    for begin in range(0, ours.shape[1], MINUTES):
        for length in (5, 10, 15):
            span = slice(begin, begin + length)
            alarms[:, begin + length - 1] = high(ours[:, span], theirs[:, span])
    return _polls(first(alarms))


RULES: Mapping[str, Callable[[Quantiles], Positions]] = {
    "p95 over 1.5x in 1 minute": over,
    "p95 1.5x in 1 min, 4 of a step": argo,
    "p95 1.5x in 1 min, 5 of all": flagger,
    "Mann-Whitney of p95 each 5 min": mann_whitney,
}


def healthy(runs: int) -> Kept:
    """Tell how often each rule rolls a candidate back that is as fast as its baseline, and the sequential worst."""
    found = [_found(runs, rate, 1.0, 6000 + rate) for rate in RATES]
    rows = {name: [part(one[name]) for one in found] for name in found[0]}
    title = f"As fast as the baseline, rolled back, of {runs} rollouts each"
    return (title, [f"{rate}/s" for rate in RATES], in_words(rows)), max(rows[SEQUENTIAL])


def slow(runs: int) -> Table:
    """Median minutes until a slower candidate is noticed."""
    rows: dict[str, list[str]] = {}
    for slower in SLOWNESS:
        for rate in RATES:
            for name, positions in _found(runs, rate, slower, 7000 + rate).items():
                rows.setdefault(f"{slower:g}x: {name}", []).append(minutes(positions))
    return f"Median minutes to notice a slower candidate, of {runs} each", [f"{rate}/s" for rate in RATES], rows


def _found(runs: int, rate: int, slower: float, seed: int) -> dict[str, Positions]:
    values, windows = quantiles(chance(seed), runs, rate, slower), latency(chance(seed + 1), runs, rate, slower)
    rules = {name: rule(values) for name, rule in RULES.items()}
    return {**rules, "z-test at each poll": z_test(windows), SEQUENTIAL: noticed(windows, "latency")}


def _polls(minute: Positions) -> Positions:
    return np.asarray((minute + 1) * PER_MINUTE - 1)
