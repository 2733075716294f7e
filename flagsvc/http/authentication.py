"""Who is asking: bearer tokens, looked up in memory by their SHA-256, refreshed from the store."""

import asyncio
import hashlib
import hmac
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Literal, Protocol, cast

from starlette.concurrency import run_in_threadpool

from flagsvc.domain.instants import moment_of
from flagsvc.domain.page import Page
from flagsvc.domain.records import Session, Token
from flagsvc.domain.tokens import parts_of
from flagsvc.http.kept import Kept
from flagsvc.http.problem import Problem
from flagsvc.ports import Store

TokenKind = Literal["admin", "sdk", "evaluation"]
_BATCH = 200
_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="flagsvc"'}


@dataclass(frozen=True, slots=True)
class Principal:
    """Somebody with a valid token. `environment` None means every environment; an `archived` one stays closed.

    `session` is what stands for the token, where it was not sent itself.
    """

    token_id: str
    name: str
    kind: TokenKind
    environment: str | None
    archived: bool = False
    session: Session | None = None

    def may_see(self, environment: str) -> bool:
        """Whether the token reaches this environment."""
        return self.environment is None or self.environment == environment


@dataclass(frozen=True, slots=True)
class KnownToken:
    """What the store keeps of a token: never the token itself. `sha256` is lower-case hexadecimal."""

    sha256: str
    principal: Principal
    expires: datetime | None = None


Admit = Callable[[str], Awaitable[Principal | None]]
"""Tells on the event loop who holds a token, None for nobody."""


class Tokens(Protocol):
    """Who holds a token, None for nobody."""

    def check(self, text: str) -> Principal | None:
        """Tell it from memory."""

    async def admitted(self, text: str) -> Principal | None:
        """Tell it also where another replica made the token a moment ago."""


class _Known:
    """The tokens of one reading, by hash and by id."""

    def __init__(self, tokens: Iterable[KnownToken]) -> None:
        self.by_hash = {token.sha256: token for token in tokens}
        self.by_id = {token.principal.token_id: token for token in self.by_hash.values()}


class TokenBook(Kept[_Known]):
    """All valid tokens, in memory. Reading takes no lock and does no I/O; a refresh replaces the whole at once.

    A failed refresh keeps the last good book, so evaluation goes on while the database is away. A token that is not in
    it may have been made by another replica a moment ago: the store is read again for it, for all who miss one
    together, and not more often than every LOOK_AGAIN_SECONDS in vain.
    """

    def __init__(
        self,
        load: Callable[[], Iterable[KnownToken]],
        clock: Callable[[], datetime],
        monotonic: Callable[[], float],
    ) -> None:
        super().__init__(lambda: _Known(load()), _Known(()), monotonic)
        self._clock = clock
        self._used: set[str] = set()
        self._searching = asyncio.Lock()

    def check(self, text: str) -> Principal | None:
        """Find the holder of this token, or None: unknown, wrong, expired and revoked look the same. Never blocks."""
        return self._holder(self._named(text))

    def is_strange(self, text: str) -> bool:
        """Tell whether a token is not known, but worth being sought. Never blocks."""
        return self._named(text) is None and parts_of(text) is not None and self.is_worth_a_search()

    async def admitted(self, text: str) -> Principal | None:
        """Find what `sought` finds, on the event loop: one thread, for all who are strange now, does what may block."""
        if self.is_strange(text):
            async with self._searching:
                if self.is_strange(text):
                    return await run_in_threadpool(self.sought, text)
        return self.check(text)

    def sought(self, text: str) -> Principal | None:
        """Find the same, also where another replica made the token a moment ago; may block."""
        find = partial(self._named, text)
        return self._holder(find() if parts_of(text) is None else self.seek(find))

    def holder(self, token_id: str) -> Principal | None:
        """Find the holder of the token with this id, for whoever stands for it; None when it no longer counts."""
        return self._holder(self.known.by_id.get(token_id))

    def take_used(self) -> frozenset[str]:
        """Give the ids of the tokens that were used since the last call, for the coarse record of their use."""
        used, self._used = self._used, set()
        return frozenset(used)

    def _named(self, text: str) -> KnownToken | None:
        sha256 = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
        known = self.known.by_hash.get(sha256)
        return known if known is not None and hmac.compare_digest(known.sha256, sha256) else None

    def _holder(self, known: KnownToken | None) -> Principal | None:
        if known is None or (known.expires is not None and known.expires <= self._clock()):
            return None
        self._used.add(known.principal.token_id)
        return known.principal


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
