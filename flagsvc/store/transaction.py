"""One consistent sight of the store, and the transaction that may write."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import bindparam, delete, insert, select, update

from flagsvc.domain.records import CATALOG, Change, Edit, is_archived
from flagsvc.store.access import Access
from flagsvc.store.as_of import AsOf
from flagsvc.store.columns import columns_of
from flagsvc.store.faults import LostRace
from flagsvc.store.live import LiveSight
from flagsvc.store.notices import NoticeSight, NoticeWriting
from flagsvc.store.outcomes import OutcomeSight, OutcomeWriting
from flagsvc.store.postgres import waiting_for_locks
from flagsvc.store.rollouts import RolloutSight, RolloutWriting
from flagsvc.store.routing import RoutingWriting
from flagsvc.store.sessions import SessionSight, SessionWriting
from flagsvc.store.tables import changes as changes_table
from flagsvc.store.tables import document_revisions, documents, environments, uses
from flagsvc.store.trail import Trail, row_of
from flagsvc.store.unknown import UnknownSight, UnknownWriting
from flagsvc.store.usage import UsageSight, UsageWriting

BATCH = 500  # rows per statement, so that none of them is silent for long
T = TypeVar("T")


class SqlView(
    AsOf, Trail, Access, SessionSight, UsageSight, UnknownSight, NoticeSight, RolloutSight, OutcomeSight, LiveSight
):
    """Everything that can be read, in one snapshot of the database."""


class SqlTransaction(
    SqlView,
    SessionWriting,
    UsageWriting,
    UnknownWriting,
    RoutingWriting,
    NoticeWriting,
    RolloutWriting,
    OutcomeWriting,
):
    """A view that writes. Revision and chain are taken under the lock of the environment's row."""

    def lock(self, environments: Sequence[str]) -> None:
        """Lock rows of environments, the catalogue first, the others by key, so that no two writers wait in a ring."""
        others = sorted({key for key in environments if key != CATALOG})
        for keys in ([CATALOG] if CATALOG in environments else [], others):
            if keys:
                self._lock(keys)

    def open_environment(self, environment: str, epoch: str) -> None:
        """Begin a history."""
        row = {"epoch": epoch, "revision": 0, "head_hash": "", "changed_at": START, "archived": False}
        self._connection.execute(insert(environments).values(key=environment, **row))

    def close_environment(self, environment: str) -> None:
        """Archive an environment."""
        closed = update(environments).where(environments.c.key == environment).values(archived=True)
        self._connection.execute(closed)

    def set_epoch(self, epoch: str) -> None:
        """Start a new epoch everywhere."""
        self._connection.execute(update(environments).values(epoch=epoch))

    def append(self, change: Change, edits: Sequence[Edit], uses: Mapping[str, Sequence[str]]) -> None:
        """Store one change with all that it wrote; LostRace when the environment is not where the change expects it."""
        self._advance(change)
        self._connection.execute(insert(changes_table).values(**row_of(change)))
        self._each(insert(document_revisions), (_revision_row(change, edit) for edit in edits))
        self._each(insert(documents), (_new_row(change, edit) for edit in edits if edit.before is None))
        self._each(EDITED, (_edited_row(change, edit) for edit in edits if edit.before is not None))
        self._point(change.environment, uses)

    def _lock(self, keys: Sequence[str]) -> None:
        query = select(environments.c.key).where(environments.c.key.in_(keys))
        with waiting_for_locks(self._connection):
            self._connection.execute(query.order_by(environments.c.key).with_for_update()).all()

    def _advance(self, change: Change) -> None:
        here = (environments.c.key == change.environment, environments.c.revision == change.revision - 1)
        unbroken = environments.c.head_hash == change.previous_hash
        row = {"revision": change.revision, "head_hash": change.hash, "changed_at": change.at}
        if self._connection.execute(update(environments).where(*here, unbroken).values(**row)).rowcount != 1:
            raise LostRace(f"{change.environment} is not at revision {change.revision - 1}")

    def _point(self, environment: str, targets: Mapping[str, Sequence[str]]) -> None:
        old = delete(uses).where(uses.c.environment == environment, uses.c.name == bindparam("owner"))
        self._each(old, ({"owner": name} for name in targets))
        rows = ((name, used) for name, names in targets.items() for used in names)
        self._each(insert(uses), ({"environment": environment, "name": name, "used": used} for name, used in rows))

    def _each(self, statement: Any, rows: Iterable[dict[str, Any]]) -> None:
        for batch in _batches(rows):
            self._connection.execute(statement, batch)


START = "1970-01-01T00:00:00.000000Z"

WRITTEN = (
    *("version", "copied_version", "changed_at", "changed_by", "text", "archived"),
    *("name", "search", "tags", "type", "owner", "enabled"),
)

EDITED = (
    update(documents)
    .where(
        documents.c.environment == bindparam("of_environment"),
        documents.c.kind == bindparam("of_kind"),
        documents.c.key == bindparam("of_key"),
    )
    .values({name: bindparam(name) for name in WRITTEN})
)


def _revision_row(change: Change, edit: Edit) -> dict[str, Any]:
    archived = is_archived(edit.after)
    return {**edit.ref._asdict(), "revision": change.revision, "text": edit.after, "archived": archived}


def _new_row(change: Change, edit: Edit) -> dict[str, Any]:
    return {**edit.ref._asdict(), "created_at": change.at, **_written(change, edit)}


def _edited_row(change: Change, edit: Edit) -> dict[str, Any]:
    return {**{f"of_{name}": value for name, value in edit.ref._asdict().items()}, **_written(change, edit)}


def _written(change: Change, edit: Edit) -> dict[str, Any]:
    author = {"version": change.revision, "changed_at": change.at, "changed_by": change.actor.name}
    return {**author, **columns_of(edit.ref, edit.after), "copied_version": change.revision}


def _batches(rows: Iterable[T]) -> Iterator[list[T]]:
    iterator = iter(rows)
    while batch := list(islice(iterator, BATCH)):
        yield batch
