"""One POST to the service, bounded in time and size; whatever happens comes back as a value."""

from typing import NamedTuple
from urllib.parse import urlsplit

CONNECT_SECONDS = 0.5
READ_SECONDS = 1.0
DEADLINE_SECONDS = 2.0
"""For all of it, however often a byte arrives."""
ACCEPTED = 202
"""Nothing else counts as success: a proxy that answers everything with 200 has delivered nothing."""

PATH = "/sdk/v1/usage"


class Answer(NamedTuple):
    """What came back. `status` 0: nothing did, and nobody knows whether the request arrived; `fault` says why."""

    status: int
    retry_after: float = 0.0
    fault: str = ""

    @property
    def accepted(self) -> bool:
        """Whether the service took it."""
        return self.status == ACCEPTED

    @property
    def hopeless(self) -> bool:
        """Whether the same bytes would be refused again, by anybody."""
        return self.status in (400, 413, 415, 422)


class Delivery:
    """Posts reports to `URL/sdk/v1/usage` with a token. Each has a connection of its own, closed behind it."""

    def __init__(self, url: str, token: str, ca_file: str = "") -> None:
        """`ca_file` (PEM): whom to trust in place of the system's authorities.

        Raises ValueError for an address without http(s) and a host, or a token that no header can carry.
        """
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("usage is reported to the service: an http(s) address is needed")
        bare = token.strip()  # the line end of the file that it came from
        if not (bare and bare.isascii() and bare.isprintable()):
            raise ValueError("usage is reported with an SDK token, in visible ASCII characters")
        self.name = f"{parts.scheme} {parts.hostname}"
        self._ca_file = ca_file
        self._address = url.rstrip("/") + PATH
        self._headers = {
            "Authorization": f"Bearer {bare}",
            "Content-Type": "application/json",
            "User-Agent": "flagsdk",
            "Connection": "close",
        }

    def post(self, body: bytes) -> Answer:
        """Send a report; never raises."""
        try:
            return self._post(body)
        except Exception as fault:  # noqa: BLE001 - whatever a library raises means that nothing is known
            return Answer(0, fault=type(fault).__name__)

    def _post(self, body: bytes) -> Answer:
        import urllib3  # noqa: PLC0415 - only those who report need it

        from flagsdk.sources.connections import Connections  # noqa: PLC0415 - likewise

        connections = Connections(self._address, self._ca_file)
        wait = urllib3.Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS)
        try:
            with connections.deadline(DEADLINE_SECONDS):
                answer = connections.post(self._address, body, self._headers, wait)
            answer.close()
        finally:
            connections.close()
        after = answer.headers.get("Retry-After", "")
        fault = "" if answer.status == ACCEPTED else f"the service answered {answer.status}"
        return Answer(answer.status, float(after) if after.isascii() and after.isdecimal() else 0.0, fault)
