"""Who is asking: bearer tokens, looked up in memory by their SHA-256, refreshed from the store."""

import hashlib
import hmac
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, cast

from flagsvc.domain.errors import Refused
from flagsvc.domain.instants import moment_of
from flagsvc.domain.page import Page
from flagsvc.domain.records import Token
from flagsvc.http.problem import Problem
from flagsvc.ports import Store

TokenKind = Literal["admin", "sdk", "evaluation"]
REFRESH_SECONDS = 2.0
"""How old the book may grow: a token revoked on another replica stops working within this time and one refresh."""

_BATCH = 200
_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="flagsvc"'}


@dataclass(frozen=True, slots=True)
class Principal:
    """Somebody with a valid token. `environment` None means every environment; an `archived` one stays closed."""

    token_id: str
    name: str
    kind: TokenKind
    environment: str | None
    archived: bool = False

    def may_see(self, environment: str) -> bool:
        """Whether the token reaches this environment."""
        return self.environment is None or self.environment == environment


@dataclass(frozen=True, slots=True)
class KnownToken:
    """What the store keeps of a token: never the token itself. `sha256` is lower-case hexadecimal."""

    sha256: str
    principal: Principal
    expires: datetime | None = None


class TokenBook:
    """All valid tokens, in memory. Reading takes no lock and does no I/O; a refresh replaces the whole at once.

    A failed refresh keeps the last good book, so evaluation goes on while the database is away.
    """

    def __init__(
        self,
        load: Callable[[], Iterable[KnownToken]],
        clock: Callable[[], datetime],
        monotonic: Callable[[], float],
    ) -> None:
        self._load = load
        self._clock = clock
        self._monotonic = monotonic
        self._known: Mapping[str, KnownToken] = {}
        self._loaded_at = float("-inf")
        self._refreshing = threading.Lock()
        self._used: set[str] = set()

    def check(self, text: str) -> Principal | None:
        """Find the holder of this token, or None: unknown, wrong, expired and revoked look the same. Never blocks."""
        sha256 = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
        known = self._known.get(sha256)
        if known is None or not hmac.compare_digest(known.sha256, sha256):
            return None
        if known.expires is not None and known.expires <= self._clock():
            return None
        self._used.add(known.principal.token_id)
        return known.principal

    def refresh(self) -> None:
        """Read all tokens again, now. Raises what the store raises and then keeps the book it has."""
        with self._refreshing:
            self._read()

    def renew(self) -> None:
        """Read all tokens again because one was just made or revoked; if that fails, the next `freshen` will."""
        self._loaded_at = float("-inf")
        with suppress(Refused):
            self.refresh()

    def freshen(self) -> None:
        """Read all tokens again if the book is older than REFRESH_SECONDS. For callers that may block.

        While somebody else is reading it does not wait: with a silent store, all callers would wait in a row.
        """
        if self._monotonic() - self._loaded_at > REFRESH_SECONDS and self._refreshing.acquire(blocking=False):
            try:
                self._read()
            finally:
                self._refreshing.release()

    def take_used(self) -> frozenset[str]:
        """Give the ids of the tokens that were used since the last call, for the coarse record of their use."""
        used, self._used = self._used, set()
        return frozenset(used)

    def _read(self) -> None:
        started = self._monotonic()
        self._known = {token.sha256: token for token in self._load()}
        self._loaded_at = started


def known_tokens(store: Store) -> Iterator[KnownToken]:
    """Read every token that has not been revoked."""
    cursor = None
    with store.reading() as view:
        live = view.heads().keys() | {None}
        while True:
            tokens, cursor = view.tokens(Page(limit=_BATCH, cursor=cursor))
            for token in tokens:
                if token.revoked_at is None:
                    yield _known(token, archived=token.environment not in live)
            if cursor is None:
                return


def bearer(header: str | None) -> str | None:
    """Take the token from an Authorization header, or None; the scheme in any case (RFC 9110, section 11.1)."""
    scheme, _, token = (header or "").partition(" ")
    token = token.strip(" ")
    return token if scheme.lower() == "bearer" and token and token.isascii() else None


def unauthenticated() -> Problem:
    """401, the same for a missing, unknown, wrong, expired or revoked token."""
    return Problem("unauthenticated", "a valid bearer token is needed", headers=_CHALLENGE)


def _known(token: Token, *, archived: bool) -> KnownToken:
    principal = Principal(token.id, token.name, cast("TokenKind", token.kind), token.environment, archived)
    return KnownToken(token.hash, principal, moment_of(token.expires_at) if token.expires_at else None)
