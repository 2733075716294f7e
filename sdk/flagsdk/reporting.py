"""Reports usage to the service, and which revision is in force here: now and then, bounded, never in a read's way."""

import logging
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from importlib import import_module
from typing import NamedTuple, Protocol

from flagsdk.core.snapshot import Snapshot
from flagsdk.delivery import DEADLINE_SECONDS, Answer
from flagsdk.outbox import Batch, Outbox
from flagsdk.outcomes import Outcomes
from flagsdk.sources import drawn
from flagsdk.usage import Usage
from flagsdk.wire.members import is_text
from flagsdk.wire.usage import Report, report_json

REPORT_SECONDS = 60.0
RECEIPT_SECONDS = 0.5
"""A new revision is confirmed after a random part of this, so that a thousand clients do not do it at once."""
TICK_SECONDS = 2.0
"""A tick takes no further batch when it has lasted so long; the next one goes on."""
KEEP_SECONDS = 3600.0
"""What could not be delivered for so long is dropped: it would count for another hour than its own."""
FIRST_BACKOFF_SECONDS, MOST_BACKOFF_SECONDS = 1.0, 120.0
LEAST_BACKOFF_SECONDS = 0.2
MOST_ASKED_SECONDS = 900.0
HOUR_SECONDS = 3600

_log = logging.getLogger("flagsdk")


class Poster(Protocol):
    """Whoever delivers a report."""

    name: str

    def post(self, body: bytes) -> Answer:
        """Send a report within about a second; never raises."""


@dataclass(frozen=True, slots=True)
class Reporting:
    """How the reports of a client stand. `reported` and `dropped` count uses; `fault` says what is wrong now.

    `outcomes` and `outcomes_dropped` count outcomes likewise.
    """

    client: str
    reports: int = 0
    reported: int = 0
    dropped: int = 0
    faults: int = 0
    fault: str = ""
    outcomes: int = 0
    outcomes_dropped: int = 0


class _Held(NamedTuple):
    environment: str
    epoch: str
    revision: int
    applied_after_ms: int | None


class _Unconfirmed(NamedTuple):
    """A report that may have arrived: it is repeated as it was, but for the age of what it tells, under its number."""

    report: Report
    batch: Batch


class Reporter:
    """Reports for one client. Everything but `standing` is called by the client's one background thread.

    `installed` says what came into force; `tick` is called about every two seconds, or after as many as it answered.
    """

    _held: _Held | None
    _unconfirmed: _Unconfirmed | None
    _due: float
    _ended: bool

    def __init__(  # noqa: PLR0913 - clocks and chance are given by tests
        self,
        usage: Usage,
        delivery: Poster,
        *,
        application: str = "",
        report_seconds: float = REPORT_SECONDS,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
        chance: Callable[[], float] = drawn,
    ) -> None:
        """`application` is a name for people, at most 100 characters. Raises ValueError for one that cannot be told."""
        if not is_text(application, least=0) or not (application.isprintable()):
            raise ValueError("application: a name of at most 100 printable characters")
        self._outbox = Outbox(usage)
        self.outcomes = Outcomes()
        """What became of what was served: whoever notes something here has it reported within some seconds."""
        self._delivery = delivery
        self._application = application
        self._sdk = f"flagsdk-python/{import_module('flagsdk').__version__}"
        self._report_seconds = report_seconds
        self._clock, self._wall, self._chance = clock, wall, chance
        self._begin()

    @property
    def standing(self) -> Reporting:
        """How it stands; costs nothing."""
        return self._standing

    def installed(self, snapshot: Snapshot, at: int = 0) -> None:
        """Say that a snapshot is in force now; `at` is when its revision was committed, in Unix milliseconds, or 0.

        How long it took to arrive is told for what was committed since this client began, and for nothing older.
        """
        after = max(0, self._milliseconds() - at) if at >= self._began else None
        named = is_text(snapshot.environment) and is_text(snapshot.epoch)  # a file of plain values has neither
        self._held = _Held(snapshot.environment, snapshot.epoch, snapshot.revision, after) if named else None
        if not self._failures:
            self._due = min(self._due, self._clock() + self._chance() * RECEIPT_SECONDS)

    def tick(self) -> float:
        """Report what is due; answers in how many seconds there will be something to do. Never raises.

        It takes as long as one request may (half a second to connect, a second to answer) after two seconds at most.
        """
        try:
            self._outbox.look()
            now = self._clock()
            if self._held is not None and (now >= self._due or self._outcomes_due(now)):
                self._report(now)
        except Exception as fault:  # noqa: BLE001 - reporting must not end the thread that keeps flags fresh
            self._failed(Answer(0, fault=type(fault).__name__))
        return max(0.0, self._due - self._clock())

    def close(self, seconds: float = TICK_SECONDS + DEADLINE_SECONDS) -> None:
        """Report what is left, once and within `seconds`, and only if the last report succeeded. Never raises."""
        self._at_most = min(TICK_SECONDS, seconds - DEADLINE_SECONDS)
        if self._held is not None and not self._failures and not self._ended and self._at_most >= 0:
            self._ended = True
            self._flush_due = self._due = float("-inf")
            self.tick()

    def _outcomes_due(self, now: float) -> bool:
        return not self._failures and self.outcomes.due(now)

    def after_fork(self) -> None:
        """Begin anew in a forked child, once its `Usage` has: another client, which has nothing to tell yet."""
        self._outbox.after_fork()
        self.outcomes.after_fork()
        held = self._held
        self._begin()
        if held is not None:
            self._held = held._replace(applied_after_ms=None)

    def _begin(self) -> None:
        self._standing = Reporting(secrets.token_hex(16))
        self._sequence = 0
        self._held = None
        self._told, self._told_outcomes = self._outbox.dropped, self.outcomes.dropped
        self._unconfirmed = None
        self._failures = 0  # in a row
        self._ended = False
        self._at_most = TICK_SECONDS
        now = self._clock()
        self._delivered = now
        self._due = now + self._chance() * RECEIPT_SECONDS
        self._flush_due = now + self._interval()
        self._began = self._milliseconds()
        self._hour = self._hour_now()

    def _report(self, now: float) -> None:
        """Repeat what may not have arrived, then tell what is due; as long as the service takes it."""
        self._give_up(now)
        self.outcomes.close(now, early=self._ended)
        if not self._repeat():
            return
        for batch in self._batches(now):
            if not self._send(batch):
                return
            if self._clock() - now > self._at_most:
                self._due = self._clock()
                return
        self._done(now)

    def _batches(self, now: float) -> Iterator[Batch]:
        """Give what is due; at least one, perhaps empty, because a report also says which revision is in force."""
        outcomes = [Batch(outcomes=rows) for rows in self.outcomes.batches()]
        yield from outcomes
        if now >= self._flush_due:
            yield from self._outbox.batches()
        elif not outcomes:
            yield Batch()

    def _done(self, now: float) -> None:
        if now >= self._flush_due:
            self._delivered = now
            self._flush_due = now + self._interval()
            if self._hour_now() != self._hour:
                self._hour = self._hour_now()
                self._outbox.renew()
        self._due = self._flush_due

    def _repeat(self) -> bool:
        """Whether nothing is unconfirmed any longer."""
        waiting = self._unconfirmed
        return waiting is None or self._post(waiting)

    def _send(self, batch: Batch) -> bool:
        self._sequence += 1
        return self._post(_Unconfirmed(self._written(batch), batch))

    def _post(self, report: _Unconfirmed) -> bool:
        self._unconfirmed = report if any(report.batch) else None
        now = self._clock()
        outcomes = [timed.aged(now) for timed in report.batch.outcomes]
        answer = self._delivery.post(report_json(replace(report.report, outcomes=outcomes)))
        if answer.accepted:
            self._took(report)
            return True
        if answer.hopeless:
            self._outbox.drop(report.batch)
            self.outcomes.drop(report.batch.outcomes)
            self._unconfirmed = None
        self._failed(answer)
        return False

    def _took(self, report: _Unconfirmed) -> None:
        self._unconfirmed = None
        self._outbox.accept(report.batch)
        self.outcomes.accept(report.batch.outcomes)
        self._told += report.report.dropped
        self._told_outcomes += report.report.outcomes_dropped
        self._failures = 0
        before = self._standing
        self._standing = replace(
            before,
            reports=before.reports + 1,
            reported=before.reported + report.batch.counted,
            dropped=self._outbox.dropped,
            fault="",
            outcomes=before.outcomes + sum(timed.row.events for timed in report.batch.outcomes),
            outcomes_dropped=self.outcomes.dropped,
        )

    def _failed(self, answer: Answer) -> None:
        """Count it, and back off with full jitter, at least as long as the service asks."""
        self._failures += 1
        faults = self._standing.faults + 1
        self._standing = replace(self._standing, faults=faults, fault=answer.fault, dropped=self._outbox.dropped)
        bound = min(MOST_BACKOFF_SECONDS, FIRST_BACKOFF_SECONDS * 2 ** min(self._failures, 16))
        asked = min(answer.retry_after, MOST_ASKED_SECONDS) * (1 + self._chance() / 2)
        self._due = self._clock() + max(LEAST_BACKOFF_SECONDS, self._chance() * bound, asked)
        if self._failures == 1:
            with suppress(Exception):  # a handler of the program may raise, and there is nobody to tell
                _log.info("flagsdk: usage is not delivered to %s: %s", self._delivery.name, answer.fault)

    def _give_up(self, now: float) -> None:
        """Drop what has waited for too long."""
        if now - self._delivered > KEEP_SECONDS + self._report_seconds:
            self._unconfirmed = None
            self._outbox.drop_all()
            self._delivered = now

    def _written(self, batch: Batch) -> Report:
        held = self._held
        if held is None:
            raise AssertionError("nothing is reported before the first snapshot")
        return Report(
            client=self._standing.client,
            sequence=self._sequence,
            environment=held.environment,
            sdk=self._sdk,
            application=self._application,
            epoch=held.epoch,
            revision=held.revision,
            applied_after_ms=held.applied_after_ms,
            dropped=self._outbox.dropped - self._told,
            uses=batch.uses,
            units=batch.units,
            outcomes_dropped=self.outcomes.dropped - self._told_outcomes,
            unknown=batch.unknown,
            unknown_others=batch.unknown_others,
        )

    def _interval(self) -> float:
        return self._report_seconds * (0.8 + 0.4 * self._chance())

    def _milliseconds(self) -> int:
        return int(self._wall() * 1000)

    def _hour_now(self) -> int:
        return int(self._wall() // HOUR_SECONDS)
