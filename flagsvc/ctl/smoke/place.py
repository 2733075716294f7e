"""What is checked: one service at its address, further replicas, a copy in Redis; and how it is asked."""

from dataclasses import dataclass

from flagsvc.ctl.api import Answer, Api, Patience, Request
from flagsvc.ctl.session import connect

HIGHEST_READ_SECONDS = 10.0
ONCE_MORE = (0.5,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One address. `admin` asks with the token; `anybody` without, and never twice: each answer is one to check."""

    url: str
    admin: Api
    anybody: Api

    def health(self, path: str) -> Answer:
        """Ask one of the three; any status is an answer."""
        return self.anybody.exchange(Request(method="GET", path=path))


def place_of(url: str, token: str, seconds: float, *, debug: bool) -> Place:
    """Open an address, each of whose answers may take `seconds`. Raises Failure for what is none."""
    read = min(seconds, HIGHEST_READ_SECONDS)
    admin = connect(url, token, debug=debug, patience=Patience(read, read, ONCE_MORE))
    return Place(
        url=url.rstrip("/"), admin=admin, anybody=connect(url, "", debug=debug, patience=Patience(read, read, ()))
    )
