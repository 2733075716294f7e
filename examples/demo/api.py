"""The public API of the service, as far as the demo needs it."""

import json
from collections.abc import Mapping
from typing import Any

import urllib3

TIMEOUT = urllib3.Timeout(connect=5.0, read=15.0)


class Refused(Exception):
    """The service said no; the message is its own."""


class Api:
    """Asks the admin API with one token. May be used from several threads."""

    def __init__(self, url: str, token: str) -> None:
        self.url = url
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        self._http = urllib3.PoolManager(maxsize=4, retries=False, timeout=TIMEOUT)

    def get(self, path: str) -> Any:
        """Read what is at a path below /api/v1."""
        return self._call("GET", path)

    def post(self, path: str, body: Any, reason: str = "the demo") -> Any:
        """Create something, or give a command; the reason is for the audit trail."""
        return self._call("POST", path, body, {"X-Change-Reason": reason})

    def _call(self, method: str, path: str, body: Any = None, more: Mapping[str, str] | None = None) -> Any:
        content, headers = None if body is None else json.dumps(body), {**self._headers, **(more or {})}
        answer = self._http.request(method, f"{self.url}/api/v1/{path}", body=content, headers=headers)
        if answer.status >= 300:  # noqa: PLR2004  # what HTTP calls anything but success
            raise Refused(f"{method} {path}: {answer.status} {answer.data.decode(errors='replace')[:1000]}")
        return json.loads(answer.data) if answer.data else None


def fetch(url: str, body: Any = None) -> bytes:
    """Ask any other program: GET, or POST with a body; raises OSError for anything but an answer of success."""
    method, content = ("GET", None) if body is None else ("POST", json.dumps(body))
    try:
        answer = urllib3.request(method, url, body=content, retries=False, timeout=TIMEOUT)
    except urllib3.exceptions.HTTPError as error:
        raise OSError(str(error)) from error
    if answer.status >= 300:  # noqa: PLR2004  # likewise
        raise OSError(f"{url}: {answer.status}")
    return answer.data
