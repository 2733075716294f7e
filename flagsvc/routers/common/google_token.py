"""Access tokens of Google Cloud by the application default credentials, looked up within bounds."""

import time
from collections.abc import Mapping
from typing import Any

import google.auth
from google.auth.exceptions import GoogleAuthError, TransportError
from google.auth.transport import Request
from google.auth.transport.urllib3 import Request as Urllib3Request
from urllib3 import PoolManager, Timeout

from flagsvc.domain.routing.errors import RouterError
from flagsvc.outbound import http

SCOPE = "https://www.googleapis.com/auth/cloud-platform"
LOOK_UP_SECONDS = 4.0
"""For all requests of one look-up together; between them the library pauses, for three seconds at most."""


class Tokens:
    """Gives a token at each use. Credentials are loaded anew after they did not do, for they may have been renewed."""

    def __init__(self) -> None:
        self._credentials: Any = None

    def token(self) -> str:
        """Give one that is good for a while; raises RouterError."""
        try:
            if self._credentials is None:
                self._credentials, _ = google.auth.default(scopes=[SCOPE], request=_Bounded())
            if not self._credentials.valid:
                self._credentials.refresh(_Bounded())
        except (GoogleAuthError, OSError, ValueError) as error:
            self.forget()
            raise RouterError(
                f"no token for Google Cloud ({type(error).__name__}): give this process a service account, or "
                "GOOGLE_APPLICATION_CREDENTIALS"
            ) from error
        return str(self._credentials.token)

    def forget(self) -> None:
        """Load the credentials anew at the next use."""
        self._credentials = None


class _Bounded(Request):
    """Requests that have one time limit together, whatever the library asks for."""

    def __init__(self) -> None:
        self._until = time.monotonic() + LOOK_UP_SECONDS
        timeout = Timeout(connect=http.CONNECT_SECONDS, read=http.READ_SECONDS)
        self._request: Any = Urllib3Request(PoolManager(retries=False, timeout=timeout))  # type: ignore[no-untyped-call]

    def __call__(
        self,
        url: str,
        method: str = "GET",
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float | None = None,
        **more: Any,
    ) -> Any:
        """Send one; raises TransportError once the time is over."""
        left = self._until - time.monotonic()
        if left <= 0:
            raise TransportError("no time is left")  # type: ignore[no-untyped-call]
        return self._request(url, method, body, headers, min(left, http.READ_SECONDS), **more)
