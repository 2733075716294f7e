"""Sessions: what an admin token is exchanged for, so that a browser need not keep the token."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from flagsvc.domain.errors import Forbidden, Unauthenticated
from flagsvc.domain.instants import text_of
from flagsvc.domain.records import Session
from flagsvc.domain.sessions import PER_TOKEN, SessionLimits, session_hash
from flagsvc.ports import Store, Transaction
from flagsvc.usecases.tokens import is_valid

OPENS = "admin"
"""The kind of token that may open a session."""


def open_session(
    store: Store, token_id: str, secret: str, now: datetime, limits: SessionLimits, *, instead_of: str | None = None
) -> Session:
    """Open a session of a token under a fresh id, and end the one with the id `instead_of`.

    Raises Unauthenticated for a token that does not count any more, Forbidden for one that is no admin token.
    """

    def work(tx: Transaction) -> Session:
        token = tx.token(token_id)
        if token is None or not is_valid(token, now):
            raise Unauthenticated
        if token.kind != OPENS:
            raise Forbidden(f"Only an admin token opens a session, not one of kind {token.kind!r}.")
        session = limits.begin(session_hash(secret), token.id, now, token.expires_at)
        tx.forget_sessions(text_of(now), limits.unused_since(now))
        if instead_of is not None:
            tx.drop_session(session_hash(instead_of))
        tx.add_session(session, PER_TOKEN)
        return session

    return store.run([], work)


def end_session(store: Store, secret: str) -> bool:
    """End the session with this id on every replica; tells whether there was one."""
    return store.run([], lambda tx: tx.drop_session(session_hash(secret)))


def kept_sessions(store: Store) -> Sequence[Session]:
    """Read every session that is kept, over or not."""
    with store.reading() as view:
        return view.sessions()


def record_session_use(store: Store, used: Mapping[str, datetime]) -> None:
    """Remember when sessions were last used, by hash; call it now and then, coarsely."""
    store.run([], lambda tx: tx.touch_sessions({one: text_of(moment) for one, moment in used.items()}))


def forget_sessions(store: Store, now: datetime, limits: SessionLimits) -> int:
    """Remove the sessions that are over; tells how many."""
    return store.run([], lambda tx: tx.forget_sessions(text_of(now), limits.unused_since(now)))
