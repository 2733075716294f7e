"""Sessions: by the hash of their id."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict

from sqlalchemy import bindparam, delete, insert, or_, select, update

from flagsvc.domain.records import Session
from flagsvc.store.sight import Sight
from flagsvc.store.tables import sessions


class SessionSight(Sight):
    """Who is signed in, seen through one connection."""

    def sessions(self) -> Sequence[Session]:
        """Read every session."""
        return [Session(**row._asdict()) for row in self._connection.execute(select(sessions))]


class SessionWriting(SessionSight):
    """The same, with what a transaction may write."""

    def add_session(self, session: Session, most: int) -> None:
        """Store a new session, and end the oldest of its token beyond `most`."""
        self._connection.execute(insert(sessions).values(**asdict(session)))
        ours = sessions.c.token_id == session.token_id
        newest = select(sessions.c.hash).where(ours).order_by(sessions.c.created_at.desc(), sessions.c.hash).limit(most)
        self._connection.execute(delete(sessions).where(ours, sessions.c.hash.not_in(newest)))

    def touch_sessions(self, used: Mapping[str, str]) -> None:
        """Remember the last use of several sessions; in order, so that replicas do not lock one another out."""
        if used:
            older = (sessions.c.hash == bindparam("of_hash"), sessions.c.used_at < bindparam("at"))
            statement = update(sessions).where(*older).values(used_at=bindparam("at"))
            self._connection.execute(statement, [{"of_hash": one, "at": at} for one, at in sorted(used.items())])

    def drop_session(self, secret_hash: str) -> bool:
        """End a session; tells whether there was one."""
        return self._connection.execute(delete(sessions).where(sessions.c.hash == secret_hash)).rowcount > 0

    def drop_sessions_of(self, token_id: str) -> None:
        """End all sessions of a token."""
        self._connection.execute(delete(sessions).where(sessions.c.token_id == token_id))

    def forget_sessions(self, now: str, unused_since: str) -> int:
        """Remove what is over, by time or for want of use; tells how many."""
        over = or_(sessions.c.expires_at <= now, sessions.c.used_at < unused_since)
        return self._connection.execute(delete(sessions).where(over)).rowcount
