"""Who sends a request of the admin API: by its bearer token or, without one, by the cookie of a session."""

from dataclasses import dataclass, field, replace
from functools import partial
from typing import NamedTuple

from starlette.requests import Request

from flagsvc.domain.records import Session
from flagsvc.http import session_cookie
from flagsvc.http.authentication import Principal, TokenBook, bearer, unauthenticated
from flagsvc.http.own_origin import demand_same_origin
from flagsvc.http.sessions import SessionBook
from flagsvc.http.traffic_unit import Proxies


class _Shown(NamedTuple):
    """What a request shows: a token, or the id of a session."""

    text: str
    in_cookie: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """The two books, and whose word about the address of a request is taken."""

    tokens: TokenBook
    sessions: SessionBook
    proxies: Proxies = field(default_factory=Proxies)

    def fresh(self, request: Request) -> Principal:
        """Find who asks, by books that are at most a few seconds old; may block. Problem 401, or 403 for `cross-site`.

        What another replica has made this moment is known here, too. An `Authorization` header counts alone, whatever
        cookies come with it.
        """
        shown = self._shown(request)
        self.tokens.freshen()
        if not shown.in_cookie:
            return _admitted(self.tokens.sought(shown.text))
        self.sessions.freshen()
        session = self.sessions.seek(partial(self.sessions.check, shown.text))
        return _admitted(self.tokens.seek(partial(self._by_session, session)) if session else None)

    def freshen(self) -> None:
        """Read the books again if they are older than a few seconds; may block."""
        self.tokens.freshen()
        self.sessions.freshen()

    def known(self, request: Request) -> Principal:
        """Find who asked, later, by the books as they are: for streams, which look again and again; never blocks.

        That uses no session: one whose streams are all that is left of it ends.
        """
        shown = self._shown(request)
        found = self._by_session(self.sessions.look(shown.text)) if shown.in_cookie else self.tokens.check(shown.text)
        return _admitted(found)

    def _shown(self, request: Request) -> _Shown:
        header = request.headers.get("authorization")
        text = bearer(header) if header is not None else session_cookie.held(request.scope, self.proxies)
        if text is None:
            raise unauthenticated()
        if header is None:
            demand_same_origin(request.scope, self.proxies)
        return _Shown(text, in_cookie=header is None)

    def _by_session(self, session: Session | None) -> Principal | None:
        holder = None if session is None else self.tokens.holder(session.token_id)
        return None if holder is None else replace(holder, session=session)


def _admitted(found: Principal | None) -> Principal:
    if found is None:
        raise unauthenticated()
    return found
