"""Reading the past: any document and any environment at any revision, and what happened since one."""

from collections.abc import Mapping, Sequence

from sqlalchemy import func, select

from flagsvc.domain.instants import milliseconds_of
from flagsvc.domain.records import READER_KINDS, Delta, Ref, Whole
from flagsvc.store.reading import Reading
from flagsvc.store.tables import changes, document_revisions


class AsOf(Reading):
    """The past, seen through one connection."""

    def document_at(self, ref: Ref, revision: int) -> tuple[str, bool] | None:
        """Text and archived mark as of a revision."""
        stored = document_revisions
        query = select(stored.c.text, stored.c.archived).where(
            stored.c.environment == ref.environment,
            stored.c.kind == ref.kind,
            stored.c.key == ref.key,
            stored.c.revision <= revision,
        )
        row = self._connection.execute(query.order_by(stored.c.revision.desc()).limit(1)).one_or_none()
        return None if row is None else (row.text, row.archived)

    def documents_at(self, environment: str, revision: int) -> Mapping[str, tuple[str, bool]]:
        """Everything there was as of a revision."""
        stored = document_revisions
        of_environment = stored.c.environment == environment
        newest = (
            select(stored.c.kind, stored.c.key, func.max(stored.c.revision).label("revision"))
            .where(of_environment, stored.c.revision <= revision)
            .group_by(stored.c.kind, stored.c.key)
            .subquery()
        )
        same = (
            (newest.c.kind == stored.c.kind) & (newest.c.key == stored.c.key) & (newest.c.revision == stored.c.revision)
        )
        rows = self._connection.execute(select(stored).join(newest, same).where(of_environment))
        return {f"{row.kind}/{row.key}": (row.text, row.archived) for row in rows}

    def whole(self, environment: str, revision: int | None = None) -> Whole | None:
        """Read what readers get, now or as of a revision."""
        head = self.head(environment)
        if head is None or not (revision is None or 0 <= revision <= head.revision):
            return None
        if revision is None or revision == head.revision:
            texts, at = self.texts_in_force(environment), self.changed_at(environment)
            return Whole(environment, head.epoch, head.revision, milliseconds_of(at), texts)
        then = self.documents_at(environment, revision)
        texts = {name: text for name, (text, archived) in then.items() if _is_read(name) and not archived}
        return Whole(environment, head.epoch, revision, self._milliseconds(environment, revision), texts)

    def revision_at(self, environment: str, at: str) -> int | None:
        """Find the revision in force at a time."""
        query = select(func.max(changes.c.revision)).where(changes.c.environment == environment, changes.c.at <= at)
        found: int | None = self._connection.execute(query).scalar_one()
        return found

    def deltas(self, environment: str, after: int, limit: int) -> Sequence[Delta]:
        """Read what readers apply after a revision."""
        head = self.head(environment)
        query = select(changes.c.revision, changes.c.at).where(
            changes.c.environment == environment, changes.c.revision > after
        )
        rows = self._connection.execute(query.order_by(changes.c.revision).limit(limit)).all()
        if head is None or not rows:
            return []
        edits = self._edits(environment, rows[0].revision, rows[-1].revision)
        return [
            Delta(environment, head.epoch, row.revision, milliseconds_of(row.at), edits.get(row.revision, {}))
            for row in rows
        ]

    def _edits(self, environment: str, first: int, last: int) -> dict[int, dict[str, str | None]]:
        stored = document_revisions
        query = select(stored).where(
            stored.c.environment == environment,
            stored.c.revision.between(first, last),
            stored.c.kind.in_(READER_KINDS),
        )
        edits: dict[int, dict[str, str | None]] = {}
        for row in self._connection.execute(query):
            edits.setdefault(row.revision, {})[f"{row.kind}/{row.key}"] = None if row.archived else row.text
        return edits

    def _milliseconds(self, environment: str, revision: int) -> int:
        query = select(changes.c.at).where(changes.c.environment == environment, changes.c.revision == revision)
        at = self._connection.execute(query).scalar_one_or_none()
        return 0 if at is None else milliseconds_of(at)


def _is_read(name: str) -> bool:
    return name.partition("/")[0] in READER_KINDS
