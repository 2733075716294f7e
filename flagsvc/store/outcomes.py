"""Outcomes: counts by window that add up, units that failed, and which posts of a load balancer were taken."""

import json
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from sqlalchemy import Row, Table, and_, bindparam, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite

from flagsdk.wire.usage import sample_of, sample_text
from flagsvc.domain.outcomes import FAILURE_SECONDS, FOLDED_SECONDS, Cell, Counts, Failure, Sender, SenderKey, folded
from flagsvc.domain.usage import Subject, Window
from flagsvc.store.sight import Sight
from flagsvc.store.tables import outcome_counts, outcome_failures, outcome_senders

CHUNK = 500  # rows per statement
T = TypeVar("T")
_INSERTS: Mapping[str, Any] = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}


class OutcomeSight(Sight):
    """What became of what was served, seen through one connection."""

    def outcome_counts(
        self, subject: Subject, metric: str, variants: Collection[str], start: int, end: int
    ) -> Mapping[str, Counts]:
        """Add up the windows that begin in [start, end), by variant; one without any is missing."""
        here = outcome_counts.c
        query = select(outcome_counts).where(
            _of(outcome_counts, subject),
            here.metric == metric,
            here.start >= start,
            here.start < end,
            here.variant.in_(sorted(variants)),
        )
        found: dict[str, Counts] = {}
        for row in self._connection.execute(query):
            found[row.variant] = found.get(row.variant, Counts()).plus(_counts(row))
        return found

    def first_failures(
        self, subject: Subject, metric: str, variants: Collection[str], since: int, window: tuple[int, int]
    ) -> Mapping[str, int]:
        """Count the units whose first failure since `since` under any of the variants lies in [start, end)."""
        here = outcome_failures.c
        start, end = window
        kept = and_(
            _of(outcome_failures, subject),
            here.metric == metric,
            here.bucket > since - FAILURE_SECONDS,
            here.at >= since,
            here.at < end,
            here.variant.in_(sorted(variants)),
        )
        first = select(here.unit, func.min(here.at).label("at")).where(kept).group_by(here.unit).subquery()
        query = (
            select(here.variant, func.count().label("units"))
            .join(first, and_(first.c.unit == here.unit, first.c.at == here.at))
            .where(kept, here.at >= start)
            .group_by(here.variant)
        )
        return {row.variant: row.units for row in self._connection.execute(query)}

    def sender_count(self, environment: str, split: str) -> int:
        """Count those who post outcomes of a split."""
        here = outcome_senders.c
        query = select(func.count()).where(here.environment == environment, here.split == split)
        return int(self._connection.execute(query).scalar_one())

    def knows_sender(self, key: SenderKey) -> bool:
        """Whether somebody has posted under that id."""
        return self._connection.execute(select(outcome_senders.c.id).where(_sender(key))).first() is not None


class OutcomeWriting(OutcomeSight):
    """The same, with what a transaction may write. Rows are touched in one order: no rings of waiters."""

    def add_outcomes(self, counts: Mapping[Cell, Counts], most: int) -> Mapping[Cell, Counts]:
        """Add counts up; gives those for which their window had no room, of at most `most` rows for each subject."""
        present = self._outcome_cells(counts, lock=False)
        fitting, left = _room(counts, present, most)
        self._merge_outcomes(fitting)
        return left

    def add_failures(self, failures: Sequence[Failure], most: int) -> int:
        """Keep failures, each unit once in a bucket; tells how many its bucket (of `most`) had no room for."""
        left = 0
        for where, found in sorted(_by_bucket(failures).items()):
            fitting = found[: max(0, most - self._bucket_size(*where))]
            left += len(found) - len(fitting)
            rows = [_failure_row(failure) for failure in fitting]
            self._new_rows(outcome_failures, sorted(rows, key=lambda row: int(row["unit"])))
        return left

    def lock_sender(self, key: SenderKey) -> Sender:
        """Lock the row of somebody who posts, a new one included."""
        self._new_rows(outcome_senders, [{**key._asdict(), "newest": 0, "taken": 0, "seen_at": 0}])
        row = self._connection.execute(select(outcome_senders).where(_sender(key)).with_for_update()).one()
        return Sender(key, Window(row.newest, row.taken), row.seen_at)

    def put_sender(self, sender: Sender) -> None:
        """Store what was taken."""
        row = {**sender.key._asdict(), **sender.window._asdict(), "seen_at": sender.seen_at}
        self._replaced_rows(outcome_senders, [row], ("newest", "taken", "seen_at"))

    def fold_outcomes(self, before: int, limit: int) -> int:
        """Fold at most `limit` windows that began before that time into their minutes; tells how many."""
        old = and_(outcome_counts.c.start < before, outcome_counts.c.start % FOLDED_SECONDS != 0)
        rows = self._connection.execute(select(outcome_counts).where(old).limit(limit).with_for_update()).all()
        minutes: dict[Cell, Counts] = {}
        for row in rows:
            cell = folded(_cell(row))
            minutes[cell] = minutes.get(cell, Counts()).plus(_counts(row))
        self._merge_outcomes(minutes)
        self._drop_rows(outcome_counts, rows)
        return len(rows)

    def forget_outcomes(self, counts_before: int, failures_before: int, limit: int) -> int:
        """Remove at most `limit` rows of each kind that are older; senders with the failures. Tells how many."""
        gone = 0
        for table, old in (
            (outcome_counts, outcome_counts.c.start < counts_before),
            (outcome_failures, outcome_failures.c.bucket < failures_before),
            (outcome_senders, outcome_senders.c.seen_at < failures_before),
        ):
            key = select(*table.primary_key.columns).where(old).limit(limit).with_for_update()
            rows = self._connection.execute(key).all()
            self._drop_rows(table, rows)
            gone += len(rows)
        return gone

    def _merge_outcomes(self, counts: Mapping[Cell, Counts]) -> None:
        """Add to what is there; a row that is new is made first, so that there is one to lock."""
        self._new_rows(outcome_counts, [_row(cell, Counts()) for cell in sorted(counts, key=_place)])
        present = self._outcome_cells(counts, lock=True)
        rows = [_row(cell, present.get(cell, Counts()).plus(counts[cell])) for cell in sorted(counts, key=_place)]
        self._replaced_rows(outcome_counts, rows, ("events", "bad", "slow", "total", "squares", "sample"))

    def _outcome_cells(self, wanted: Iterable[Cell], *, lock: bool) -> Mapping[Cell, Counts]:
        """Read all rows of the subjects and windows of these cells. A list of whole keys is slow on SQLite."""
        here, found = outcome_counts.c, dict[Cell, Counts]()
        keys: dict[tuple[str, str, int], set[str]] = {}
        for cell in wanted:
            keys.setdefault((cell.subject.environment, cell.subject.kind, cell.start), set()).add(cell.subject.key)
        for (environment, kind, start), named in sorted(keys.items()):
            for chunk in _chunks(sorted(named)):
                query = select(outcome_counts).where(
                    here.environment == environment, here.kind == kind, here.start == start, here.key.in_(chunk)
                )
                query = query.order_by(here.key, here.metric, here.variant)
                rows = self._connection.execute(query.with_for_update() if lock else query)
                found |= {_cell(row): _counts(row) for row in rows}
        return found

    def _bucket_size(self, subject: Subject, metric: str, bucket: int) -> int:
        here = outcome_failures.c
        where = (_of(outcome_failures, subject), here.metric == metric, here.bucket == bucket)
        return int(self._connection.execute(select(func.count()).where(*where)).scalar_one())

    def _new_rows(self, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
        """Insert rows, but for those that are there."""
        statement = _INSERTS[self._connection.dialect.name](table)
        self._in_chunks(statement.on_conflict_do_nothing(index_elements=_key_of(table)), rows)

    def _replaced_rows(self, table: Table, rows: Sequence[Mapping[str, Any]], columns: Collection[str]) -> None:
        """Insert rows; where one is there, replace these columns."""
        statement = _INSERTS[self._connection.dialect.name](table)
        values = {name: statement.excluded[name] for name in columns}
        self._in_chunks(statement.on_conflict_do_update(index_elements=_key_of(table), set_=values), rows)

    def _drop_rows(self, table: Table, rows: Sequence[Row[Any]]) -> None:
        key = table.primary_key.columns
        one = delete(table).where(*(column == bindparam(f"of_{column.name}") for column in key))
        self._in_chunks(one, [{f"of_{column.name}": getattr(row, column.name) for column in key} for row in rows])

    def _in_chunks(self, statement: Any, rows: Sequence[Mapping[str, Any]]) -> None:
        for chunk in _chunks(rows):
            self._connection.execute(statement, [dict(row) for row in chunk])


def _room(
    counts: Mapping[Cell, Counts], present: Collection[Cell], most: int
) -> tuple[Mapping[Cell, Counts], Mapping[Cell, Counts]]:
    """Split counts into those that fit and those that do not; what is there already always fits."""
    sizes = Counter((cell.subject, cell.start) for cell in present)
    fitting, left = dict[Cell, Counts](), dict[Cell, Counts]()
    for cell in sorted(counts):
        window = (cell.subject, cell.start)
        fits = cell in present or sizes[window] < most
        sizes[window] += fits and cell not in present
        (fitting if fits else left)[cell] = counts[cell]
    return fitting, left


def _by_bucket(failures: Iterable[Failure]) -> Mapping[tuple[Subject, str, int], Sequence[Failure]]:
    found: dict[tuple[Subject, str, int], list[Failure]] = {}
    for failure in failures:
        found.setdefault((failure.subject, failure.metric, failure.bucket), []).append(failure)
    return found


def _of(table: Table, subject: Subject) -> Any:
    here = table.c
    return and_(here.environment == subject.environment, here.kind == subject.kind, here.key == subject.key)


def _sender(key: SenderKey) -> Any:
    here = outcome_senders.c
    return and_(here.environment == key.environment, here.split == key.split, here.id == key.id)


def _place(cell: Cell) -> tuple[str, str, int, str, str, str]:
    """Give the order in which rows are locked."""
    environment, kind, key = cell.subject
    return environment, kind, cell.start, key, cell.metric, cell.variant


def _cell(row: Row[Any]) -> Cell:
    return Cell(Subject(row.environment, row.kind, row.key), row.start, row.metric, row.variant)


def _counts(row: Row[Any]) -> Counts:
    slow = {int(place): count for place, count in json.loads(row.slow).items()}
    return Counts(row.events, row.bad, slow, row.total, row.squares, sample_of(row.sample))


def _row(cell: Cell, counts: Counts) -> dict[str, Any]:
    return {
        **cell.subject._asdict(),
        "start": cell.start,
        "metric": cell.metric,
        "variant": cell.variant,
        **counts._asdict(),
        "slow": json.dumps(dict(counts.slow)),
        "sample": sample_text(counts.units),
    }


def _failure_row(failure: Failure) -> dict[str, Any]:
    return {
        **failure.subject._asdict(),
        "metric": failure.metric,
        "bucket": failure.bucket,
        "unit": _signed(failure.unit),
        "variant": failure.variant,
        "at": failure.at,
    }


def _signed(unit: int) -> int:
    """Give 64 bits as the database has them."""
    return unit - (1 << 64) if unit >> 63 else unit


def _key_of(table: Table) -> list[str]:
    return [column.name for column in table.primary_key.columns]


def _chunks(rows: Sequence[T]) -> Iterator[Sequence[T]]:
    return (rows[start : start + CHUNK] for start in range(0, len(rows), CHUNK))
