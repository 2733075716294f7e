"""Tokens: /api/v1/tokens."""

from flagsvc.http.call import Answer, Call
from flagsvc.http.operation import Operations
from flagsvc.http.parameters import PageQuery, WriteQuery
from flagsvc.http.rendering import listed, written
from flagsvc.http.schemas.tokens import TokenCreate, TokenPage
from flagsvc.http.schemas.writes import Written, json_body
from flagsvc.usecases import tokens

_LIST = "/api/v1/tokens"

operations = Operations("Tokens")


@operations(f"GET {_LIST}", "List tokens", answer=TokenPage, query=PageQuery, everywhere=True)
def list_tokens(call: Call) -> Answer:
    """Without their secrets, which nobody can read again."""
    return listed(call, tokens.list_tokens(call.store, call.page()))


@operations(
    f"POST {_LIST}",
    "Create a token",
    answer=Written,
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
    answer=Written,
    query=WriteQuery,
    writes=True,
    everywhere=True,
)
def revoke_token(call: Call) -> Answer:
    """End a token, and every session it opened: at once here, within five seconds on every replica."""
    result = tokens.revoke_token(call.store, call.intent, call.path["id"])
    call.services.tokens.renew()
    return written(call, result)
