"""Tokens: /api/v1/tokens."""

from flagsvc.http.call import Answer, Call
from flagsvc.http.operation import Operations
from flagsvc.http.parameters import TokenQuery, WriteQuery
from flagsvc.http.rendering import listed, written
from flagsvc.http.schemas.tokens import TokenCreate, TokenPage, TokenRotate, TokenWritten
from flagsvc.http.schemas.writes import json_body
from flagsvc.usecases import tokens

_LIST = "/api/v1/tokens"

operations = Operations("Tokens")


@operations(f"GET {_LIST}", "List tokens", answer=TokenPage, query=TokenQuery, everywhere=True)
def list_tokens(call: Call) -> Answer:
    """Without their secrets, which nobody can read again."""
    return listed(call, tokens.list_tokens(call.store, call.page(), call.services.clock()))


@operations(
    f"POST {_LIST}",
    "Create a token",
    answer=TokenWritten,
    success=201,
    query=WriteQuery,
    body=json_body(TokenCreate),
    example={"kind": "evaluation", "environment": "production", "name": "edge"},
    writes=True,
    everywhere=True,
)
def create_token(call: Call) -> Answer:
    """Its text is in this answer and nowhere else."""
    result = tokens.create_token(call.store, call.intent, call.body)
    call.services.tokens.renew()
    return written(call, result)


@operations(
    f"DELETE {_LIST}/{{id}}",
    "Revoke a token",
    answer=TokenWritten,
    query=WriteQuery,
    writes=True,
    everywhere=True,
)
def revoke_token(call: Call) -> Answer:
    """End a token, and every session it opened: at once here, within five seconds on every replica."""
    result = tokens.revoke_token(call.store, call.intent, call.path["id"])
    call.services.tokens.renew()
    return written(call, result)


@operations(
    f"POST {_LIST}/{{id}}/rotate",
    "Rotate a token",
    answer=TokenWritten,
    success=201,
    query=WriteQuery,
    body=json_body(TokenRotate),
    bodiless=True,
    example={"overlapSeconds": 3600},
    writes=True,
    everywhere=True,
)
def rotate_token(call: Call) -> Answer:
    """Make a token like it; its text is in this answer and nowhere else. The old one ends after the overlap.

    `document.replaces` shows the old one.
    """
    overlap = (call.body or {}).get("overlapSeconds")
    seconds = tokens.OVERLAP_SECONDS if overlap is None else overlap
    result = tokens.rotate_token(call.store, call.intent, call.path["id"], seconds)
    call.services.tokens.renew()
    return written(call, result)
