"""The fork in the road: hot paths branch off as plain ASGI by the beginning of their path; all else is Starlette's."""

import asyncio
import json
import math
from collections.abc import Awaitable, Mapping
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

BODY_SECONDS = 10.0
"""How long a client may take over its body."""

BODILESS = frozenset({204, 304})
RawHeaders = list[tuple[bytes, bytes]]
END: Message = {"type": "http.response.body", "body": b""}
JSON = (b"content-type", b"application/json")
NO_STORE = (b"cache-control", b"no-store")


class Hot:
    """An ASGI application that gives each request to the branch whose prefix its raw path has, or to `rest`.

    Branches answer from memory and count by themselves; Starlette and its middleware never see what they take.
    """

    def __init__(self, branches: Mapping[bytes, ASGIApp], rest: ASGIApp) -> None:
        self._branches = tuple(branches.items())
        self._rest = rest

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Answer the request, or pass it on."""
        if scope["type"] == "http":
            path = scope["raw_path"]
            for prefix, branch in self._branches:
                if path.startswith(prefix):
                    return branch(scope, receive, send)
        return self._rest(scope, receive, send)


class Refusal(Exception):
    """The request is answered with this status and nothing is evaluated; `code` is OFREP's error code."""

    def __init__(self, status: int, code: str, detail: str, *headers: tuple[bytes, bytes]) -> None:
        super().__init__(detail)
        self.status, self.code, self.detail, self.headers = status, code, detail, headers


async def respond(send: Send, status: int, headers: RawHeaders, body: bytes) -> None:
    """Send an answer, with its length where it may have a body; `headers` is extended."""
    if status not in BODILESS:
        headers.append((b"content-length", b"%d" % len(body)))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def read_body(receive: Receive, limit: int) -> bytes:
    """Read the whole body; Refusal 413 beyond `limit` bytes, 408 when it does not arrive in time."""
    message = await receive()
    body: bytes = message.get("body", b"")
    if message.get("more_body"):
        try:
            async with asyncio.timeout(BODY_SECONDS):
                body = await _read_rest(receive, body, limit)
        except TimeoutError:
            raise Refusal(408, "PARSE_ERROR", f"the body did not arrive within {BODY_SECONDS:.0f} s") from None
    if len(body) > limit:
        raise _too_large(limit)
    return body


async def _read_rest(receive: Receive, body: bytes, limit: int) -> bytes:
    parts, size = [body], len(body)
    while size <= limit:
        message = await receive()
        part = message.get("body", b"")
        parts.append(part)
        size += len(part)
        if not message.get("more_body"):
            return b"".join(parts)
    raise _too_large(limit)


def _too_large(limit: int) -> Refusal:
    return Refusal(413, "PARSE_ERROR", f"the body has more than {limit} bytes", (b"connection", b"close"))


def decode_json(body: bytes) -> Any:
    """Decode a JSON text strictly: UTF-8, no duplicate names, no NaN, no infinity. Refusal 400 otherwise.

    Unlike the admin API this keeps every number and text of a context, because it stores none of them.
    """
    try:
        return _DECODER.decode(body.decode())
    except UnicodeDecodeError as error:
        detail = f"byte {error.start} is not UTF-8"
    except RecursionError:
        detail = "the text is nested too deeply"
    except ValueError as error:
        detail = str(error)[:200]
    raise Refusal(400, "PARSE_ERROR", f"the body is not JSON: {detail}")


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a name stands twice in one object")
    return members


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("a number is too large")
    return number


def _constant(name: str) -> Any:
    raise ValueError(f"{name} is not a JSON number")


_DECODER = json.JSONDecoder(object_pairs_hook=_members, parse_float=_finite, parse_constant=_constant)
