"""Tokens: who may ask."""

from typing import Annotated, Literal

from pydantic import Field

from flagsvc.http.fields import Key, Moment
from flagsvc.http.schemas.base import Closed, Open


class TokenCreate(Closed):
    """A new token. Kinds `sdk` and `evaluation` belong to one environment."""

    kind: Literal["admin", "sdk", "evaluation"]
    environment: Key | None = Field(None, description="Left out: every environment.")
    name: Annotated[str, Field(min_length=1, max_length=200)]
    expires_at: Moment | None = None


class Token(Open):
    """A token without its secret."""

    id: str
    kind: Literal["admin", "sdk", "evaluation"]
    environment: str | None
    name: str


class TokenPage(Open):
    """A page of tokens, newest first."""

    items: list[Token]
    next_cursor: str | None
