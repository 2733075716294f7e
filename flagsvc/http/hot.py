"""The fork in the road: hot paths branch off before Starlette, by the beginning of their path.

A branch is a function from a request to an answer, over memory; ASGI is one way to call it, and the server's protocol,
which skips ASGI where the whole request is there already, another.
"""

from collections.abc import Awaitable, Mapping
from typing import NamedTuple, Protocol

from starlette.types import ASGIApp, Receive, Scope, Send

BODILESS = frozenset({204, 304})


class Answer(NamedTuple):
    """A response. `head` is its header block, every line ending with CR LF, without Content-Length."""

    status: int
    head: bytes
    body: bytes = b""


class Branch(Protocol):
    """A hot path."""

    def answer(self, scope: Scope, body: bytes) -> Answer | None:
        """Answer a request that is there in full; None when that would have to wait: then call it as ASGI."""

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Answer a request as an ASGI application."""


class Hot:
    """An ASGI application that gives each request to the branch whose prefix its raw path has, or to `rest`.

    Branches count by themselves; Starlette and its middleware never see what they take.
    """

    def __init__(self, branches: Mapping[bytes, Branch], rest: ASGIApp) -> None:
        self._branches = tuple(branches.items())
        self.prefixes = tuple(branches)
        self._rest = rest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the request, or pass it on."""
        if scope["type"] == "http":
            path = scope["raw_path"]
            for prefix, branch in self._branches:
                if path.startswith(prefix):
                    await branch(scope, receive, send)
                    return
        await self._rest(scope, receive, send)

    def answer(self, scope: Scope, body: bytes) -> Answer | None:
        """Answer at once what a branch can; None for everything else."""
        path = scope["raw_path"]
        for prefix, branch in self._branches:
            if path.startswith(prefix):
                return branch.answer(scope, body)
        return None


def head_of(headers: Mapping[bytes, bytes]) -> bytes:
    """Write a header block. Names and values are ours, or were checked."""
    return b"".join(b"%b: %b\r\n" % header for header in headers.items())


async def respond(send: Send, answer: Answer) -> None:
    """Send an answer over ASGI, with its length where it may have a body."""
    lines = [line.partition(b": ") for line in answer.head.split(b"\r\n") if line]
    headers = [(name, value) for name, _, value in lines]
    if answer.status not in BODILESS:
        headers.append((b"content-length", b"%d" % len(answer.body)))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})
