"""What clients report, as rows that are kept: counts and samples by hour, who holds which revision. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from flagsdk.core.sketch import Sample, merged
from flagsdk.wire.usage import Report
from flagsvc.domain.instants import text_of

WINDOW = 62
"""So many reports before a client's newest may still arrive, by another replica; older ones are taken for repeats."""

SHOWN_BEHIND = 20


class Subject(NamedTuple):
    """A flag or a traffic split of an environment; `kind` is "flag" or "split"."""

    environment: str
    kind: str
    key: str


class Slot(NamedTuple):
    """What one count is of. `variant` is "" where the flag could not be read; `start` a text of `instants`."""

    subject: Subject
    start: str
    variant: str
    revision: int


class Span(NamedTuple):
    """A subject in one hour, or (when it is old) one day."""

    subject: Subject
    start: str


class Hourly(NamedTuple):
    """How often a flag or traffic split was used in one hour, under all its variants."""

    environment: str
    key: str
    start: str
    uses: int


class Window(NamedTuple):
    """Which reports of a client were taken: the newest, and a bit for each of those before it."""

    newest: int = 0
    taken: int = 0

    def admit(self, sequence: int) -> "Window | None":
        """Give the window with that report taken; None when it was taken before, or is too old to tell."""
        if sequence > self.newest:
            before = self.taken << 1 | bool(self.newest)
            ahead = sequence - self.newest - 1
            return Window(sequence, before << ahead & (1 << WINDOW) - 1 if ahead < WINDOW else 0)
        bit = self.newest - sequence - 1
        if not 0 <= bit < WINDOW or self.taken >> bit & 1:
            return None
        return Window(self.newest, self.taken | 1 << bit)


@dataclass(frozen=True, slots=True)
class Client:
    """One process with an SDK, as it last reported: what it holds, and how long that took to arrive."""

    environment: str
    id: str
    sdk: str
    application: str
    epoch: str
    revision: int
    applied_after_ms: int | None
    seen_at: str


class Known(NamedTuple):
    """A client, and which of its reports were taken."""

    client: Client
    window: Window

    def after(self, received: "Received") -> "Known | None":
        """Give what is known after a report; None when it was taken before. An older one changes no state."""
        window = self.window.admit(received.report.sequence)
        if window is None:
            return None
        return Known(received.client if window.newest > self.window.newest else self.client, window)


class Received(NamedTuple):
    """A report, and when it came."""

    report: Report
    at: datetime

    @property
    def client(self) -> Client:
        """Who sent it."""
        report = self.report
        return Client(
            environment=report.environment,
            id=report.client,
            sdk=report.sdk,
            application=report.application,
            epoch=report.epoch,
            revision=report.revision,
            applied_after_ms=report.applied_after_ms,
            seen_at=text_of(self.at),
        )


def hour_of(moment: datetime) -> str:
    """Write the beginning of the hour."""
    return text_of(moment.replace(minute=0, second=0, microsecond=0))


def day_of(start: str) -> str:
    """Write the beginning of the day of a stored time."""
    return start[:11] + "00:00:00.000000Z"


def counts_of(reports: Iterable[Received]) -> Mapping[Slot, int]:
    """Add the uses of reports up, by the hour in which they came."""
    counts: Counter[Slot] = Counter()
    for report, at in reports:
        start = hour_of(at)
        for row in report.uses:
            subject = Subject(report.environment, row.kind, row.key)
            counts[Slot(subject, start, row.variant or "", row.revision)] += row.uses
    return counts


def samples_of(reports: Iterable[Received]) -> Mapping[Span, Sample]:
    """Merge the samples of reports, likewise."""
    found: dict[Span, list[Sample]] = {}
    for report, at in reports:
        start = hour_of(at)
        for row in report.units:
            found.setdefault(Span(Subject(report.environment, row.kind, row.key), start), []).append(row.sample)
    return {span: merged(samples) for span, samples in found.items()}


@dataclass(frozen=True, slots=True)
class Delivered:
    """How far a revision has come among the clients of an environment."""

    revision: int
    clients: int
    current: int
    slowest_ms: int | None
    behind: tuple[Client, ...]

    @property
    def sentence(self) -> str:
        """Say it: "97 of 97 clients on revision 1234, slowest 120 ms"."""
        if not self.clients:
            return "no client has reported"
        noun = "client" if self.clients == 1 else "clients"
        slowest = "" if self.slowest_ms is None else f", slowest {self.slowest_ms} ms"
        return f"{self.current} of {self.clients} {noun} on revision {self.revision}{slowest}"


def delivered(clients: Iterable[Client], epoch: str, revision: int) -> Delivered:
    """Judge who holds that revision of the epoch, or a later one."""
    known = list(clients)
    behind = [client for client in known if client.epoch != epoch or client.revision < revision]
    late = {client.id for client in behind}
    times = [each.applied_after_ms for each in known if each.id not in late and each.applied_after_ms is not None]
    shown = tuple(sorted(behind, key=lambda client: (client.revision, client.id))[:SHOWN_BEHIND])
    return Delivered(revision, len(known), len(known) - len(behind), max(times, default=None), shown)
