"""A small HTTP client for routers: bounded, without redirects or proxies, every failure a RouterError."""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import urllib3

from flagsvc.domain.routing.errors import RouterError

CONNECT_SECONDS, READ_SECONDS = 1.0, 4.0
MAX_ANSWER_BYTES = 16 * 1024 * 1024
TEMPORARY = frozenset({408, 425, 429, *range(500, 600)})
CONFLICTS = frozenset({409, 412})


class Reply(NamedTuple):
    """What came back: always a status that was allowed."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """Read the body as JSON; RouterError when it is none."""
        try:
            return json.loads(self.body)
        except ValueError as error:
            raise RouterError("the answer is not JSON") from error


class HttpClient:
    """Requests to one address. Errors name method, path and status, never a header or a query."""

    def __init__(
        self,
        url: str,
        headers: Mapping[str, str] | None = None,
        *,
        ca_file: str | None = None,
        pool: urllib3.PoolManager | None = None,
    ) -> None:
        self._base = url.rstrip("/")
        self._headers = dict(headers or {})
        timeout = urllib3.Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS)
        self._pool = pool or urllib3.PoolManager(retries=False, timeout=timeout, ca_certs=ca_file)

    def send(
        self,
        method: str,
        path: str,
        content: Any = None,
        *,
        headers: Mapping[str, str] | None = None,
        media_type: str = "application/json",
        allowed: frozenset[int] = frozenset({200, 201, 202, 204}),
    ) -> Reply:
        """Send one request, JSON where there is content; raises RouterError for any status that is not allowed."""
        body = None if content is None else json.dumps(content, separators=(",", ":")).encode()
        sent = {**self._headers, **({"Content-Type": media_type} if body is not None else {}), **(headers or {})}
        where = f"{method} {urlsplit(self._base + path).path}"
        try:
            answer = self._pool.request(
                method, self._base + path, body=body, headers=sent, redirect=False, preload_content=False
            )
            try:
                received = answer.read(MAX_ANSWER_BYTES)
            finally:
                answer.release_conn()
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise RouterError(f"{where}: {_why(error)}") from error
        if answer.status not in allowed:
            raise _refusal(where, answer.status, received)
        return Reply(answer.status, answer.headers, received)


def _refusal(where: str, status: int, body: bytes) -> RouterError:
    said = " ".join(body[:300].decode("utf-8", "replace").split())
    conflict = status in CONFLICTS
    permanent = not conflict and status not in TEMPORARY
    return RouterError(f"{where}: {status} {said}".rstrip(), permanent=permanent, conflict=conflict)


def _why(error: Exception) -> str:
    known = {
        "ConnectTimeoutError": "no connection in time",
        "NewConnectionError": "no connection",
        "ReadTimeoutError": "no answer in time",
        "ProtocolError": "the connection broke",
        "SSLError": "its certificate or its TLS is not to be trusted",
    }
    return known.get(type(error).__name__, type(error).__name__)
