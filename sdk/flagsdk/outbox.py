"""What has been counted and not yet been accepted: taken in batches, marked once a batch was."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import NamedTuple, TypeVar

from flagsdk.core.sketch import NOTHING, Sample
from flagsdk.outcomes import Timed
from flagsdk.usage import Subject, Usage, Use
from flagsdk.wire.members import MAX_COUNT, is_text
from flagsdk.wire.usage import MAX_UNITS, MAX_USES, AskedRow, UnitsRow, UseRow

T = TypeVar("T")


class Batch(NamedTuple):
    """Rows of one report."""

    uses: tuple[UseRow, ...] = ()
    units: tuple[UnitsRow, ...] = ()
    outcomes: tuple[Timed, ...] = ()
    unknown: tuple[AskedRow, ...] = ()
    unknown_others: int = 0

    @property
    def counted(self) -> int:
        """How many uses it tells of."""
        return sum(row.uses for row in self.uses)


class Outbox:
    """Compares what a client counted with what was accepted. Nothing queues: what waits, waits as totals."""

    def __init__(self, usage: Usage) -> None:
        self._usage = usage
        self._accepted: Counter[Use] = Counter()
        self._sent: dict[Subject, Sample] = {}
        self.dropped = 0
        """Uses that were given up, in all."""

    def look(self) -> None:
        """Begin to sample the units of what came into use since the last look."""
        self._usage.sample_units()

    def batches(self) -> Iterator[Batch]:
        """Give what is not accepted yet, in batches that fit into a report; at least one, perhaps empty."""
        uses = [UseRow(*use, min(count, MAX_COUNT)) for use, count in self._due().items()]
        news = (UnitsRow(kind, key, sample) for (kind, key), sample in self._news().items())
        parts = zip_longest(_parts(uses, MAX_USES), _parts(list(news), MAX_UNITS), fillvalue=())
        batches = [Batch(uses, units) for uses, units in parts]
        batches += [Batch(unknown=rows, unknown_others=others) for rows, others in self._usage.unknown.due()]
        yield from batches or [Batch()]

    def accept(self, batch: Batch) -> None:
        """Note that a batch was taken."""
        for row in batch.uses:
            self._accepted[Use(row.kind, row.key, row.variant, row.revision)] += row.uses
        for units in batch.units:
            before = self._sent.get((units.kind, units.key), NOTHING)
            self._sent[units.kind, units.key] = Sample(units.sample.level, before.hashes | units.sample.hashes)
        self._usage.unknown.accept(batch.unknown, batch.unknown_others)

    def drop(self, batch: Batch) -> None:
        """Give a batch up, and count it; what was asked for in vain is told without its keys."""
        self.accept(batch._replace(unknown=(), unknown_others=0))
        self._usage.unknown.drop(batch.unknown)
        self.dropped += batch.counted

    def drop_all(self) -> None:
        """Give up all uses that wait; samples of units may be told later as well."""
        for batch in self.batches():
            self.drop(Batch(batch.uses, unknown=batch.unknown))

    def renew(self) -> None:
        """Begin a new period: units that come again are told again."""
        self._usage.renew()
        self._usage.unknown.renew()
        self._sent.clear()

    def after_fork(self) -> None:
        """Begin anew in a forked child, whose `Usage` has done so already."""
        self._accepted.clear()
        self._sent.clear()

    def _due(self) -> Mapping[Use, int]:
        totals = self._usage.totals()
        for use in [use for use in self._accepted if use not in totals]:  # merged meanwhile: see Usage
            self._accepted[use._replace(revision=0)] += self._accepted.pop(use)
        due = {use: count - self._accepted[use] for use, count in totals.items() if count > self._accepted[use]}
        for use in [use for use in due if not _fits(use)]:
            self._accepted[use] += due[use]
            self.dropped += due.pop(use)
        return due

    def _news(self) -> Mapping[Subject, Sample]:
        """Hashes not told yet; a sample whose threshold sank is told even without any, because that says something."""
        news = {}
        for subject, sample in self._usage.units().items():
            sent = self._sent.get(subject, NOTHING)
            fresh = sample.hashes - sent.hashes
            if (fresh or sample.level != sent.level) and is_text(subject[1]):
                news[subject] = Sample(sample.level, fresh)
        return news


def _fits(use: Use) -> bool:
    return is_text(use.key) and (use.variant is None or is_text(use.variant))


def _parts(rows: Sequence[T], size: int) -> Iterator[tuple[T, ...]]:
    for start in range(0, len(rows), size):
        yield tuple(rows[start : start + size])
