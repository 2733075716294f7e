"""How often each variant was served, and to how many units: counted on the outcomes, where it costs nothing."""

import threading
from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple

from flagsdk.core.outcome import Outcome
from flagsdk.core.prerequisites import Decide
from flagsdk.core.sketch import Sample, Sketch, merged
from flagsdk.core.snapshot import Decisions, Snapshot
from flagsdk.unknown import Unknown

MAX_TOTALS = 10_000
"""Totals kept of what is no longer served; above it, the oldest revisions are counted together as revision 0."""

MAX_SKETCHES = 1000
"""Splits whose units are sampled at the same time, some 20 kB each at most; further ones are only counted."""

Subject = tuple[str, str]
"""("flag" or "split", key)."""


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
    sketches: tuple[Sketch, ...]

    @classmethod
    def of(cls, kind: str, key: str, snapshot: Snapshot) -> "_Tally":
        outcomes = snapshot.compiled(kind, key).outcomes
        sketches = dict.fromkeys(each.sketch for each in outcomes if each.sketch is not None)
        return cls(kind, key, snapshot.revision, outcomes, tuple(sketches))

    def clear(self) -> None:
        for outcome in self.outcomes:
            outcome.uses = 0
        self.renew()

    def renew(self) -> None:
        for sketch in self.sketches:
            if sketch.threshold:
                sketch.start()

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
            self.tallies[key] = _Tally.of(self._kind, key, snapshot)
        return replaced


class Usage:
    """Collects the counters of one client across its snapshots, and the units' samples once somebody asks for them.

    A compiled flag that was replaced is added up for good only one snapshot later, because a thread may still be on
    its way through it. The lock is between the background thread and `totals`; reads never take it.
    """

    def __init__(self) -> None:
        self.unknown = Unknown()
        """What was asked for and is not there."""
        self._lock = threading.Lock()
        self._snapshot: Snapshot | None = None
        self._flags, self._splits = _Served("flag"), _Served("split")
        self._leaving: list[_Tally] = []
        self._totals: Counter[Use] = Counter()
        self._sampling = False
        self._sampled: dict[Subject, Sample] = {}

    def follow(self, snapshot: Snapshot) -> None:
        """Say that `snapshot` is in force now."""
        with self._lock:
            self._note()
            leaving, self._leaving = self._leaving, []
            for tally in leaving:
                self._retire(tally)
            self._bound()
            self._snapshot = snapshot
            self._note()

    def after_fork(self) -> None:
        """Count anew in a forked child: what was counted so far is the parent's to report."""
        snapshot = self._snapshot
        self.unknown.after_fork()
        self._lock = threading.Lock()
        self._flags, self._splits = _Served("flag"), _Served("split")
        self._leaving, self._totals, self._sampled = [], Counter(), {}
        if snapshot is not None:
            self._note()
            for tally in self._tallies():
                tally.clear()

    def totals(self) -> Mapping[Use, int]:
        """Everything counted so far."""
        with self._lock:
            self._note()
            totals = self._totals.copy()
            for tally in self._tallies():
                tally.add_to(totals)
        return totals

    def sample_units(self) -> None:
        """Sample units from now on, of each split that this or a later call finds in use; call it now and then."""
        with self._lock:
            self._sampling = True
            self._note()

    def units(self) -> Mapping[Subject, Sample]:
        """Give the samples of the units that the splits of each flag and traffic split saw since `renew`."""
        with self._lock:
            self._note()
            found = {subject: [sample] for subject, sample in self._sampled.items()}
            for tally in self._tallies():
                for sketch in tally.sketches:
                    if sketch.threshold:
                        found.setdefault((tally.kind, tally.key), []).append(sketch.sample())
        return {subject: merged(samples) for subject, samples in found.items()}

    def renew(self) -> None:
        """Begin all samples anew."""
        with self._lock:
            self._sampled.clear()
            for tally in self._tallies():
                tally.renew()

    def _tallies(self) -> tuple[_Tally, ...]:
        return (*self._leaving, *self._flags.tallies.values(), *self._splits.tallies.values())

    def _note(self) -> None:
        snapshot = self._snapshot
        if snapshot is not None:
            self._leaving += self._flags.note(snapshot, snapshot.decide)
            self._leaving += self._splits.note(snapshot, snapshot.cohorts)
        if self._sampling:
            self._start()

    def _start(self) -> None:
        """Start the sketches of what is new, as far as there is room."""
        present = [sketch for tally in self._tallies() for sketch in tally.sketches]
        room = MAX_SKETCHES - sum(1 for sketch in present if sketch.threshold)
        for sketch in [sketch for sketch in present if not sketch.threshold][: max(0, room)]:
            sketch.start()

    def _retire(self, tally: _Tally) -> None:
        tally.add_to(self._totals)
        subject, samples = (tally.kind, tally.key), [sketch.sample() for sketch in tally.sketches if sketch.threshold]
        if samples and (subject in self._sampled or len(self._sampled) < MAX_SKETCHES):
            self._sampled[subject] = merged([*samples, *filter(None, [self._sampled.get(subject)])])

    def _bound(self) -> None:
        """Merge the older half when there are too many: nothing is lost but the revision."""
        if len(self._totals) <= MAX_TOTALS:
            return
        middle = sorted(use.revision for use in self._totals)[len(self._totals) // 2]
        merged_totals: Counter[Use] = Counter()
        for use, count in self._totals.items():
            merged_totals[use._replace(revision=0) if use.revision <= middle else use] += count
        self._totals = merged_totals
