"""How long a session lasts, and the only form of its id that is stored."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from flagsvc.domain.instants import text_of
from flagsvc.domain.records import Session

IDLE_SECONDS = 12 * 3600
TOTAL_SECONDS = 7 * 24 * 3600
PER_TOKEN = 100
"""So many sessions a token may have at once; a further one ends the oldest."""


@dataclass(frozen=True, slots=True)
class SessionLimits:
    """A session is over `idle_seconds` after its last use, and `total_seconds` after its beginning at the latest."""

    idle_seconds: int = IDLE_SECONDS
    total_seconds: int = TOTAL_SECONDS

    def unused_since(self, now: datetime) -> str:
        """Give the time (a text of `instants`) before which a session's last use must lie for it to be over."""
        return text_of(now - timedelta(seconds=self.idle_seconds))

    def begin(self, secret_hash: str, token_id: str, now: datetime, token_expires_at: str | None) -> Session:
        """Begin a session, which never outlives its token."""
        at, end = text_of(now), text_of(now + timedelta(seconds=self.total_seconds))
        return Session(secret_hash, token_id, at, at, min(end, token_expires_at or end))

    def allow(self, session: Session, used_at: str, now: datetime) -> bool:
        """Whether a session that was last used at `used_at` still counts."""
        return session.expires_at > text_of(now) and used_at >= self.unused_since(now)


def session_hash(secret: str) -> str:
    """SHA-256 of a session's id (256 random bits, so no slow hash), in lower-case hexadecimal."""
    return hashlib.sha256(secret.encode(errors="surrogatepass")).hexdigest()
