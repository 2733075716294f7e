"""Tokens and remembered answers."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, bindparam, delete, insert, not_, or_, select, update

from flagsvc.domain.errors import BadQuery
from flagsvc.domain.page import Page
from flagsvc.domain.records import Remembered, Token
from flagsvc.domain.texts import is_clean
from flagsvc.store.cursors import Order, turned
from flagsvc.store.sight import Sight
from flagsvc.store.tables import idempotency_keys, tokens


def _valid(at: str) -> ColumnElement[bool]:
    return and_(tokens.c.revoked_at.is_(None), or_(tokens.c.expires_at.is_(None), tokens.c.expires_at > at))


FILTERS: Mapping[str, Callable[[str], ColumnElement[bool]]] = {
    "kind": lambda text: tokens.c.kind == text,
    "environment": lambda text: tokens.c.environment == text,
    "valid": _valid,
    "ended": lambda at: not_(_valid(at)),
}


class Access(Sight):
    """Who may come in, and what they were answered, seen through one connection."""

    def tokens(self, page: Page) -> tuple[Sequence[Token], str | None]:
        """Read a page of tokens, newest first."""
        query = select(tokens)
        for name, text in page.filters.items():
            if name not in FILTERS or not is_clean(text):
                raise BadQuery(name, f"unknown filter; known: {', '.join(FILTERS)}")
            query = query.where(FILTERS[name](text))
        order = Order("tokens", (tokens.c.created_at, tokens.c.id), descending=True)
        rows, cursor = turned(self._connection, query, order, page)
        return [_token(row) for row in rows], cursor

    def token(self, token_id: str) -> Token | None:
        """One token by id."""
        row = self._connection.execute(select(tokens).where(tokens.c.id == token_id)).one_or_none()
        return None if row is None else _token(row)

    def token_by_hash(self, secret_hash: str) -> Token | None:
        """One token by the hash of its text."""
        row = self._connection.execute(select(tokens).where(tokens.c.hash == secret_hash)).one_or_none()
        return None if row is None else _token(row)

    def add_token(self, token: Token) -> None:
        """Store a new token."""
        self._connection.execute(insert(tokens).values(**asdict(token)))

    def revoke_token(self, token_id: str, at: str) -> None:
        """Mark a token revoked, the first time only."""
        once = (tokens.c.id == token_id, tokens.c.revoked_at.is_(None))
        self._connection.execute(update(tokens).where(*once).values(revoked_at=at))

    def expire_token(self, token_id: str, at: str) -> None:
        """Let a token end at that time."""
        self._connection.execute(update(tokens).where(tokens.c.id == token_id).values(expires_at=at))

    def touch_tokens(self, used: Mapping[str, str]) -> None:
        """Remember the last use of several tokens."""
        if used:
            statement = update(tokens).where(tokens.c.id == bindparam("token")).values(used_at=bindparam("at"))
            self._connection.execute(statement, [{"token": token, "at": at} for token, at in used.items()])

    def remembered(self, owner: str, key: str) -> Remembered | None:
        """Read the answer kept under a key."""
        kept = idempotency_keys
        row = self._connection.execute(select(kept).where(kept.c.owner == owner, kept.c.key == key)).one_or_none()
        return None if row is None else Remembered(**row._asdict())

    def remember(self, answer: Remembered, forget_before: str) -> None:
        """Keep an answer and forget old ones."""
        self._connection.execute(delete(idempotency_keys).where(idempotency_keys.c.at < forget_before))
        self._connection.execute(insert(idempotency_keys).values(**asdict(answer)))


def _token(row: Row[Any]) -> Token:
    return Token(**row._asdict())
