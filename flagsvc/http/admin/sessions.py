"""The session: /api/v1/session."""

import logging
import secrets
from typing import Any

from flagsvc.domain.instants import moment_of
from flagsvc.domain.records import Session as StoredSession
from flagsvc.domain.records import Token
from flagsvc.http import session_cookie
from flagsvc.http.authentication import Principal, unauthenticated
from flagsvc.http.call import Answer, Call
from flagsvc.http.operation import Operations
from flagsvc.http.schemas.sessions import Session, SessionOpen
from flagsvc.http.schemas.writes import json_body
from flagsvc.usecases.sessions import end_session as end
from flagsvc.usecases.sessions import open_session as open_
from flagsvc.usecases.tokens import find_token

_ONE = "/api/v1/session"
_ID_BYTES = 32
_UNKEPT = {"Cache-Control": "no-store"}
_log = logging.getLogger(__name__)

operations = Operations("Session")


@operations(
    f"POST {_ONE}",
    "Sign in",
    answer=Session,
    success=201,
    body=json_body(SessionOpen),
    example={"token": "fsa_all_TTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTT_0BHdRq"},
    open=True,
)
def open_session(call: Call) -> Answer:
    """Exchange an admin token for a session, whose id is in an HttpOnly cookie and nowhere else.

    Over https the cookie is `__Host-flagsvc`, over plain http `flagsvc-session`. A session that the request still holds
    ends. It has to come from a page of the service, as everything that goes by a session.
    """
    services, scope = call.services, call.request.scope
    services.tokens.freshen()
    principal = services.tokens.sought(call.body["token"])
    if principal is None:
        raise unauthenticated()
    secret, now = secrets.token_urlsafe(_ID_BYTES), services.clock()
    former = session_cookie.held(scope, services.identity.proxies)
    session = open_(call.store, principal.token_id, secret, now, services.sessions.limits, instead_of=former)
    services.sessions.renew()
    _log.info("a session was opened", extra={"actor": principal.name, "tokenId": principal.token_id})
    seconds = int((moment_of(session.expires_at) - now).total_seconds())
    cookie = session_cookie.given(scope, services.identity.proxies, secret, seconds)
    return Answer(_shown(principal, session), 201, {**_UNKEPT, "Set-Cookie": cookie, "Location": _ONE})


@operations(f"GET {_ONE}", "Tell who is signed in", answer=Session, kinds=("admin", "sdk", "evaluation"), own=True)
def get_session(call: Call) -> Answer:
    """Of whoever asks, by a session or by a bearer token of any kind."""
    principal = call.principal
    return Answer(_shown(principal, principal.session or find_token(call.store, principal.token_id)), 200, _UNKEPT)


@operations(f"DELETE {_ONE}", "Sign out", answer=None, success=204, open=True)
def end_session(call: Call) -> Answer:
    """End the session of the cookie: at once here, within five seconds on every replica. Without one nothing ends."""
    services, scope = call.services, call.request.scope
    secret = session_cookie.held(scope, services.identity.proxies)
    if secret is not None and end(call.store, secret):
        services.sessions.renew()
        _log.info("a session was ended")
    return Answer(None, 204, {**_UNKEPT, "Set-Cookie": session_cookie.taken(scope, services.identity.proxies)})


def _shown(principal: Principal, kept: StoredSession | Token) -> dict[str, Any]:
    return {
        "name": principal.name,
        "kind": principal.kind,
        "tokenId": principal.token_id,
        "environment": principal.environment,
        "expiresAt": kept.expires_at,
        "createdAt": kept.created_at,
    }
