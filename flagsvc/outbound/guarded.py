"""Requests to targets that people name in plans: checked, bounded in time and bytes, no redirects, no proxies.

The host is resolved once; the connection goes to an address that was checked, so that a name which changes between the
check and the use changes nothing. TLS is verified for the name.
"""

import re
import ssl
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import urllib3
from urllib3 import exceptions as faults

from flagsvc.domain.calls import CallError
from flagsvc.outbound.bounded import answered_within, bounded
from flagsvc.outbound.reach import Reach
from flagsvc.outbound.resolving import Unresolved, addresses_of
from flagsvc.outbound.target import Barred, Target, target_of
from flagsvc.span import Value, headers, span

CONNECT_SECONDS = 3.0
MOST_SECONDS = 60.0
PIECE_BYTES = 65_536
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
OURS = frozenset(
    {"connection", "content-length", "expect", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"}
)
"""Headers that belong to the connection: whoever could set them could send a second request in the first."""
UNFIT = "a header has signs that HTTP does not carry"

_HOST = re.compile(r"[A-Za-z0-9_.:\[\]-]{1,255}")
Resolve = Callable[[str, int, float], Sequence[str]]


class Unreached(CallError):
    """No answer, though there may be one at another time: the message says why. It may have arrived all the same."""


class Request(NamedTuple):
    """What is sent. The headers of the connection are not the caller's; Host may name another site at the address."""

    method: str
    url: str
    headers: Mapping[str, str] = {}  # nobody writes to it
    body: bytes | None = None


class Answer(NamedTuple):
    """What came back; `whole`: the body is no longer than it is here."""

    status: int
    body: bytes
    whole: bool


class Guarded:
    """Sends requests, from any thread. `ca_file`: authorities that are trusted besides the system's."""

    def __init__(
        self, reach: Reach | None = None, *, ca_file: Path | None = None, resolve: Resolve = addresses_of
    ) -> None:
        """Raise ValueError for a `ca_file` that cannot be read."""
        self._reach, self._resolve = reach or Reach(), resolve
        self._tls = trusting(ca_file)

    def ask(self, request: Request, seconds: float, most_bytes: int) -> Answer:
        """Send one request; gives whatever status comes, and at most `most_bytes` of the body.

        Raises Barred for a request that is never sent, Unreached when no answer has come after `seconds`.
        """
        target = target_of(request.url)
        _demand_fit(request)
        named: dict[str, Value] = {
            "http.request.method": request.method,
            "server.address": target.host,
            "server.port": target.port,
        }
        with span(request.method, "client", named) as one:
            request = request._replace(headers={**headers(), **request.headers})
            answer = self._asked(request, target, time.monotonic() + min(seconds, MOST_SECONDS), most_bytes)
            one.note({"http.response.status_code": answer.status})
            return answer

    def _asked(self, request: Request, target: Target, until: float, most_bytes: int) -> Answer:
        try:
            addresses = self._resolve(target.host, target.port, until - time.monotonic())
        except Unresolved as error:
            raise Unreached(str(error)) from error
        refusals = {address: self._reach.refusal(address) for address in addresses}
        permitted = [address for address, refusal in refusals.items() if not refusal]
        if not permitted:
            raise Barred(f"{target.authority} may not be reached: {'; '.join(refusals.values()) or 'no address'}")
        return self._first_that_listens(request, target, permitted, until, most_bytes)

    def _first_that_listens(
        self, request: Request, target: Target, addresses: Sequence[str], until: float, most_bytes: int
    ) -> Answer:
        """Send it to the first address that takes a connection; never to two."""
        refused = Unreached("no connection in time")
        for address in addresses:
            left = until - time.monotonic()
            if left <= 0:
                break
            try:
                return self._send(request, target, address, left, most_bytes)
            except (faults.NewConnectionError, faults.ConnectTimeoutError) as error:
                refused = Unreached(_why(error))
            except (faults.HTTPError, OSError) as error:
                raise Unreached(_why(error)) from error
            except ValueError:  # its text has the header, and that may be a secret
                raise Barred(UNFIT) from None
        raise refused

    def _send(self, request: Request, target: Target, address: str, left: float, most_bytes: int) -> Answer:
        timeout = urllib3.Timeout(connect=min(CONNECT_SECONDS, left), read=left)
        with bounded(urllib3.PoolManager(1, retries=False, timeout=timeout, ssl_context=self._tls)) as pools:
            named = {"server_hostname": target.host, "assert_hostname": target.host}
            pool = pools.connection_from_host(
                address, target.port, target.scheme, named if target.scheme == "https" else None
            )
            headers = _with_defaults(request.headers, target)
            with answered_within(left):
                answer = pool.urlopen(
                    *(request.method, target.path, request.body, headers),
                    redirect=False, assert_same_host=False, preload_content=False, decode_content=False,
                )  # fmt: skip
                try:
                    return _received(answer, most_bytes)
                finally:
                    answer.close()


def _received(answer: urllib3.BaseHTTPResponse, most_bytes: int) -> Answer:
    received = bytearray()
    while len(received) <= most_bytes and (piece := answer.read1(PIECE_BYTES, decode_content=False)):
        received += piece
    return Answer(answer.status, bytes(received[:most_bytes]), len(received) <= most_bytes)


def _with_defaults(given: Mapping[str, str], target: Target) -> dict[str, str]:
    named = {name.lower() for name in given}
    defaults = {"Host": target.authority, "Accept-Encoding": "identity", "User-Agent": "flagsvc"}
    ours = {name: value for name, value in defaults.items() if name.lower() not in named}
    return {**ours, **given, "Connection": "close"}


def _demand_fit(request: Request) -> None:
    if request.method not in METHODS:
        raise Barred(f"there is no method {request.method[:20]!r}")
    for name, value in request.headers.items():
        if name.lower() in OURS or name.lower().startswith("proxy-"):
            raise Barred(f"the header {name[:40]!r} is not yours to set")
        if name.lower() == "host" and not _HOST.fullmatch(value):
            raise Barred("the header 'Host' names no host")


def trusting(ca_file: Path | None) -> ssl.SSLContext:
    """Trust the system's authorities, and those of a file; ValueError when it cannot be read."""
    context = ssl.create_default_context()
    if ca_file is not None:
        try:
            context.load_verify_locations(ca_file)
        except OSError as error:  # ssl.SSLError is one
            raise ValueError(f"{ca_file}: expected a readable file with certificates in PEM") from error
    return context


WORDS: dict[type[Exception], str] = {
    faults.NewConnectionError: "no connection",  # a kind of the next
    faults.ConnectTimeoutError: "no connection in time",
    faults.ReadTimeoutError: "no answer in time",
    faults.SSLError: "its certificate or its TLS is not to be trusted",
    faults.ProtocolError: "the connection broke",
    faults.TimeoutError: "the answer took too long",
}


def _why(error: Exception) -> str:
    return next((words for kind, words in WORDS.items() if isinstance(error, kind)), type(error).__name__)
