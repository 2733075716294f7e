"""Who makes a change."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Actor:
    """The author of a change as it is written into the audit trail; `kind` is "token", "user" or "system".

    `via` is "console" for who holds a session, in a browser; None for a token that was sent with the request.
    """

    kind: str
    name: str
    token_id: str | None = None
    address: str | None = None
    request_id: str | None = None
    via: str | None = None
