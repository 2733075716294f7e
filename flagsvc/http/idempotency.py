"""Idempotency-Key (IETF draft-ietf-httpapi-idempotency-key-header-07): the header, and who is at work under a key.

Answers are remembered by the use cases, in the transaction of the write. Here two requests with one key that run at the
same moment are told apart: the second is told to wait.
"""

import hashlib
import re  # fixed pattern over a bounded header value
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from starlette.requests import Request

from flagsvc.domain.errors import Fault
from flagsvc.http.problem import Problem, malformed
from flagsvc.usecases.intent import Idempotency

HEADER = "Idempotency-Key"
_KEY = re.compile(r'([!#-~]{1,255})|"([!#-~]{1,255})"')


def idempotency(request: Request, body: bytes) -> Idempotency | None:
    """Bind the header's key to this method, address and body. Quoted or bare; None without the header."""
    header = request.headers.get(HEADER)
    if header is None:
        return None
    key = _KEY.fullmatch(header)
    if key is None:
        raise malformed([Fault(f"header/{HEADER}", "not-a-key", "1 to 255 visible ASCII characters")])
    address = f"{request.method} {request.scope['path']}?{request.scope['query_string'].decode('latin-1')}"
    return Idempotency(key[1] or key[2], address, hashlib.sha256(body).hexdigest())


class InFlight:
    """The (owner, key) pairs whose first request is still running in this process."""

    def __init__(self) -> None:
        self._running: set[tuple[str, str]] = set()
        self._lock = threading.Lock()

    @contextmanager
    def only(self, owner: str, bound: Idempotency | None) -> Iterator[None]:
        """Hold the key for the length of the block; 409 when another request holds it."""
        if bound is None:
            yield
            return
        held = (owner, bound.key)
        with self._lock:
            if held in self._running:
                raise Problem("request-in-flight", "the first request with this key is still running")
            self._running.add(held)
        try:
            yield
        finally:
            with self._lock:
                self._running.discard(held)
