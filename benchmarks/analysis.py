"""What the analysis of rollouts promises, simulated: how often healthy candidates go back, how soon bad ones do.

`python -m benchmarks.analysis --runs 5000` simulates as many healthy rollouts in each cell, and a fifth of them bad.
Ends with an error when more than one in a hundred of the healthy ones of any cell was rolled back. Seeds are fixed.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial

from benchmarks import analysis_latency
from benchmarks.analysis_rules import RULES
from benchmarks.analysis_sequential import ALPHA, noticed, proven
from benchmarks.analysis_tables import Kept, Table, chance, in_words, minutes, part, show
from benchmarks.analysis_traffic import (
    PER_MINUTE,
    SHARES,
    Source,
    Traffic,
    broken,
    bursts,
    first_error_missing,
    history,
    independent,
    late,
    silent,
)
from flagsvc.domain.analysis.spec import Unit

LEVELS = [Traffic(rate=rate, bad_rate=bad) for rate in (10, 100, 1000) for bad in (0.001, 0.01)]
RATIOS = (3.0, 5.0, 10.0)
SMALL = (1.2, 1.5, 2.0)
LATE_ONSET = 45 * PER_MINUTE
UNITS, REQUESTS = "sequential, units", "sequential, requests"


@dataclass(frozen=True, slots=True)
class Cell:
    """Healthy rollouts that are judged in one way: `promised` says whether alpha holds for it."""

    title: str
    source: Source
    of: Unit = "units"
    before: Source | None = None
    promised: bool = True

    def rolled_back(self, runs: int, seed: int) -> float:
        """Part of the rollouts that go back."""
        windows = self.source(chance(seed), runs)
        before = self.before(chance(seed + 1), runs) if self.before else None
        return part(noticed(windows, of=self.of, history=before))


def main(arguments: Sequence[str]) -> int:
    """Print every table; return 1 when more than alpha of the healthy rollouts of a promised cell went back."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.analysis", description=__doc__)
    parser.add_argument("--runs", type=int, default=5000, help="healthy rollouts in each cell; of bad ones a fifth")
    runs = parser.parse_args(arguments).runs
    few = max(100, runs // 5)
    promised = (healthy, troubled, analysis_latency.healthy)
    others = (regressions, small, late_onset, analysis_latency.slow, proofs)
    with ProcessPoolExecutor() as pool:
        kept = [pool.submit(table, runs) for table in promised]
        told = [pool.submit(table, few) for table in others]
        worst = max(_shown(one.result()) for one in kept)
        for one in told:
            show(one.result())
    print(
        f"\nworst cell of those promised: {worst:.2%} of {runs} healthy rollouts went back, {ALPHA:.0%} is the promise"
    )
    return int(worst > ALPHA)


def _shown(kept: Kept) -> float:
    table, worst = kept
    show(table)
    return worst


def healthy(runs: int) -> Kept:
    """Tell how often each rule rolls a healthy candidate back, and the worst of the sequential test."""
    rows: dict[str, list[float]] = {name: [] for name in (*RULES, UNITS, REQUESTS)}
    for seed, level in enumerate(LEVELS):
        windows = independent(chance(seed), runs, level)
        for name, rule in RULES.items():
            rows[name].append(part(rule(windows)))
        rows[UNITS].append(part(noticed(windows)))
        rows[REQUESTS].append(part(noticed(windows, of="requests", history=history(chance(seed + 500), runs, level))))
    title = f"Healthy candidates rolled back, of {runs} rollouts each"
    return (title, [named(level) for level in LEVELS], in_words(rows)), max(*rows[UNITS], *rows[REQUESTS])


def troubled(runs: int) -> Kept:
    """Tell how often healthy rollouts go back in which something else goes wrong, and the worst of what is promised."""
    levels = (Traffic(rate=10, bad_rate=0.01), Traffic(rate=100), Traffic(rate=100, bad_rate=0.01))
    rows: dict[str, list[float]] = {}
    promised = []
    for at, level in enumerate(levels):
        for number, cell in enumerate(cells(level)):
            back = cell.rolled_back(runs, 1000 + 10 * number + at)
            rows.setdefault(cell.title, []).append(back)
            promised += [back] if cell.promised else []
    title = f"Healthy candidates when something else goes wrong, of {runs} each"
    return (title, [named(level) for level in levels], in_words(rows)), max(promised)


def cells(level: Traffic) -> Iterator[Cell]:
    """Give what may go wrong around a healthy candidate, and how it is counted."""
    calm = partial(independent, traffic=level)
    for spread, said in ((1, "at once"), (4, "over 1 min")):
        clumped, before = partial(bursts, traffic=level, spread=spread), partial(history, traffic=level, clumped=spread)
        yield Cell(f"retries {said}, as if units *", clumped, promised=False)
        yield Cell(f"retries {said}, requests", clumped, "requests", before)
        yield Cell(f"retries {said}, no history", clumped, "requests")
    yield Cell(
        "users who always fail, requests *", partial(broken, traffic=level, once=False), "requests", promised=False
    )
    yield Cell("users who always fail, first only", partial(broken, traffic=level, once=True))
    shared = replace(level, outage=10.0)
    yield Cell("10x on both sides for 10 min", partial(independent, traffic=shared))
    yield Cell("the same, requests", partial(independent, traffic=shared), "requests", partial(history, traffic=level))
    yield Cell("first error of a series missing", lambda some, runs: first_error_missing(some, calm(some, runs)))
    yield Cell("late data: part of a side lost", lambda some, runs: late(some, calm(some, runs)))
    yield Cell("NaN, no data, a dead source", lambda some, runs: silent(some, calm(some, runs)))


def regressions(runs: int) -> Table:
    """Median minutes until candidates with more errors are noticed."""
    rows: dict[str, list[str]] = {}
    for ratio in RATIOS:
        for seed, level in enumerate(LEVELS):
            windows = independent(chance(2000 + seed), runs, replace(level, ratio=ratio))
            before = history(chance(2500 + seed), runs, level)
            found = {name: rule(windows) for name, rule in RULES.items()}
            found |= {UNITS: noticed(windows), REQUESTS: noticed(windows, of="requests", history=before)}
            for name, positions in found.items():
                rows.setdefault(f"{ratio:g}x: {name}", []).append(minutes(positions))
    return f"Median minutes to notice more errors, of {runs} rollouts each", [named(one) for one in LEVELS], rows


def small(runs: int) -> Table:
    """How many candidates that are a little worse go back: the guard is at 2."""
    rows = {
        f"{ratio:g}x: {UNITS}": [
            f"{part(noticed(independent(chance(3000 + seed), runs, replace(level, ratio=ratio)))):.1%}"
            for seed, level in enumerate(LEVELS)
        ]
        for ratio in SMALL
    }
    return f"Candidates a little worse that are rolled back, of {runs} each", [named(one) for one in LEVELS], rows


def late_onset(runs: int) -> Table:
    """Median minutes to notice what begins in minute 45, in the middle of the schedule."""
    rows = {}
    for ratio in RATIOS:
        each = [
            independent(chance(4000 + seed), runs, replace(level, ratio=ratio, onset=LATE_ONSET))
            for seed, level in enumerate(LEVELS)
        ]
        rows[f"{ratio:g}x: {UNITS}"] = [minutes(noticed(one), LATE_ONSET) for one in each]
        rows[f"{ratio:g}x: the same, one start"] = [minutes(noticed(one, paid=1), LATE_ONSET) for one in each]
    return "Median minutes to notice what begins after 45 minutes", [named(one) for one in LEVELS], rows


def proofs(runs: int) -> Table:
    """How long it takes to prove that a healthy candidate has less than twice the errors, and how often it is wrong."""
    rows: dict[str, list[str]] = {}
    for share in (0.05, 0.1, 0.25):
        for seed, level in enumerate(LEVELS):
            for ratio, name in ((1.0, "proven"), (2.0, "wrongly, at 2x")):
                still = replace(level, ratio=ratio, shares=(share,) * len(SHARES))
                at = proven(replace(independent(chance(5000 + seed), runs, still), begins=(0,)))
                said = minutes(at) if ratio == 1 else f"{part(at):.1%}"
                rows.setdefault(f"{100 * share:g} %: {name}", []).append(said)
    return "Median minutes to prove less than 2x at one share, within 75", [named(one) for one in LEVELS], rows


def named(level: Traffic) -> str:
    """Name a column."""
    return f"{level.rate:g}/s {100 * level.bad_rate:g} %"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
