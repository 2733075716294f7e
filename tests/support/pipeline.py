"""Thousands of HTTP/1.1 requests in a few seconds: pipelined over some connections, answers in the order asked."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

CONNECTIONS = 8
DEPTH = 25  # requests on the way on one connection
PER_CONNECTION = 500  # nginx closes a connection after 1,000 requests


@dataclass(frozen=True)
class Answer:
    """One response; header names in lower case, several of one name joined by commas."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def request(path: str, headers: Mapping[str, str], body: bytes | None = None) -> bytes:
    """Write a GET, or with a body a POST, as it goes over the wire."""
    lines = [f"{'GET' if body is None else 'POST'} {path} HTTP/1.1", "Host: test"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    if body is not None:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "", ""]).encode() + (body or b"")


def ask_all(port: int, requests: Sequence[bytes]) -> list[Answer]:
    """Send all requests to 127.0.0.1:`port` and return the answers in the same order; raises on a lost connection."""
    return asyncio.run(_ask_all(port, requests))


async def _ask_all(port: int, requests: Sequence[bytes]) -> list[Answer]:
    limit = asyncio.Semaphore(CONNECTIONS)
    parts = [requests[start : start + PER_CONNECTION] for start in range(0, len(requests), PER_CONNECTION)]
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(_ask(port, part, limit)) for part in parts]
    return [answer for task in tasks for answer in task.result()]


async def _ask(port: int, requests: Sequence[bytes], limit: asyncio.Semaphore) -> list[Answer]:
    answers: list[Answer] = []
    async with limit:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            for start in range(0, len(requests), DEPTH):
                chunk = requests[start : start + DEPTH]
                writer.write(b"".join(chunk))
                answers += [await _answer(reader) for _ in chunk]
        finally:
            writer.close()
            await writer.wait_closed()
    return answers


async def _answer(reader: asyncio.StreamReader) -> Answer:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head[:-4].split("\r\n")
    headers: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(":")
        key = name.lower()
        headers[key] = f"{headers[key]}, {value.strip()}" if key in headers else value.strip()
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Answer(int(first.split()[1]), headers, body)
