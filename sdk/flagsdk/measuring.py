"""Saying how it went: what became of what a flag or split served, counted for rollouts. Never waits, never raises."""

from collections.abc import Iterator
from contextlib import contextmanager
from math import isfinite
from time import perf_counter
from typing import Any, Literal

from mmh3 import mmh3_32_uintdigest, mmh3_x64_128_utupledigest

from flagsdk.blocks import Block, Measured
from flagsdk.core.context import TARGETING_KEY, found, unit_of
from flagsdk.core.outcome import Outcome
from flagsdk.core.snapshot import SPLIT, Snapshot
from flagsdk.deciding import ContextLike, coerced
from flagsdk.outcomes import CellKey, Event, Outcomes
from flagsdk.reading import Reading
from flagsdk.staleness import Closed, off_outcome
from flagsdk.wire.members import KINDS, is_text
from flagsdk.wire.outcomes import MAX_VALUE

ERRORS, LATENCY = "errors", "latency"
"""The metrics of every outcome, and of one with a duration."""

Kind = Literal["flag", "split"]
Decided = tuple[str | None, int | None]
"""The variant, and the hash of the unit."""


class Measuring(Reading):
    """The getters, and how it went with what they gave."""

    _outcomes: Outcomes | None = None
    """None: there is no service to tell it to."""

    def outcome(  # noqa: PLR0913 - each says one thing, by its name
        self,
        key: str,
        context: ContextLike = None,
        *,
        ok: bool = True,
        seconds: float | None = None,
        metric: str = ERRORS,
        value: float | None = None,
        kind: Kind = "flag",
        variant: str | None = None,
    ) -> None:
        """Count how it went for this context: `ok` or not, perhaps how long it took, perhaps a `value` (an amount).

        Counted under `metric`, and `seconds` under "latency" as well, for the variant that the context has now or for
        `variant`, which is better where time has passed since. It is no use of the flag. Told to the service every five
        seconds; without a service among the sources nothing is counted, nor for an unknown flag or an overridden one.
        """
        decided = self._decided_if_possible(kind, key, context, variant)
        self._tell_outcome(kind, key, metric, decided, ok=ok, seconds=seconds, value=value)

    def measured(
        self,
        key: str,
        context: ContextLike = None,
        *,
        metric: str = ERRORS,
        kind: Kind = "flag",
        variant: str | None = None,
    ) -> Block:
        """Count a block: `with client.measured("checkout-v2", context): …`: how long it took, and whether it raised.

        For the variant that the context has when the block begins. An exception counts as not ok and goes on its way;
        what only ends the block (a cancelled task, SystemExit, KeyboardInterrupt) counts as nothing. A decorator,
        too, of plain and async functions.
        """
        return Block(lambda: self._measured(key, context, metric, kind, variant))

    @contextmanager
    def _measured(
        self, key: str, context: ContextLike, metric: str, kind: Kind, variant: str | None
    ) -> Iterator[Measured]:
        decided = self._decided_if_possible(kind, key, context, variant)
        block, began = Measured(), perf_counter()
        try:
            yield block
        except Exception:
            self._tell_outcome(kind, key, metric, decided, ok=False, seconds=perf_counter() - began)
            raise
        self._tell_outcome(kind, key, metric, decided, ok=block.ok, seconds=perf_counter() - began)

    def _decided_if_possible(self, kind: str, key: str, context: ContextLike, variant: str | None) -> Decided:
        """Find the variant and the hash of the unit; nothing where nobody is to be told, or it cannot be found."""
        try:
            if self._outcomes is not None:
                return self._decided(kind, key, coerced(context), variant)
        except Exception:  # noqa: BLE001 - counting is no reason to fail
            self._reading_faults += 1
        return None, None

    def _decided(self, kind: str, key: str, context: Any, variant: str | None) -> Decided:
        snapshot, _, _, closed = self._present()
        if variant is None and (snapshot is None or (self._shut and self._overrides.of(key))):
            return None, None
        outcome = _end(snapshot, closed, kind, key, context)
        by = outcome.split.by if outcome and outcome.split else TARGETING_KEY
        if variant is None:
            variant = outcome.variant if outcome and outcome.error is None else None
        return variant, hash_of(kind, key, found(context, by))

    def _tell_outcome(  # noqa: PLR0913 - as `outcome`
        self,
        kind: str,
        key: str,
        metric: str,
        decided: Decided,
        *,
        ok: bool,
        seconds: float | None = None,
        value: float | None = None,
    ) -> None:
        outcomes, (variant, unit) = self._outcomes, decided
        if outcomes is None or variant is None:
            return
        try:
            cell = (kind, key, variant, metric)
            for event in _events(cell, unit, ok=ok, seconds=seconds, amount=float(value or 0.0)):
                outcomes.note(event)
        except Exception:  # noqa: BLE001 - counting is no reason to fail
            self._reading_faults += 1


def hash_of(kind: str, key: str, unit: Any) -> int | None:
    """Hash a unit to 64 bits, another hash for each flag and split; None for what is no unit."""
    text = unit_of(unit)
    if text is None:
        return None
    seed = mmh3_32_uintdigest(f"{kind}/{key}".encode("utf-8", "surrogatepass"), 0)
    return mmh3_x64_128_utupledigest(text.encode("utf-8", "surrogatepass"), seed)[0]


def _end(snapshot: Snapshot | None, closed: Closed, kind: str, key: str, context: Any) -> Outcome | None:
    """Where an evaluation ends now; it counts as no use."""
    if snapshot is None or kind not in KINDS:
        return None
    if closed.covers(f"{kind}/{key}") and (off := off_outcome(snapshot, kind, key)):
        return off
    return (snapshot.cohorts if kind == SPLIT else snapshot.decide)[key](context)


def _events(cell: CellKey, unit: int | None, *, ok: bool, seconds: float | None, amount: float) -> Iterator[Event]:
    """Make the events of an outcome; raises ValueError for one that no report can carry."""
    kind, key, variant, metric = cell
    if kind not in KINDS or not all(map(is_text, (key, variant, metric))) or not abs(amount) <= MAX_VALUE:
        raise ValueError("no report can carry this outcome")
    if seconds is None:
        yield Event(cell, bool(ok), None, amount, unit)
        return
    if not (isfinite(seconds) and seconds >= 0):
        raise ValueError("a duration is neither negative nor infinite")
    if metric != LATENCY:
        yield Event(cell, bool(ok), None, amount, unit)
    yield Event((kind, key, variant, LATENCY), bool(ok), float(seconds), amount if metric == LATENCY else 0.0, unit)
