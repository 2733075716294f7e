"""Reading what is in force now: heads, documents, and who refers to whom."""

from collections.abc import Mapping, Sequence

from sqlalchemy import ColumnElement, Select, and_, select

from flagsvc.domain.page import Page
from flagsvc.domain.records import CATALOG, READER_KINDS, Document, Head, Ref
from flagsvc.store.columns import document_of
from flagsvc.store.cursors import turned
from flagsvc.store.listing import filtered, order_of
from flagsvc.store.sight import Sight
from flagsvc.store.tables import documents, environments, uses


class Reading(Sight):
    """The present, seen through one connection."""

    def heads(self) -> Mapping[str, Head]:
        """Epoch and revision of every open environment; one short statement."""
        query = select(environments).where(~environments.c.archived, environments.c.key != CATALOG)
        return {row.key: Head(row.epoch, row.revision) for row in self._connection.execute(query)}

    def head(self, environment: str) -> Head | None:
        """Epoch and revision of one environment."""
        row = self._connection.execute(select(environments).where(environments.c.key == environment)).one_or_none()
        return None if row is None else Head(row.epoch, row.revision)

    def chain_head(self, environment: str) -> str:
        """Hash of the newest change."""
        query = select(environments.c.head_hash).where(environments.c.key == environment)
        found: str = self._connection.execute(query).scalar_one()
        return found

    def changed_at(self, environment: str) -> str:
        """When the newest change was made, or the environment opened."""
        query = select(environments.c.changed_at).where(environments.c.key == environment)
        found: str = self._connection.execute(query).scalar_one()
        return found

    def environments(self) -> Sequence[str]:
        """Every environment, archived ones and the catalogue included."""
        return self._connection.execute(select(environments.c.key).order_by(environments.c.key)).scalars().all()

    def document(self, ref: Ref) -> Document | None:
        """One document as it is now."""
        row = self._connection.execute(select(documents).where(_is(ref))).one_or_none()
        return None if row is None else document_of(row)

    def documents(self, environment: str, kind: str | None = None) -> Sequence[Document]:
        """All documents of an environment."""
        query = select(documents).where(documents.c.environment == environment)
        if kind is not None:
            query = query.where(documents.c.kind == kind)
        return self._documents(query.order_by(documents.c.kind, documents.c.key))

    def find(self, environment: str, kind: str, page: Page) -> tuple[Sequence[Document], str | None]:
        """Read a page of the documents of one kind."""
        query = select(documents).where(documents.c.environment == environment, documents.c.kind == kind)
        rows, cursor = turned(self._connection, filtered(query, page), order_of(page), page)
        return [document_of(row) for row in rows], cursor

    def users(self, environment: str, name: str) -> Sequence[str]:
        """Names of the documents in force that refer to `name`."""
        query = _in_force(environment).where(uses.c.used == name)
        return [row.name for row in self._connection.execute(query.order_by(uses.c.name))]

    def users_by_kind(self, environment: str, kind: str) -> Mapping[str, Sequence[str]]:
        """Names of the documents in force that refer to documents of a kind, by key of the latter."""
        found: dict[str, list[str]] = {}
        query = _in_force(environment).where(uses.c.used.startswith(f"{kind}/", autoescape=True))
        for row in self._connection.execute(query.order_by(uses.c.used, uses.c.name)):
            found.setdefault(row.used.partition("/")[2], []).append(row.name)
        return found

    def across(self, kind: str, keys: Sequence[str]) -> Sequence[Document]:
        """Documents of the same kind and keys in all open environments."""
        query = select(documents).join(environments, environments.c.key == documents.c.environment)
        query = query.where(documents.c.kind == kind, documents.c.key.in_(keys))
        query = query.where(documents.c.environment != CATALOG, ~environments.c.archived)
        return self._documents(query.order_by(documents.c.key, documents.c.environment))

    def texts_in_force(self, environment: str) -> dict[str, str]:
        """Name → text of what readers get now."""
        query = select(documents.c.kind, documents.c.key, documents.c.text).where(
            documents.c.environment == environment, documents.c.kind.in_(READER_KINDS), ~documents.c.archived
        )
        return {f"{row.kind}/{row.key}": row.text for row in self._connection.execute(query)}

    def _documents(self, query: Select[tuple[object, ...]]) -> list[Document]:
        return [document_of(row) for row in self._connection.execute(query)]


def _in_force(environment: str) -> Select[tuple[str, str]]:
    """Select who refers to whom, of the documents that are not archived."""
    name_of = documents.c.kind + "/" + documents.c.key
    owner = and_(documents.c.environment == uses.c.environment, name_of == uses.c.name)
    query = select(uses.c.name, uses.c.used).join(documents, owner)
    return query.where(uses.c.environment == environment, ~documents.c.archived)


def _is(ref: Ref) -> ColumnElement[bool]:
    return and_(documents.c.environment == ref.environment, documents.c.kind == ref.kind, documents.c.key == ref.key)
