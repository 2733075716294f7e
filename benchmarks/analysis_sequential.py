"""The sequential test of flagsvc/domain/analysis over many rollouts at once, window by window.

Everything is written a second time here, over arrays, so that thousands of rollouts take seconds;
tests/analysis/test_agreement.py holds it against the service's own code, rollout by rollout.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from flagsvc.domain.analysis.dispersion import FURTHEST, HEAVIEST, LONG, MARGIN, SUPPOSED, WORTH
from flagsvc.domain.analysis.noninferiority import SHARES
from flagsvc.domain.analysis.sequential import ERROR_RATIOS, LATENCY_RATIOS
from flagsvc.domain.analysis.spec import Unit

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Positions = NDArray[np.intp]
Column = tuple[Floats, Floats, Floats, Floats, Floats, Flags]
Kind = Literal["errors", "latency"]
ALPHA, GUARD, PROVE_RATIO = 0.01, 2.0, 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Windows:
    """What the windows of many rollouts held: arrays of rollouts x windows. `begins`: the windows that begin a step."""

    events: Floats
    others: Floats
    bad: Floats
    bad_others: Floats
    far: Floats
    known: Flags
    begins: Sequence[int]

    @property
    def runs(self) -> int:
        """How many rollouts there are."""
        return int(self.events.shape[0])

    @property
    def polls(self) -> int:
        """How many windows each has."""
        return int(self.events.shape[1])


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What is known after one window, per rollout."""

    log_e: Floats
    log_proof: Floats
    guarded: Flags


class Process:
    """The evidence of many rollouts; `keep` forgets those that are decided."""

    def __init__(self, runs: int, kind: Kind, of: Unit, paid: int, null: float = 1.0) -> None:
        self._kind, self._of, self._null = kind, of, null
        self._ratios = null * np.array(LATENCY_RATIOS if kind == "latency" else ERROR_RATIOS)
        self._started = 0
        self._cells = np.zeros((paid, runs, self._ratios.size))
        self._counts = np.zeros((paid, 5, runs))
        self._proof = np.zeros((runs, len(SHARES)))
        self._short, self._long = _Span(runs, 1), _Span(runs, LONG)
        none = np.zeros(runs)
        self._deflated: Column = (none, none, none, none, none, none > 0)

    def step(self) -> None:
        """Begin a step."""
        self._started = min(self._started + 1, len(self._cells))
        self._proof[:] = 0.0

    def take(self, column: Column) -> Look:
        """Take one window of each rollout in."""
        self._advance(column)
        events, others, bad, bad_others, _, known = self._deflated
        self._proof += gains(PROVE_RATIO * np.array(SHARES), PROVE_RATIO, (events, others, bad, bad_others), known)
        every = np.arange(self._proof.shape[0])
        log_e, guarded = self._judged(every)
        return Look(log_e=log_e, log_proof=log_mean(self._proof), guarded=guarded)

    def alarms(self, column: Column) -> Flags:
        """Take one window of each rollout in, without the proof; tell which are to be rolled back.

        `e` is the mean of its cells, so that it is enough only where one of them is.
        """
        self._advance(column)
        unhealthy = np.zeros(self._proof.shape[0], dtype=bool)
        near = np.flatnonzero(self._cells[: self._started].max(axis=(0, 2)) >= -np.log(ALPHA))
        log_e, guarded = self._judged(near)
        unhealthy[near] = (log_e >= -np.log(ALPHA)) & guarded
        return unhealthy

    def keep(self, which: Flags) -> None:
        """Go on with some of the rollouts only."""
        self._cells, self._counts, self._proof = self._cells[:, which], self._counts[:, :, which], self._proof[which]
        self._short.keep(which)
        self._long.keep(which)

    def _advance(self, column: Column) -> None:
        events, others, bad, bad_others, far, known = column
        known = known & (events > 0) & (others > 0)
        by = self._dispersion()
        self._deflated = (events, others, bad / by, bad_others / by, far, known)
        self._cells[: self._started] += gains(self._ratios, self._null, self._deflated[:4], known)
        self._counts[: self._started] += np.where(known, (events, others, bad, bad_others, far), 0.0)
        self.learn(others, bad_others, known)

    def _judged(self, runs: Positions) -> tuple[Floats, Flags]:
        components = np.zeros((len(self._cells), runs.size))
        components[: self._started] = log_mean(self._cells[: self._started, runs])
        best = np.argmax(components[: self._started], axis=0)
        events, others, bad, bad_others, far = self._counts[best, :, runs].T
        if self._kind == "latency":
            return log_mean(components.T), np.asarray((far > 0) & (far * others >= bad_others * events))
        return log_mean(components.T), np.asarray((bad > 0) & (bad * others >= GUARD * bad_others * events))

    def _dispersion(self) -> Floats:
        if self._of == "units":
            return np.ones(self._proof.shape[0])
        return np.maximum(1.0, np.maximum(self._short.estimate(), self._long.estimate()))

    def learn_all(self, history: Windows) -> None:
        """Learn from windows of before the rollout how much its baseline scatters."""
        for poll in range(history.polls):
            self.learn(history.others[:, poll], history.bad_others[:, poll], history.known[:, poll])

    def learn(self, others: Floats, bad_others: Floats, known: Flags) -> None:
        """Learn from one window of the baseline how much its counts scatter."""
        for span in (self._short, self._long):
            span.grow(others, bad_others, known)


class _Span:
    def __init__(self, runs: int, windows: int) -> None:
        self._windows = windows
        self._sums = np.zeros((8, runs))

    def estimate(self) -> Floats:
        scatter, weight, pairs = self._sums[5:]
        seen = np.divide(scatter, weight, out=np.zeros_like(scatter), where=weight > 0)
        most = seen * (1 + MARGIN * np.sqrt(2 / (pairs + 1)))
        return np.asarray((most * pairs + SUPPOSED * WORTH) / (pairs + WORTH))

    def grow(self, events: Floats, bad: Floats, known: Flags) -> None:
        self._sums[:3] += np.where(known, (events, bad, np.ones_like(events)), 0.0)
        n, x, filled, m, y = self._sums[:5]
        full = filled >= self._windows
        pair = full & (m > 0) & (x + y > 0)
        n1, m1 = np.where(pair, n, 1.0), np.where(pair, m, 1.0)
        apart = (n1 + m1) * (x / n1 - y / m1) ** 2 / (1 / n1 + 1 / m1) / np.where(pair, x + y, 1.0)
        counts = np.minimum(x + y, HEAVIEST)
        pairs = (counts * np.minimum(apart, FURTHEST), counts, np.ones_like(x))
        self._sums[5:] += np.where(pair, pairs, 0.0)
        self._sums[3:5] = np.where(full, self._sums[:2], self._sums[3:5])
        self._sums[:3] = np.where(full, 0.0, self._sums[:3])

    def keep(self, which: Flags) -> None:
        self._sums = self._sums[:, which]


def gains(ratios: Floats, null: float, counts: tuple[Floats, Floats, Floats, Floats], known: Flags) -> Floats:
    """Log-likelihood of each ratio in one window of each rollout; `counts` as in the fields of Windows."""
    events, others, bad, bad_others = counts
    share = np.where(known, events / np.where(known, events + others, 1.0), 0.5)[:, None]
    total = bad + bad_others
    tilt = np.log1p((ratios - 1) * share) - np.log1p((null - 1) * share)
    gain = bad[:, None] * np.log(ratios / null) - total[:, None] * tilt
    return np.where((known & (total > 0))[:, None], gain, 0.0)


def log_mean(logs: Floats) -> Floats:
    """Logarithm of the mean of the exponentials along the last axis."""
    top = logs.max(axis=-1)
    return np.asarray(top + np.log(np.exp(logs - top[..., None]).mean(axis=-1)))


def looks(windows: Windows, kind: Kind = "errors", of: Unit = "units", paid: int = 5) -> list[Look]:
    """Look at every rollout after every window."""
    process, seen = Process(windows.runs, kind, of, paid), []
    for poll in range(windows.polls):
        if poll in windows.begins:
            process.step()
        seen.append(process.take(column(windows, poll)))
    return seen


def noticed(
    windows: Windows, kind: Kind = "errors", of: Unit = "units", history: Windows | None = None, paid: int = 5
) -> Positions:
    """Find the window after which each rollout is rolled back; the number of windows for those that never are.

    `history`: what the baseline did before, of which its scatter is learnt.
    """
    process, at = Process(windows.runs, kind, of, paid), np.full(windows.runs, windows.polls)
    alive = np.arange(windows.runs)
    if history:
        process.learn_all(history)
    for poll in range(windows.polls):
        if poll in windows.begins:
            process.step()
        unhealthy = process.alarms(column(windows, poll, alive))
        at[alive[unhealthy]] = poll
        if unhealthy.any():
            process.keep(~unhealthy)
            alive = alive[~unhealthy]
        if not alive.size:
            break
    return at


def proven(windows: Windows, beta: float = 0.05) -> Positions:
    """Find the window after which each candidate is proven; the number of windows for those that never are."""
    logs = np.array([look.log_proof for look in looks(windows)])
    return first(-np.log(beta) <= logs.T)


def first(flags: Flags) -> Positions:
    """Position of the first true flag of each row; the length of the row where none is."""
    return np.asarray(np.where(flags.any(axis=1), flags.argmax(axis=1), flags.shape[1]))


def column(windows: Windows, poll: int, runs: Positions | slice = slice(None)) -> Column:
    """Give one window of some rollouts."""
    return (
        windows.events[runs, poll],
        windows.others[runs, poll],
        windows.bad[runs, poll],
        windows.bad_others[runs, poll],
        windows.far[runs, poll],
        windows.known[runs, poll],
    )
