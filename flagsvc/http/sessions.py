"""Sessions in memory: looked up by the hash of their id, refreshed from the store as tokens are."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta

from flagsvc.domain.instants import moment_of, text_of
from flagsvc.domain.records import Session
from flagsvc.domain.sessions import SessionLimits, session_hash
from flagsvc.http.kept import Kept

COARSELY = timedelta(minutes=1)
"""How coarsely the use of a session is recorded."""


class SessionBook(Kept[Mapping[str, Session]]):
    """All sessions. What this process knows of their use counts at once, long before it is recorded."""

    def __init__(
        self,
        load: Callable[[], Iterable[Session]],
        limits: SessionLimits,
        clock: Callable[[], datetime],
        monotonic: Callable[[], float],
    ) -> None:
        super().__init__(lambda: {session.hash: session for session in load()}, {}, monotonic)
        self.limits = limits
        self._clock = clock
        self._used: dict[str, str] = {}

    def check(self, secret: str) -> Session | None:
        """Find the session with this id, and note that it was used now; None when there is none, or it is over."""
        session = self.look(secret)
        if session is not None:
            self._used[session.hash] = text_of(self._clock())
        return session

    def look(self, secret: str) -> Session | None:
        """Find the session with this id without using it."""
        session = self.known.get(session_hash(secret))
        return session if session is not None and self._counts(session) else None

    def used(self) -> Mapping[str, datetime]:
        """Give the last use of the sessions for which what is recorded is older by COARSELY."""
        known, used = self.known, self._used.copy()
        for gone in used.keys() - known.keys():
            self._used.pop(gone, None)
        moments = {one: moment_of(used[one]) for one in used.keys() & known.keys()}
        return {one: at for one, at in moments.items() if at - moment_of(known[one].used_at) >= COARSELY}

    def any_over(self) -> bool:
        """Whether there is a session to be forgotten."""
        return not all(self._counts(session) for session in self.known.values())

    def _counts(self, session: Session) -> bool:
        used_at = max(session.used_at, self._used.get(session.hash, ""))
        return self.limits.allow(session, used_at, self._clock())
