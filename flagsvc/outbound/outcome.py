"""What became of asking somebody outside."""

from typing import Literal, NamedTuple

from flagsvc.domain.texts import storable

MAX_DETAIL = 1000
SAID_BYTES = 300
Standing = Literal["passed", "failed", "waiting"]


class Outcome(NamedTuple):
    """`waiting`: neither yes nor no, ask again. `detail` is for people, one line, without secrets of ours."""

    standing: Standing
    detail: str


def outcome(standing: Standing, detail: str) -> Outcome:
    """Make one, of a detail that may be of any length."""
    return Outcome(standing, storable(detail, MAX_DETAIL))


def said(body: bytes) -> str:
    """Show the beginning of what somebody answered, on one line."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in _text(body)).split())


def _text(body: bytes) -> str:
    return body[:SAID_BYTES].decode("utf-8", "replace")
