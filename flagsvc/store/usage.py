"""Usage and clients: counts that add up, samples that merge, windows that let each report in once."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import Column, ColumnElement, Row, Table, and_, bindparam, case, delete, func, select, tuple_
from sqlalchemy.dialects import postgresql, sqlite

from flagsdk.core.sketch import NOTHING, Sample, merged
from flagsdk.wire.members import MAX_NUMBER
from flagsdk.wire.usage import sample_of, sample_text
from flagsvc.domain.usage import Client, Hourly, Known, Slot, Span, Subject, Window, day_of
from flagsvc.store.sight import Sight
from flagsvc.store.tables import clients, documents, usage_counts, usage_last, usage_units

CHUNK = 500  # rows per statement
_SUM = (
    func.sum(usage_counts.c.uses // 2**32).label("high"),
    func.sum(usage_counts.c.uses % 2**32).label("low"),
)
"""A sum in two parts: one of many counts that somebody made up may leave 64 bits."""
T = TypeVar("T")
_INSERTS: Mapping[str, Any] = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}
_CLIENT = ("environment", "id", "sdk", "application", "epoch", "revision", "applied_after_ms", "seen_at")


class UsageSight(Sight):
    """What clients reported, seen through one connection."""

    def usage_counts(self, subject: Subject, since: str, until: str) -> Mapping[Slot, int]:
        """Read the counts of one subject in the hours (or days) that begin in [since, until)."""
        query = select(usage_counts).where(_of(usage_counts, subject), _within(usage_counts, since, until))
        return {
            Slot(subject, row.start, row.variant, row.revision): row.uses for row in self._connection.execute(query)
        }

    def usage_samples(self, subject: Subject, since: str, until: str) -> Mapping[Span, Sample]:
        """Read its samples, likewise."""
        query = select(usage_units).where(_of(usage_units, subject), _within(usage_units, since, until))
        return {Span(subject, row.start): sample_of(row.sample) for row in self._connection.execute(query)}

    def usage_totals(
        self, environment: str, kind: str, keys: Sequence[str], since: str, until: str
    ) -> Mapping[str, Mapping[str, int]]:
        """Add uses up by key and variant."""
        table, totals = usage_counts.c, dict[str, dict[str, int]]()
        for chunk in _chunks(keys):
            query = select(table.key, table.variant, *_SUM).where(
                table.environment == environment,
                table.kind == kind,
                table.key.in_(chunk),
                _within(usage_counts, since, until),
            )
            for row in self._connection.execute(query.group_by(table.key, table.variant)):
                totals.setdefault(row.key, {})[row.variant] = (int(row.high) << 32) + int(row.low)
        return totals

    def usage_last(self, environment: str, kind: str, keys: Sequence[str]) -> Mapping[str, str]:
        """Tell when each of these was last evaluated, by key; what never was is missing."""
        table, found = usage_last.c, dict[str, str]()
        for chunk in _chunks(keys):
            where = (table.environment == environment, table.kind == kind, table.key.in_(chunk))
            found |= {row.key: row.evaluated_at for row in self._connection.execute(select(usage_last).where(*where))}
        return found

    def usage_hours(self, kind: str, since: str) -> Sequence[Hourly]:
        """Add uses up by environment, key and hour, of all hours that begin at `since` or later."""
        table = usage_counts.c
        by = (table.environment, table.key, table.start)
        query = select(*by, *_SUM).where(table.start >= since, table.kind == kind).group_by(*by)
        return [
            Hourly(environment, key, start, (int(high) << 32) + int(low))
            for environment, key, start, high, low in self._connection.execute(query).all()
        ]

    def clients(self, environment: str, since: str) -> Sequence[Client]:
        """Read the clients that were seen at `since` or later, by id."""
        query = select(*(clients.c[name] for name in _CLIENT)).where(
            clients.c.environment == environment, clients.c.seen_at >= since
        )
        return [Client(**row._asdict()) for row in self._connection.execute(query.order_by(clients.c.id))]

    def client_counts(self, environments: Collection[str]) -> Mapping[str, int]:
        """Count the clients that are kept, by environment."""
        here = clients.c.environment
        query = select(here, func.count().label("size")).where(here.in_(sorted(environments))).group_by(here)
        return {row.environment: row.size for row in self._connection.execute(query)}

    def known_clients(self, senders: Collection[tuple[str, str]]) -> frozenset[tuple[str, str]]:
        """Give those (environment, id) that are kept."""
        columns = (clients.c.environment, clients.c.id)
        return frozenset((row.environment, row.id) for row in self._those(columns, senders))

    def usage_sizes(self, spans: Collection[Span]) -> Mapping[Span, int]:
        """Tell how many counts each of these hours has."""
        table, found = usage_counts.c, dict[Span, int]()
        for hour in _by_hour(spans):
            query = select(table.key, func.count().label("size")).where(hour.of(usage_counts)).group_by(table.key)
            found |= {hour.span(row.key): row.size for row in self._connection.execute(query)}
        return found

    def known_subjects(self, subjects: Collection[Subject]) -> frozenset[Subject]:
        """Give those that exist, archived or not."""
        columns = (documents.c.environment, documents.c.kind, documents.c.key)
        return frozenset(_subject(row) for row in self._those(columns, subjects))

    def _those(self, columns: Sequence[Column[Any]], named: Collection[tuple[Any, ...]]) -> Iterable[Row[Any]]:
        for chunk in _chunks(sorted(set(named))):
            yield from self._connection.execute(select(*columns).where(tuple_(*columns).in_(chunk)))


class UsageWriting(UsageSight):
    """The same, with what a transaction may write. Rows are touched in the order of their keys: no rings of waiters."""

    def lock_clients(self, asked: Collection[Client]) -> Sequence[Known]:
        """Lock the rows of clients, new ones included, and give what is known of each."""
        rows = _client_rows(Known(client, Window()) for client in asked)
        self._upsert(clients, rows, {"seen_at": clients.c.seen_at})  # as it is: this locks it, and none is forgotten
        found: list[Known] = []
        key = (clients.c.environment, clients.c.id)
        for chunk in _chunks(rows):
            query = select(clients).where(tuple_(*key).in_([(row["environment"], row["id"]) for row in chunk]))
            found += [_known(row) for row in self._connection.execute(query.order_by(*key).with_for_update())]
        return found

    def put_clients(self, known: Collection[Known]) -> None:
        """Store clients as they are now, with what was taken of them."""
        self._upsert(clients, _client_rows(known), dict.fromkeys((*_CLIENT[2:], "newest", "taken")))

    def add_uses(self, counts: Mapping[Slot, int], at: str) -> None:
        """Add counts up, and remember that their subjects were evaluated at `at`."""
        later = case((usage_last.c.evaluated_at < at, at), else_=usage_last.c.evaluated_at)
        subjects = sorted({slot.subject for slot in counts})
        self._upsert(
            usage_last, [{**subject._asdict(), "evaluated_at": at} for subject in subjects], {"evaluated_at": later}
        )
        self._add(counts)

    def add_samples(self, samples: Mapping[Span, Sample]) -> None:
        """Merge samples of units into what is kept; a row that is new is made first, so that there is one to lock."""
        for chunk in _chunks(sorted(samples)):
            self._upsert(usage_units, [_span_row(span) | {"sample": sample_text(NOTHING)} for span in chunk], {})
            present = self._present(chunk)
            rows = [_span_row(span) | {"sample": sample_text(merged([samples[span], present[span]]))} for span in chunk]
            self._upsert(usage_units, rows, {"sample": None})

    def roll_up(self, before: str, limit: int) -> int:
        """Fold at most `limit` hours of each kind that began before that time into their days; tells how many."""
        hours, days = self._hours(usage_counts, before, limit), Counter[Slot]()
        for row in hours:
            days[Slot(_subject(row), day_of(row.start), row.variant, row.revision)] += row.uses
        self._add(days)
        sampled, folded = self._hours(usage_units, before, limit), dict[Span, list[Sample]]()
        for row in sampled:
            folded.setdefault(Span(_subject(row), day_of(row.start)), []).append(sample_of(row.sample))
        self.add_samples({span: merged(samples) for span, samples in folded.items()})
        self._remove(usage_counts, hours)
        self._remove(usage_units, sampled)
        return len(hours) + len(sampled)

    def forget_usage(self, before: str, clients_before: str, limit: int) -> int:
        """Remove at most `limit` rows of each kind that began, and clients last seen, before these times; how many."""
        forgotten = 0
        for table in (usage_counts, usage_units):
            forgotten += self._forget(table, table.c.start < before, limit)
        return forgotten + self._forget(clients, clients.c.seen_at < clients_before, limit)

    def _forget(self, table: Table, old: ColumnElement[bool], limit: int) -> int:
        rows = self._connection.execute(select(*table.primary_key.columns).where(old).limit(limit).with_for_update())
        found = rows.all()
        self._remove(table, found)
        return len(found)

    def _add(self, counts: Mapping[Slot, int]) -> None:
        rows = [
            {**slot.subject._asdict(), **_tail(slot), "uses": min(count, MAX_NUMBER)}
            for slot, count in sorted(counts.items())
        ]
        more = usage_counts.c.uses + _INSERTS[self._connection.dialect.name](usage_counts).excluded.uses
        self._upsert(usage_counts, rows, {"uses": case((more > MAX_NUMBER, MAX_NUMBER), else_=more)})

    def _present(self, spans: Sequence[Span]) -> Mapping[Span, Sample]:
        found: dict[Span, Sample] = {}
        for hour in _by_hour(spans):
            query = select(usage_units).where(hour.of(usage_units)).order_by(usage_units.c.key).with_for_update()
            found |= {hour.span(row.key): sample_of(row.sample) for row in self._connection.execute(query)}
        return found

    def _hours(self, table: Table, before: str, limit: int) -> Sequence[Row[Any]]:
        hourly = and_(table.c.start < before, ~table.c.start.like("%T00:00:00.000000Z"))
        return self._connection.execute(select(table).where(hourly).limit(limit).with_for_update()).all()

    def _remove(self, table: Table, rows: Sequence[Row[Any]]) -> None:
        key = table.primary_key.columns
        one = delete(table).where(*(column == bindparam(f"of_{column.name}") for column in key))
        for chunk in _chunks(rows):
            named = [{f"of_{column.name}": getattr(row, column.name) for column in key} for row in chunk]
            self._connection.execute(one, named)

    def _upsert(self, table: Table, rows: Sequence[Mapping[str, Any]], changed: Mapping[str, Any]) -> None:
        """Insert rows; where one is there, set the `changed` columns: to an expression, or None for the new value."""
        statement = _INSERTS[self._connection.dialect.name](table)
        key = [column.name for column in table.primary_key.columns]
        values = {name: statement.excluded[name] if to is None else to for name, to in changed.items()}
        if values:
            statement = statement.on_conflict_do_update(index_elements=key, set_=values)
        else:
            statement = statement.on_conflict_do_nothing(index_elements=key)
        for chunk in _chunks(rows):
            self._connection.execute(statement, [dict(row) for row in chunk])


class _Hour(NamedTuple):
    """Some subjects in one hour. A list of whole keys, instead of the last part, would have SQLite read all rows."""

    environment: str
    kind: str
    start: str
    keys: Sequence[str]

    def of(self, table: Table) -> ColumnElement[bool]:
        here = table.c
        hour = and_(here.environment == self.environment, here.kind == self.kind, here.start == self.start)
        return and_(hour, here.key.in_(self.keys))

    def span(self, key: str) -> Span:
        return Span(Subject(self.environment, self.kind, key), self.start)


def _by_hour(spans: Iterable[Span]) -> Iterable[_Hour]:
    keys: dict[tuple[str, str, str], list[str]] = {}
    for (environment, kind, key), start in sorted(spans):
        keys.setdefault((environment, kind, start), []).append(key)
    return (_Hour(*where, chunk) for where, named in sorted(keys.items()) for chunk in _chunks(named))


def _of(table: Table, subject: Subject) -> ColumnElement[bool]:
    here = table.c
    return and_(here.environment == subject.environment, here.kind == subject.kind, here.key == subject.key)


def _within(table: Table, since: str, until: str) -> ColumnElement[bool]:
    return and_(table.c.start >= since, table.c.start < until)


def _chunks(rows: Sequence[T]) -> Iterable[Sequence[T]]:
    return (rows[start : start + CHUNK] for start in range(0, len(rows), CHUNK))


def _subject(row: Row[Any]) -> Subject:
    return Subject(row.environment, row.kind, row.key)


def _known(row: Row[Any]) -> Known:
    return Known(Client(**{name: getattr(row, name) for name in _CLIENT}), Window(row.newest, row.taken))


def _client_rows(known: Iterable[Known]) -> list[dict[str, Any]]:
    rows = ({**asdict(client), "newest": window.newest, "taken": window.taken} for client, window in known)
    return sorted(rows, key=lambda row: (row["environment"], row["id"]))


def _span_row(span: Span) -> dict[str, Any]:
    return {**span.subject._asdict(), "start": span.start}


def _tail(slot: Slot) -> dict[str, Any]:
    return {"start": slot.start, "variant": slot.variant, "revision": slot.revision}
