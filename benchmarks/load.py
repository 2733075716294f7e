"""A load generator for machines without wrk: closed loop, keep-alive, one event loop."""

import asyncio
import time
from collections.abc import Mapping
from urllib.parse import urlsplit


def hammered(url: str, headers: Mapping[str, str], body: str, seconds: float, connections: int) -> tuple[float, float]:
    """Ask again and again over `connections` for `seconds`; requests per second, and the 99th percentile in ms."""
    parts = urlsplit(url)
    request = _request(parts.path, {"Host": parts.netloc, **headers}, body.encode())
    took = asyncio.run(_all(parts.hostname or "", parts.port or 80, request, seconds, connections))
    return len(took) / seconds, sorted(took)[int(len(took) * 0.99)] * 1000


def _request(path: str, headers: Mapping[str, str], body: bytes) -> bytes:
    lines = [f"{'POST' if body else 'GET'} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode() + body


async def _all(host: str, port: int, request: bytes, seconds: float, connections: int) -> list[float]:
    end = time.perf_counter() + seconds
    each = await asyncio.gather(*(_one(host, port, request, end) for _ in range(connections)))
    return [took for one in each for took in one]


async def _one(host: str, port: int, request: bytes, end: float) -> list[float]:
    reader, writer = await asyncio.open_connection(host, port)
    took = []
    while (start := time.perf_counter()) < end:
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        await reader.readexactly(int(length.partition(b":")[2]))
        took.append(time.perf_counter() - start)
    writer.close()
    return took
