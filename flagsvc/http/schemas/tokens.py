"""Tokens: who may ask."""

from typing import Annotated, Literal

from pydantic import Field

from flagsvc.http.fields import Key, Moment
from flagsvc.http.schemas.base import Closed, Open
from flagsvc.http.schemas.writes import WriteAnswer

MAX_OVERLAP_SECONDS = 30 * 86_400


class TokenCreate(Closed):
    """A new token. Kinds `sdk` and `evaluation` belong to one environment."""

    kind: Literal["admin", "sdk", "evaluation"]
    environment: Key | None = Field(None, description="Left out: every environment.")
    name: Annotated[str, Field(min_length=1, max_length=200)]
    expires_at: Moment | None = None


class TokenRotate(Closed):
    """How long the old token stays valid beside the new one."""

    overlap_seconds: Annotated[int, Field(ge=0, le=MAX_OVERLAP_SECONDS)] | None = Field(
        None, description="0: it ends at once. Left out: 86 400, a day."
    )


class Token(Open):
    """A token without its secret."""

    id: str
    kind: Literal["admin", "sdk", "evaluation"]
    environment: str | None
    name: str
    created_at: str
    created_by: str
    expires_at: str | None = Field(description="Null: never.")
    revoked_at: str | None
    used_at: str | None = Field(description="Coarse, to the minute; null: never.")


class NewToken(Token):
    """A token as the write that made or ended it answers it."""

    token: str | None = Field(None, description="Its text, in the answer that made it and nowhere else.")
    replaces: Token | None = Field(None, description="Of a rotation: the old one, and when it ends.")


class TokenWritten(WriteAnswer):
    """The answer of a write to a token."""

    document: NewToken


class TokenPage(Open):
    """A page of tokens, newest first."""

    items: list[Token]
    next_cursor: str | None
