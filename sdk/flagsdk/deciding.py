"""Deciding the careful way: what is in force, and all that a read can meet besides the plain case."""

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from flagsdk.core.context import TARGETING_KEY
from flagsdk.core.decision import Decision, ErrorCode, Reason
from flagsdk.core.evaluate import decision_of
from flagsdk.core.outcome import Outcome, nowhere
from flagsdk.core.snapshot import FLAG, SPLIT, Snapshot
from flagsdk.decisions import Kinds, failed, fitted, value_of
from flagsdk.overrides import Override, Overrides, Values, outcomes_of
from flagsdk.registry import entered
from flagsdk.staleness import OPEN, Closed, off_outcome
from flagsdk.usage import Usage

ContextLike = Mapping[str, Any] | str | None
"""A Context, any other mapping, a targeting key alone, or nothing."""

Decide = Callable[[Any], Outcome]
Evaluated = Callable[[str, Any, Decision], object]

_log = logging.getLogger("flagsdk")


class InForce(NamedTuple):
    """A snapshot, and what of it is compiled: plain dictionaries, because a call through them is the fastest.

    `closed` is what serves its off variant, because the snapshot is too old for it.
    """

    snapshot: Snapshot | None
    flags: dict[str, Decide]
    splits: dict[str, Decide]
    closed: Closed


class Deciding:
    """Holds the snapshot in force, and decides by it.

    While something unusual is wanted of every call (an override, a listener, waking up after a fork) the short way of
    the getters is shut: its tables are empty, so that all of this costs nothing the rest of the time.
    """

    def __init__(self) -> None:
        self._reading_faults = 0
        self._usage = Usage()
        self._switching = threading.Lock()  # between those who change what is in force; reads never take it
        self._shut: frozenset[str] = frozenset()
        self._overrides = Overrides(lambda on: self._shut_for("overrides", on=on))
        self._evaluated: dict[object, Evaluated] = {}
        self._put_in_force(None)

    def override(self, values: Values | None = None, /, **named: Any) -> Override:
        """Serve other values within a scope: `with client.override({"new-checkout": True}): …`, or as a decorator.

        A keyword names its flag with `_` for `-` and `.`. Scoped by a context variable, so parallel tests do not meet.
        Overridden reads are not counted as usage. Raises KeyError for a flag that the snapshot does not have, and
        TypeError for a value that is not of its type.
        """
        return Override(self._overrides, outcomes_of(values, named, self._in_force.snapshot))

    def on_evaluation(self, callback: Evaluated) -> Callable[[], None]:
        """Call `callback(key, context, decision)` after every evaluation of one flag or split, in the caller's thread.

        Bulk evaluations are left out. Every call then takes the careful way, some microseconds instead of a fraction of
        one, until the returned function has ended it. What a callback raises is counted and logged, never passed on.
        """
        remove = entered(self._evaluated, callback)
        self._look_for_listeners()

        def ended() -> None:
            remove()
            self._look_for_listeners()

        return ended

    def _put_in_force(self, snapshot: Snapshot | None, closed: Closed = OPEN) -> None:
        """Let reads go by this snapshot: each sees the one before or this one, never a mixture."""
        flags, splits = (dict(snapshot.decide), dict(snapshot.cohorts)) if snapshot else ({}, {})
        if closed != OPEN:  # the careful way finds out what is closed, once for each
            flags, splits = {}, {}
        with self._switching:
            self._in_force = InForce(snapshot, flags, splits, closed)
            self._open()

    def _shut_for(self, why: str, *, on: bool) -> None:
        """Send every read the careful way, or no longer."""
        with self._switching:
            self._shut = self._shut | {why} if on else self._shut - {why}
            self._open()

    def _look_for_listeners(self) -> None:
        with self._switching:  # so that of two who come and go at once the later one counts them
            self._shut = self._shut | {"listeners"} if self._evaluated else self._shut - {"listeners"}
            self._open()

    def _open(self) -> None:
        _, flags, splits, _ = self._in_force
        self._flags, self._splits = ({}, {}) if self._shut else (flags, splits)

    def _awake(self) -> None:
        """See that a snapshot is on its way; called by reads while there is none, and by the first after a fork."""

    def _present(self) -> InForce:
        """Give what is in force, once whoever sleeps has been woken."""
        if self._shut or self._in_force.snapshot is None:
            self._awake()
        return self._in_force

    def _is_stale(self, name: str) -> bool:
        """Whether the snapshot is too old for the flag or split of that name ("flag/KEY")."""
        return False

    def _value(self, key: str, context: ContextLike, default: Any, kinds: Kinds, *, split: bool = False) -> Any:
        """Answer the careful way."""
        if self._evaluated:
            return self._decision(key, context, default, kinds, split=split).value
        try:
            in_force, known = self._present(), coerced(context)
            outcome = self._outcome(in_force, key, known, split=split)
            return value_of(outcome, default, kinds)
        except Exception:  # noqa: BLE001 - a read never raises
            self._reading_faults += 1
        return default

    def _decision(self, key: str, context: ContextLike, default: Any, kinds: Kinds, *, split: bool = False) -> Decision:
        """Answer the careful way, with all that explains it."""
        known = context
        try:
            in_force, known = self._present(), coerced(context)
            outcome = self._outcome(in_force, key, known, split=split)
            revision = in_force.snapshot.revision if in_force.snapshot else None
            decision = fitted(decision_of(outcome, known, revision), outcome.type, default, kinds)
            if decision.error is None and self._is_stale(f"{SPLIT if split else FLAG}/{key}"):
                decision = replace(decision, reason=Reason.STALE)
        except Exception as fault:  # noqa: BLE001 - a read never raises
            self._reading_faults += 1
            decision = failed(default, ErrorCode.GENERAL, type(fault).__name__)
        self._tell(key, known, decision)
        return decision

    def _tell(self, key: str, context: Any, decision: Decision) -> None:
        for callback in list(self._evaluated.values()):
            try:
                callback(key, context, decision)
            except Exception:  # noqa: BLE001 - a callback's fault is its own
                self._reading_faults += 1
                _log.exception("flagsdk: a callback for evaluations failed")

    def _outcome(self, in_force: InForce, key: str, context: Any, *, split: bool) -> Outcome:
        """Decide and count by one snapshot, whatever is put in force meanwhile; what had to be compiled is kept."""
        snapshot, flags, splits, closed = in_force
        if (self._shut or snapshot is None) and (overridden := self._overrides.of(key)):
            return overridden
        if snapshot is None:
            return nowhere(ErrorCode.PROVIDER_NOT_READY, "no snapshot has arrived yet")
        kind, compiled, ready = (SPLIT, snapshot.cohorts, splits) if split else (FLAG, snapshot.decide, flags)
        if closed.covers(f"{kind}/{key}") and (off := off_outcome(snapshot, kind, key)):
            ready[str.__str__(key)] = lambda context: off
            return off
        outcome = compiled[key](context)
        outcome.uses += 1
        if key in compiled:
            ready[str.__str__(key)] = compiled[key]  # a key of another class would slow every look-up down
        elif not split:
            self._usage.unknown.note(key)
        return outcome

    def _bulk(self, snapshot: Snapshot, closed: Closed, context: Any) -> Mapping[str, Outcome]:
        """Decide every flag, but for what is closed or overridden."""
        outcomes = snapshot.bulk(context)
        instead: dict[str, Outcome] = {}
        if closed != OPEN:
            named = ((key, closed.covers(f"{FLAG}/{key}") and off_outcome(snapshot, FLAG, key)) for key in outcomes)
            instead = {key: off for key, off in named if off}
        if self._shut:
            instead |= self._overrides.all()
        for key in outcomes.keys() & instead.keys():
            outcomes[key].uses -= 1  # the bulk has counted it, and it is not served
        return outcomes | instead


def coerced(context: ContextLike) -> Any:
    """Take a targeting key or nothing for a context; whatever else it is, evaluation says so."""
    if context is None:
        return {}
    return {TARGETING_KEY: context} if isinstance(context, str) else context
