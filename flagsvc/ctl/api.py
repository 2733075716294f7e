"""The service over HTTP: bounded in time and size, repeated only where that is safe, and shown without secrets."""

import json
import secrets
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode, urlsplit

from flagsvc.ctl.failure import APPROVAL, USAGE, Failure, Refused, Unreachable
from flagsvc.ctl.redaction import hidden, hidden_header

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse, PoolManager

CONNECT_SECONDS, READ_SECONDS, ANSWER_SECONDS = 5.0, 60.0, 120.0
MAX_ANSWER = 32 * 1024 * 1024
PIECE = 64 * 1024
WAITS = (0.2, 0.6, 1.5)
"""Seconds before each further attempt, unless the service asks for more."""
LONGEST_WAIT = 10.0
MANY = 200
MAX_ITEMS = 10_000
APPROVAL_PENDING = 202
_SAFE = frozenset({"GET", "HEAD"})
_BUSY = frozenset({429, 502, 503, 504})


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the service said. `at` is its own time, as far as it told."""

    status: int
    content: Any
    raw: bytes
    headers: Mapping[str, str]
    at: datetime

    @property
    def request_id(self) -> str:
        """What finds the request in the service's logs."""
        return self.headers.get("x-request-id", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What the service is asked. `body` is JSON; `match` the version that a write expects."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def target(self) -> str:
        """Path and query."""
        return f"{self.path}?{urlencode(self.query)}" if self.query else self.path


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a connection may take, and each piece of an answer; and the pauses before further attempts."""

    connect_seconds: float = CONNECT_SECONDS
    read_seconds: float = READ_SECONDS
    waits: Sequence[float] = WAITS


PATIENT = Patience()


class Api:
    """One service for one person. `report` gets each exchange, secrets taken out, when somebody wants to see it."""

    def __init__(
        self,
        url: str,
        token: str,
        *,
        proxy: str = "",
        patience: Patience = PATIENT,
        report: Callable[[str], None] | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Open nothing yet; raises Failure for what is no address."""
        self._base = base_of(url)
        self._token = token
        self._proxy = proxy
        self._patience = patience
        self._report = report or (lambda _: None)
        self._sleep = sleep
        self._pool: PoolManager | None = None

    def get(self, path: str, **query: str) -> Answer:
        """Read; raises Refused and Unreachable."""
        return self.send(Request(method="GET", path=path, query=query))

    def every(self, path: str, most: int = MAX_ITEMS, **query: str) -> list[Any]:
        """Read a list page by page, at most so many items; empty parameters are left out. Raises Refused."""
        items: list[Any] = []
        asked = {name: value for name, value in query.items() if value}
        cursor = ""
        while len(items) < most:
            limit = str(min(MANY, most - len(items)))
            page = self.get(path, **asked, limit=limit, **({"cursor": cursor} if cursor else {})).content
            items += page["items"]
            cursor = page.get("nextCursor") or ""
            if not cursor:
                break
        return items

    def send(self, request: Request) -> Answer:
        """Ask, again where that is safe; raises Refused for what is no success, Unreachable for no answer."""
        answer = self.exchange(request)
        if answer.status == APPROVAL_PENDING:
            raise Failure("the change waits for approval", APPROVAL, answer.headers.get("location", ""))
        if not 200 <= answer.status < 300:  # noqa: PLR2004  # RFC 9110: success
            raise Refused(answer.status, answer.content if isinstance(answer.content, dict) else {})
        return answer

    def exchange(self, request: Request) -> Answer:
        """Ask, again where that is safe, and give whatever is answered. Raises Unreachable.

        Safe are reads, and what carries an Idempotency-Key, as every POST does: it is carried out once. Other writes
        are repeated only when they cannot have arrived, or when the service says that it changed nothing.
        """
        headers = self._headers(request)
        repeatable = request.method in _SAFE or "Idempotency-Key" in headers
        for wait in self._patience.waits:
            try:
                answer = self._once(request, headers)
            except Unreachable as lost:
                if lost.sent and not repeatable:
                    raise
                self._sleep(wait)
                continue
            pause = _pause(answer, wait, repeatable=repeatable)
            if pause is None:
                return answer
            self._sleep(pause)
        return self._once(request, headers)

    @contextmanager
    def stream(self, request: Request) -> Iterator[Callable[[], bytes]]:
        """Open an answer that does not end, and give what reads the next piece of it: b"" at its end.

        Raises Refused for what is no success, and Unreachable for no answer, or no piece, in time; `debug` shows
        nothing of it.
        """
        from urllib3.exceptions import HTTPError  # noqa: PLC0415  # `--help` asks nobody

        url = self._base + request.target
        try:
            response = self._connected().request(
                request.method,
                url,
                headers=self._headers(request),
                preload_content=False,
                redirect=False,
                retries=False,
            )
        except HTTPError as error:
            raise _unreachable(self._base, error) from None
        try:
            if not 200 <= response.status < 300:  # noqa: PLR2004  # RFC 9110: success
                answer = _answer(response, _read(response))
                raise Refused(answer.status, answer.content if isinstance(answer.content, dict) else {})
            yield lambda: _piece(self._base, response)
        finally:
            response.close()

    def _headers(self, request: Request) -> dict[str, str]:
        headers = {"Accept": "application/json", "User-Agent": "flagctl", **request.headers}
        if self._token:
            headers.setdefault("Authorization", f"Bearer {self._token}")
        if request.body is not None:
            headers.setdefault("Content-Type", "application/json")
        if request.method == "POST":
            headers.setdefault("Idempotency-Key", secrets.token_urlsafe(18))
        return headers

    def _once(self, request: Request, headers: Mapping[str, str]) -> Answer:
        from urllib3.exceptions import HTTPError  # noqa: PLC0415  # `--help` asks nobody

        body = None if request.body is None else _octets(request.body)
        url = self._base + request.target
        self._report(_told_request(request, url, headers, body))
        try:
            response = self._connected().request(
                request.method, url, body=body, headers=headers, preload_content=False, redirect=False, retries=False
            )
            try:
                answer = _answer(response, _read(response))
            finally:
                response.release_conn()
        except HTTPError as error:
            unreachable = _unreachable(self._base, error)
            self._report(f"! {unreachable.detail}")
            raise unreachable from None
        self._report(_told_answer(answer))
        return answer

    def _connected(self) -> "PoolManager":
        import urllib3  # noqa: PLC0415  # as above

        if self._pool is None:
            timeout = urllib3.Timeout(connect=self._patience.connect_seconds, read=self._patience.read_seconds)
            if self._proxy:
                self._pool = urllib3.ProxyManager(base_of(self._proxy), timeout=timeout)
            else:
                self._pool = urllib3.PoolManager(timeout=timeout)
        return self._pool


def base_of(url: str) -> str:
    """Check an address and give it without a slash at the end; raises Failure."""
    try:
        parts = urlsplit(url)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        usable = False
    if not usable or parts.query or parts.fragment or not url.isprintable():
        raise Failure(f"{url!r} is no address of a service: https://HOST[:PORT][/PATH] is expected", USAGE)
    if parts.username is not None or parts.password is not None:
        raise Failure("the address holds a name or password", USAGE, "Leave it out: a token says who you are.")
    return url.rstrip("/")


def path_of(*parts: str) -> str:
    """Make a path of the admin API; each part is one segment, whatever it holds."""
    return "/api/v1/" + "/".join(quote(part, safe="") for part in parts)


def _octets(body: Any) -> bytes:
    return body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode("utf-8", "surrogatepass")


def _pause(answer: Answer, wait: float, *, repeatable: bool) -> float | None:
    """Give the seconds until the same may be asked again; None when the answer stands."""
    word = answer.content.get("code", "") if isinstance(answer.content, dict) else ""
    unchanged = answer.status == 429 or word == "unavailable"  # noqa: PLR2004  # too many requests
    busy = answer.status in _BUSY or word == "request-in-flight"
    if not (busy and (repeatable or unchanged)):
        return None
    asked = answer.headers.get("retry-after", "")
    return max(wait, min(float(asked), LONGEST_WAIT)) if asked.isascii() and asked.isdigit() else wait


def _read(response: "BaseHTTPResponse") -> bytes:
    deadline = time.monotonic() + ANSWER_SECONDS
    pieces: list[bytes] = []
    for piece in response.stream(PIECE):
        pieces.append(piece)
        if sum(map(len, pieces)) > MAX_ANSWER:
            raise Failure(f"the answer is longer than {MAX_ANSWER} bytes")
        if time.monotonic() > deadline:
            raise Unreachable(f"the answer took longer than {ANSWER_SECONDS:.0f} s", sent=True)
    return b"".join(pieces)


def _piece(base: str, response: "BaseHTTPResponse") -> bytes:
    from urllib3.exceptions import HTTPError  # noqa: PLC0415  # `--help` asks nobody

    try:
        return bytes(response.read1(PIECE) or b"")
    except (HTTPError, OSError) as error:
        raise _unreachable(base, error) from None


def _answer(response: "BaseHTTPResponse", raw: bytes) -> Answer:
    headers = {name.lower(): value for name, value in response.headers.items()}
    try:
        content = json.loads(raw) if raw and "json" in headers.get("content-type", "") else None
    except ValueError:
        content = None
    return Answer(status=response.status, content=content, raw=raw, headers=headers, at=_time(headers.get("date", "")))


def _time(date: str) -> datetime:
    try:
        return parsedate_to_datetime(date).astimezone(UTC)
    except ValueError:
        return datetime.now(UTC)


def _unreachable(base: str, error: Exception) -> Unreachable:
    from urllib3.exceptions import ConnectTimeoutError, NewConnectionError, ProxyError, SSLError  # noqa: PLC0415  # as above

    unsent = isinstance(error, ConnectTimeoutError | NewConnectionError | ProxyError | SSLError)
    return Unreachable(f"no answer from {base}: {_reason(error)}", sent=not unsent)


def _reason(error: Exception) -> str:
    """Take the cause out of urllib3's wrapping: "Connection refused" is what people can use."""
    cause: BaseException = error
    while (inner := cause.__cause__ or cause.__context__) is not None:
        cause = inner
    return getattr(cause, "strerror", None) or str(cause) or type(cause).__name__


def _told_request(request: Request, url: str, headers: Mapping[str, str], body: bytes | None) -> str:
    shown = [f"> {name}: {hidden_header(name, value)}" for name, value in headers.items()]
    content = [] if body is None else [f"> {hidden(body)}"]
    return "\n".join([f"> {request.method} {url}", *shown, *content])


def _told_answer(answer: Answer) -> str:
    shown = [f"< {name}: {hidden_header(name, value)}" for name, value in answer.headers.items()]
    return "\n".join([f"< {answer.status}", *shown, f"< {hidden(answer.raw)}"])
