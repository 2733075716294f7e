"""How often each variant was served, counted where it costs nothing: on the outcomes themselves."""

import threading
from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple

from flagsdk.core.outcome import Outcome
from flagsdk.core.prerequisites import Decide
from flagsdk.core.snapshot import Decisions, Snapshot

MAX_TOTALS = 10_000
"""Totals kept of what is no longer served; above it, the oldest revisions are counted together as revision 0."""


class Use(NamedTuple):
    """What was served. `kind` is "flag" or "split"; `revision` is the first at which it was served in this form."""

    kind: str
    key: str
    variant: str | None
    revision: int


class _Tally(NamedTuple):
    """The outcomes of one compiled flag or traffic split, and since when it is served."""

    kind: str
    key: str
    revision: int
    outcomes: tuple[Outcome, ...]

    def clear(self) -> None:
        for outcome in self.outcomes:
            outcome.uses = 0

    def add_to(self, totals: Counter[Use]) -> None:
        for outcome in self.outcomes:
            if outcome.uses:
                totals[Use(self.kind, self.key, outcome.variant, self.revision)] += outcome.uses


class _Served:
    """What is served of one kind: the compiled functions that were seen, and their tallies."""

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self._seen: dict[str, Decide] = {}
        self.tallies: dict[str, _Tally] = {}

    def note(self, snapshot: Snapshot, decisions: Decisions) -> list[_Tally]:
        """See what has been compiled, and give what that replaces."""
        seen, present = self._seen, dict(decisions)  # a copy, because readers go on compiling
        if present == seen:
            return []
        fresh = [key for key, decide in present.items() if seen.get(key) is not decide]
        self._seen |= present
        replaced = [self.tallies.pop(key) for key in fresh if key in self.tallies]
        for key in fresh:
            outcomes = snapshot.compiled(self._kind, key).outcomes
            self.tallies[key] = _Tally(self._kind, key, snapshot.revision, outcomes)
        return replaced


class Usage:
    """Collects the counters of one client across its snapshots.

    A compiled flag that was replaced is added up for good only one snapshot later, because a thread may still be on
    its way through it. The lock is between the background thread and `totals`; reads never take it.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._snapshot: Snapshot | None = None
        self._flags, self._splits = _Served("flag"), _Served("split")
        self._leaving: list[_Tally] = []
        self._totals: Counter[Use] = Counter()

    def follow(self, snapshot: Snapshot) -> None:
        """Say that `snapshot` is in force now."""
        with self._lock:
            self._note()
            leaving, self._leaving = self._leaving, []
            for tally in leaving:
                tally.add_to(self._totals)
            self._bound()
            self._snapshot = snapshot
            self._note()

    def after_fork(self) -> None:
        """Count anew in a forked child: what was counted so far is the parent's to report."""
        snapshot = self._snapshot
        self._lock = threading.Lock()
        self._flags, self._splits = _Served("flag"), _Served("split")
        self._leaving, self._totals = [], Counter()
        if snapshot is not None:
            self._note()
            for tally in (*self._flags.tallies.values(), *self._splits.tallies.values()):
                tally.clear()

    def totals(self) -> Mapping[Use, int]:
        """Everything counted so far."""
        with self._lock:
            self._note()
            totals = self._totals.copy()
            for tally in (*self._leaving, *self._flags.tallies.values(), *self._splits.tallies.values()):
                tally.add_to(totals)
        return totals

    def _note(self) -> None:
        snapshot = self._snapshot
        if snapshot is not None:
            self._leaving += self._flags.note(snapshot, snapshot.decide)
            self._leaving += self._splits.note(snapshot, snapshot.cohorts)

    def _bound(self) -> None:
        """Merge the older half when there are too many: nothing is lost but the revision."""
        if len(self._totals) <= MAX_TOTALS:
            return
        middle = sorted(use.revision for use in self._totals)[len(self._totals) // 2]
        merged: Counter[Use] = Counter()
        for use, count in self._totals.items():
            merged[use._replace(revision=0) if use.revision <= middle else use] += count
        self._totals = merged
