"""Request bodies: bounded, of the right media type, strict JSON."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace
from typing import Any

from starlette.requests import ClientDisconnect, Request

from flagsvc.domain.errors import Fault
from flagsvc.http.problem import Problem, malformed
from flagsvc.http.strict_json import Unreadable, parse

DEFAULT_LIMIT = 1024 * 1024
BODY_SECONDS = 30.0
"""How long a client may take over its body: a megabyte in that time is 280 kbit/s."""
LINGER_SECONDS, LINGER_BYTES = 2.0, 64 * DEFAULT_LIMIT
"""For how long, and for how much, a body that was refused is still read and dropped."""
MAX_PARTS = 50_000
"""So many values and texts of JSON are read in some 60 ms at worst, whoever sends them."""

JSON = "application/json"
MERGE_PATCH = "application/merge-patch+json"
JSON_PATCH = "application/json-patch+json"


async def read(request: Request, limit: int) -> bytes:
    """All bytes of the body; 413 when it exceeds `limit`, without keeping the rest.

    400 for one that ends early, or is not there in BODY_SECONDS.
    """
    declared = request.headers.get("content-length", "0")
    if declared.isdecimal() and len(declared) < 20 and int(declared) > limit:  # noqa: PLR2004  # digits of 2**64
        if "expect" not in request.headers:  # else it waits for our word before it sends
            await _pass_over(request.stream())
        raise _too_large(limit)
    try:
        async with asyncio.timeout(BODY_SECONDS):
            return await _all_of(request, limit)
    except ClientDisconnect:
        raise malformed([Fault("", "incomplete", "the body ended early")]) from None
    except TimeoutError:
        late = malformed([Fault("", "incomplete", f"the body did not arrive within {BODY_SECONDS:g} s")])
        raise replace(late, headers={"Connection": "close"}) from None


def media_type(header: str | None, accepted: tuple[str, ...]) -> str:
    """Read the media type of a Content-Type header, lower case and without parameters.

    415 unless it is one of `accepted` with no charset but UTF-8.
    """
    name, _, parameters = (header or "").partition(";")
    name = name.strip().lower()
    charset = parameters.partition("charset=")[2].strip().strip('"').lower()
    if name not in accepted or charset not in ("", "utf-8", "utf8"):
        raise Problem(
            "wrong-media-type", f"send {' or '.join(accepted)} in UTF-8", headers={"Accept": ", ".join(accepted)}
        )
    return name


def is_laborious(body: bytes) -> bool:
    """Tell, without reading it, whether a JSON text has more values and texts than are read in a moment."""
    return sum(map(body.count, (b",", b"[", b"{", b'"'))) > MAX_PARTS


def demand_effortless(body: bytes) -> None:
    """Refuse (413) what takes long to read: for bodies of whom nobody knows who they are."""
    if is_laborious(body):
        raise Problem("body-too-large", f"a body may have some {MAX_PARTS} values here, however short they are")


def decode(body: bytes) -> Any:
    """Read the JSON value of a body; 400 with every place that cannot be accepted."""
    try:
        return parse(body)
    except Unreadable as unreadable:
        raise malformed(unreadable.faults) from None


async def _all_of(request: Request, limit: int) -> bytes:
    chunks, size = [], 0
    stream = request.stream()
    async for chunk in stream:
        size += len(chunk)
        if size > limit:
            await _pass_over(stream)
            raise _too_large(limit)
        chunks.append(chunk)
    return b"".join(chunks)


async def _pass_over(rest: AsyncIterator[bytes]) -> None:
    """Read on for a moment: who is still sending when a connection is closed may lose the answer (RFC 9112, 9.6)."""
    passed = 0
    with suppress(ClientDisconnect, TimeoutError):
        async with asyncio.timeout(LINGER_SECONDS):
            async for chunk in rest:
                passed += len(chunk)
                if passed > LINGER_BYTES:
                    return


def _too_large(limit: int) -> Problem:
    return Problem("body-too-large", f"a body may have {limit} bytes", headers={"Connection": "close"})
