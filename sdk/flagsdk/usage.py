"""How often each variant was served, counted where it costs nothing: on the outcomes themselves."""

import threading
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from flagsdk.core.outcome import Outcome
from flagsdk.core.snapshot import Snapshot

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

    decide: Callable[[Any], Outcome]
    kind: str
    key: str
    revision: int
    outcomes: tuple[Outcome, ...]

    def add_to(self, totals: Counter[Use]) -> None:
        for outcome in self.outcomes:
            if outcome.uses:
                totals[Use(self.kind, self.key, outcome.variant, self.revision)] += outcome.uses


class Usage:
    """Collects the counters of one client across its snapshots.

    A compiled flag that was replaced is added up for good only one snapshot later, because a thread may still be on
    its way through it. The lock is between the background thread and `totals`; reads never take it.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._snapshot: Snapshot | None = None
        self._served: dict[tuple[str, str], _Tally] = {}
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

    def totals(self) -> Mapping[Use, int]:
        """Everything counted so far."""
        with self._lock:
            self._note()
            totals = self._totals.copy()
            for tally in (*self._leaving, *self._served.values()):
                tally.add_to(totals)
        return totals

    def _note(self) -> None:
        """See what has been compiled in the snapshot in force, and what that replaces."""
        if self._snapshot is None:
            return
        for kind, decisions in (("flag", self._snapshot.decide), ("split", self._snapshot.cohorts)):
            for key, decide in list(decisions.items()):
                tally = self._served.get((kind, key))
                if tally is None or tally.decide is not decide:
                    self._replace(tally, kind, key, decide)

    def _replace(self, tally: _Tally | None, kind: str, key: str, decide: Callable[[Any], Outcome]) -> None:
        if tally is not None:
            self._leaving.append(tally)
        if self._snapshot is not None:
            outcomes = self._snapshot.compiled(kind, key).outcomes
            self._served[kind, key] = _Tally(decide, kind, key, self._snapshot.revision, outcomes)

    def _bound(self) -> None:
        """Merge the older half when there are too many: nothing is lost but the revision."""
        if len(self._totals) <= MAX_TOTALS:
            return
        middle = sorted(use.revision for use in self._totals)[len(self._totals) // 2]
        merged: Counter[Use] = Counter()
        for use, count in self._totals.items():
            merged[use._replace(revision=0) if use.revision <= middle else use] += count
        self._totals = merged
