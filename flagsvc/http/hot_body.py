"""Bodies of hot paths: read with a bound, decoded strictly, refused in one word."""

import asyncio
import json
import math
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from starlette.types import Receive

from flagsvc.http.body import LINGER_BYTES, LINGER_SECONDS

BODY_SECONDS = 10.0
"""How long a client may take over its body."""


class Refusal(Exception):
    """The request is answered with this status and nothing is evaluated.

    `code` is OFREP's error code, "" where it has none; `head` holds further header lines.
    """

    def __init__(self, status: int, code: str, detail: str, head: bytes = b"") -> None:
        super().__init__(detail)
        self.status, self.code, self.detail, self.head = status, code, detail, head


async def read_body(receive: Receive, limit: int) -> bytes:
    """Read the whole body; Refusal 413 beyond `limit` bytes, 408 when it does not arrive in time."""
    parts: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(BODY_SECONDS):
            while size <= limit:
                message = await receive()
                part = message.get("body", b"")
                parts.append(part)
                size += len(part)
                if not message.get("more_body"):
                    break
            else:
                await _pass_over(receive)
    except TimeoutError:
        raise Refusal(408, "PARSE_ERROR", f"the body did not arrive within {BODY_SECONDS:.0f} s") from None
    demand_size(size, limit)
    return b"".join(parts)


async def _pass_over(receive: Receive) -> None:
    """Read on for a moment: who is still sending when a connection is closed may lose the answer (RFC 9112, 9.6)."""
    passed, more = 0, True
    with suppress(TimeoutError):
        async with asyncio.timeout(LINGER_SECONDS):
            while more and passed <= LINGER_BYTES:
                message = await receive()
                passed += len(message.get("body", b""))
                more = bool(message.get("more_body"))


def demand_size(size: int, limit: int) -> None:
    """Pass bodies of up to `limit` bytes; Refusal 413."""
    if size > limit:
        raise Refusal(413, "PARSE_ERROR", f"the body has more than {limit} bytes", b"connection: close\r\n")


def decode_json(body: bytes) -> Any:
    """Decode a JSON text strictly: UTF-8, no duplicate names, no NaN, no infinity. Refusal 400 otherwise.

    Unlike the admin API this keeps every other number and text of a context, because it stores none of them.
    """
    try:
        text = body.decode().strip(" \t\r\n")
        value, end = _scan(text, 0)
        if end == len(text):
            return value
        detail = f"something follows the value, at character {end}"
    except UnicodeDecodeError as error:
        detail = f"byte {error.start} is not UTF-8"
    except StopIteration as error:
        detail = f"no value at character {error.value}"
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


_decoder: Any = json.JSONDecoder(object_pairs_hook=_members, parse_float=_finite, parse_constant=_constant)
_scan: Callable[[str, int], tuple[Any, int]] = _decoder.scan_once  # `decode` without its two searches for spaces
