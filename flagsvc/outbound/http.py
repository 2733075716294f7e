"""A small HTTP client: bounded, without redirects or proxies, every failure a CallError."""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import urllib3

from flagsvc.domain.calls import CallError
from flagsvc.outbound.bounded import answered_within, bounded
from flagsvc.outbound.unix import UNIX, UnixPool
from flagsvc.span import Value, part
from flagsvc.span import headers as trace_headers

CONNECT_SECONDS, READ_SECONDS = 1.0, 4.0
WHOLE_SECONDS = 8.0
"""The longest that an answer may take as a whole, its head included; READ_SECONDS is between two pieces."""
MAX_ANSWER_BYTES = 16 * 1024 * 1024
PIECE_BYTES = 65_536
SECRET_BYTES = 8
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
UNFIT = "nothing can be sent: a token or a header has signs that HTTP does not carry (a secret file of two lines?)"
_NO_SUCCESS = 300
_NO_SECRETS = frozenset({"Accept", "Content-Type"})
TEMPORARY = frozenset({408, 425, 429, *range(500, 600)})
CONFLICTS = frozenset({409, 412})


class BrokenConnection(CallError):
    """The connection ended before the answer did. What changes nothing may be sent again at once."""


class Reply(NamedTuple):
    """What came back: always a status that was allowed."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """Read the body as JSON; CallError when it is none."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError) as error:  # the second: nested too deeply
            raise CallError("the answer is not JSON") from error


class HttpClient:
    """Requests to one address. Errors name method, path and status, never a header or a query.

    The address is http://, https:// or unix://PATH. An answer of more than `max_bytes` is an error, not a shorter one.
    One that has not come after `seconds` is one, too.
    """

    def __init__(
        self,
        url: str,
        headers: Mapping[str, str] | None = None,
        *,
        ca_file: str | None = None,
        pool: urllib3.PoolManager | None = None,
        max_bytes: int = MAX_ANSWER_BYTES,
        seconds: float = float("inf"),
    ) -> None:
        self._max_bytes, self._seconds = max_bytes, seconds
        self._headers = dict(headers or {})
        timeout = urllib3.Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS)
        self._pool: urllib3.PoolManager | UnixPool
        if url.startswith(UNIX):
            self._base, self._pool = "", UnixPool(url.removeprefix(UNIX), timeout)
        else:
            self._base = url.rstrip("/")
            self._pool = bounded(pool or urllib3.PoolManager(retries=False, timeout=timeout, ca_certs=ca_file))

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
        """Send one request, JSON where there is content, or the very bytes that are given.

        Raises CallError for any status that is not allowed.
        """
        body = content if content is None or isinstance(content, bytes) else text_of(content).encode()
        sent = {**self._headers, **({"Content-Type": media_type} if body is not None else {}), **(headers or {})}
        with answered_within(min(WHOLE_SECONDS, self._seconds)):
            reply = self._traced(method, self._base + path, body, sent)
        if reply.status >= _NO_SUCCESS:
            reply = reply._replace(body=_without_secrets(reply.body, sent, headers or {}))
        if reply.status not in allowed:
            raise _refusal(_where(method, self._base + path), reply)
        return reply

    def _traced(self, method: str, url: str, body: bytes | None, headers: Mapping[str, str]) -> Reply:
        """Ask within a span, where one is under way: by host, for paths and queries may hold anything."""
        parts = urlsplit(url)
        named: dict[str, Value] = {"http.request.method": method, "server.address": parts.hostname or ""}
        with part(method, "client", named) as one:
            reply = self._answered(method, url, body, {**trace_headers(), **headers})
            one.note({"http.response.status_code": reply.status})
            return reply

    def _answered(self, method: str, url: str, body: bytes | None, headers: Mapping[str, str]) -> Reply:
        """Ask; what only reads once more, for a connection that was kept open may have been closed at that moment."""
        try:
            return self._asked(method, url, body, headers)
        except BrokenConnection:
            if method != "GET":
                raise
            return self._asked(method, url, body, headers)

    def _asked(self, method: str, url: str, body: bytes | None, headers: Mapping[str, str]) -> Reply:
        try:
            answer = self._pool.request(method, url, body=body, headers=headers, redirect=False, preload_content=False)
            try:
                received = self._received(answer)
            finally:
                answer.release_conn()
        except (urllib3.exceptions.HTTPError, OSError) as error:
            kind = BrokenConnection if isinstance(error, urllib3.exceptions.ProtocolError) else CallError
            raise kind(f"{_where(method, url)}: {_why(error)}") from error
        except ValueError:  # its text has the header, and that may be a token of two lines
            raise CallError(f"{_where(method, url)}: {UNFIT}", permanent=True) from None
        return Reply(answer.status, answer.headers, received)

    def _received(self, answer: urllib3.BaseHTTPResponse) -> bytes:
        received = bytearray()
        while piece := answer.read1(PIECE_BYTES):
            received += piece
            if len(received) > self._max_bytes:
                answer.close()
                raise _TooMuch
        return bytes(received)


class _TooMuch(urllib3.exceptions.HTTPError):
    """More bytes than anybody needs."""


def text_of(content: Any) -> str:
    """Write JSON as it is sent: without blanks, in the order of its members."""
    return json.dumps(content, separators=(",", ":"))


def demand_tls(option: str, url: str) -> None:
    """Pass for the address of an API that gets our token: over TLS, or on this very host. ValueError otherwise."""
    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK):
        raise ValueError(f"{option}: expected https://HOST (or http:// on this very host): a token is sent there")


def _where(method: str, url: str) -> str:
    return f"{method} {urlsplit(url).path}"


def _without_secrets(body: bytes, sent: Mapping[str, str], own: Mapping[str, str]) -> bytes:
    """Take our token, and whatever else a request has in headers of its `own`, out of what an error page repeats."""
    values = [value for name, value in own.items() if name not in _NO_SECRETS]
    for value in (sent.get("Authorization", ""), *values):
        secret = value.rpartition(" ")[2].encode()
        if len(secret) >= SECRET_BYTES:
            body = body.replace(secret, b"***")
    return body


def _refusal(where: str, reply: Reply) -> CallError:
    status = reply.status
    said = " ".join(reply.body[:300].decode("utf-8", "replace").split())
    conflict = status in CONFLICTS
    permanent = not conflict and status not in TEMPORARY
    return CallError(f"{where}: {status} {said}".rstrip(), permanent=permanent, conflict=conflict)


def _why(error: Exception) -> str:
    known = {
        "ConnectTimeoutError": "no connection in time",
        "NewConnectionError": "no connection",
        "ReadTimeoutError": "no answer in time",
        "ProtocolError": "the connection broke",
        "SSLError": "its certificate or its TLS is not to be trusted",
        "TimeoutError": "the answer took too long",
        "_TooMuch": "the answer is too large",
    }
    return known.get(type(error).__name__, type(error).__name__)
