"""Sessions: who is signed in."""

from typing import Annotated, Literal

from pydantic import Field

from flagsvc.http.schemas.base import Closed, Open


class SessionOpen(Closed):
    """What a session is opened with."""

    token: Annotated[str, Field(min_length=1, max_length=1000, description="An admin token, as text.")]


class Session(Open):
    """Who asks, by a session or by a bearer token."""

    name: str = Field(description="Name of the token.")
    kind: Literal["admin", "sdk", "evaluation"]
    token_id: str
    environment: str | None = Field(description="The one it reaches; null: every environment.")
    expires_at: str | None = Field(description="End of the session, whatever its use; of a token its own, if any.")
    created_at: str = Field(description="Beginning of the session; of a token its own.")
