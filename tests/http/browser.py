"""A browser before the admin API, with a clock moved by hand."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network

from httpx2 import Response
from starlette.testclient import TestClient

from flagsvc.http.traffic_unit import Proxies
from flagsvc.store import SqlStore
from tests.http.service import ADMIN, API, Service

SESSION = f"{API}/session"
HERE = {"Sec-Fetch-Site": "same-origin"}
PROXY = Proxies([ip_network("10.1.0.0/16")])


@dataclass
class Hours:
    """A clock; `wall` and `elapsed` go together."""

    now: datetime = field(default_factory=lambda: datetime(2026, 3, 1, 12, tzinfo=UTC))

    def wall(self) -> datetime:
        return self.now

    def elapsed(self) -> float:
        return self.now.timestamp()

    def go(self, **span: float) -> None:
        self.now += timedelta(**span)


def replica(store: SqlStore, hours: Hours) -> Service:
    """Make a replica over a store, which has books of its own."""
    return Service(store, now=hours.wall, elapsed=hours.elapsed, proxies=PROXY)


def browser(service: Service, url: str = "http://flags.example", peer: str = "192.0.2.7") -> TestClient:
    """Open a browser at an address; it keeps cookies."""
    return TestClient(service.application, base_url=url, client=(peer, 50_000))


def sign_in(client: TestClient, token: str = ADMIN, headers: Mapping[str, str] | None = None) -> Response:
    return client.post(SESSION, json={"token": token}, headers=dict(HERE if headers is None else headers))


def signed_in(service: Service, token: str = ADMIN) -> TestClient:
    client = browser(service)
    answer = sign_in(client, token)
    assert answer.status_code == 201, answer.text
    return client
