"""The service behind nginx, HAProxy and Envoy, with the configurations of examples/."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest

from flagsdk import Context, FlagClient
from flagsvc.settings import Settings
from tests.packaging.fronts import EDGE, KINDS, Front
from tests.support.certificates import Certificates
from tests.support.service import ADMIN_TOKEN, Service
from tests.support.timing import eventually

pytestmark = pytest.mark.servers

API = "/api/v1/environments/production"
SPLIT = {
    "key": "by-address",
    "backends": ["blue", "green"],
    "stable": "blue",
    "unit": {"clientAddress": True},
    "default": {"split": {"weights": {"blue": 50_000, "green": 50_000}, "salt": "a-salt-of-the-test"}},
}
BY_PLACE = {
    "key": "by-place",
    "backends": ["blue", "green"],
    "stable": "blue",
    "unit": {"headers": ["X-User-Id"]},
    "rules": [
        {"id": "path", "when": {"attribute": "path", "op": "in", "values": ["/forged"]}, "serve": "green"},
        {"id": "method", "when": {"attribute": "method", "op": "in", "values": ["PATCH"]}, "serve": "green"},
    ],
    "default": {"serve": "blue"},
}
FORGED_PLACES = (
    {"X-Original-URI": "/forged"},
    {"X-Forwarded-Uri": "/forged"},
    {"X-Original-Method": "PATCH"},
    {"X-Forwarded-Method": "PATCH"},
)
FORGED = {
    "X-Forwarded-For": "203.0.113.9",
    "X-Forwarded-Proto": "http",
    "X-Forwarded-Host": "evil.example",
    "X_Forwarded_For": "203.0.113.9",
}
INNER = ("/traffic/v1/production/by-address/decide", "/metrics", "/%74raffic/v1/production/by-address/decide")


LIMIT = Settings.model_fields["max_body_bytes"].default
PLACE = "/traffic/v1/production/by-place/decide"


def _decided(client: httpx2.Client, path: str, headers: dict[str, str], answer: str = "x-cohort") -> str:
    """Ask once for a cohort, and close the client."""
    with client:
        return str(client.get(path, headers={"X-User-Id": "ann", **headers}).headers.get(answer))


@dataclass(frozen=True)
class Site:
    """A proxy, and the two replicas behind it."""

    front: Front
    replicas: tuple[Service, Service]


@pytest.fixture(scope="module")
def replicas(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Service, Service]]:
    """Two services over one database, which believe a proxy on this machine."""
    with ExitStack() as stack:
        first = Service({"SAMPLE_DATA": "true", "TRUSTED_PROXIES": "127.0.0.1"})
        stack.callback(first.close)
        database = f"sqlite:///{first.folder}/flagsvc.db"
        second = Service({"TRUSTED_PROXIES": "127.0.0.1", "DATABASE_URL": database})
        stack.callback(second.close)
        first.start()
        second.start()
        for split in (SPLIT, BY_PLACE):
            first.call("POST", "environments/production/splits", split)
        for replica in (first, second):
            eventually(lambda replica=replica: _decided(replica.client(), PLACE, {}) == "blue", "the splits")  # type: ignore[misc]  # bound
        yield first, second


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return Certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(scope="module", params=KINDS)
def site(
    request: pytest.FixtureRequest, replicas: tuple[Service, Service], certificates: Certificates
) -> Iterator[Site]:
    front = Front(request.param, [replica.port for replica in replicas], certificates)
    try:
        front.start()
        yield Site(front, replicas)
    finally:
        front.close()


def _weigh(site: Site, on: int) -> Any:
    with site.front.client(ADMIN_TOKEN) as client:
        body = {"weights": {"on": on, "off": 100_000 - on}}
        answer = client.post(f"{API}/flags/new-checkout/weights", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_the_admin_api_answers_with_its_own_headers_and_problems(site: Site) -> None:
    with site.front.client(ADMIN_TOKEN) as client:
        read = client.get(f"{API}/splits/checkout")
        again = client.get(f"{API}/splits/checkout", headers={"If-None-Match": read.headers["etag"]})
        refused = client.post(f"{API}/flags/new-checkout/weights", json={"weights": {"on": 1}})

    assert (read.status_code, again.status_code) == (200, 304)
    assert (refused.status_code, refused.headers["content-type"]) == (422, "application/problem+json")
    assert read.headers["strict-transport-security"] == "max-age=31536000"


def test_a_stream_begins_at_once_and_tells_a_change_while_it_is_open(site: Site) -> None:
    _weigh(site, 40_000)  # what is so already is no change
    with site.front.client(ADMIN_TOKEN) as client, client.stream("GET", "/api/v1/stream") as stream:
        lines = stream.iter_lines()
        assert next(line for line in lines if line.startswith("event: ")) == "event: hello"

        revision = _weigh(site, 41_000)["revision"]

        changes = (json.loads(line[6:]) for line in lines if line.startswith("data: ") and '"flag.' in line)
        change = next(change for change in changes if change["revision"] >= revision)
    assert change["revision"] == revision


def test_an_sdk_follows_through_the_proxy(site: Site) -> None:
    body = {"kind": "sdk", "environment": "production", "name": "behind a proxy"}
    token = site.replicas[0].call("POST", "tokens", body)["document"]["token"]
    with FlagClient(site.front.url, token=token, ca_file=str(site.front.authority)) as flags:
        assert flags.wait_ready(60)

        for on in (100_000, 0):
            _weigh(site, on)
            wanted = on > 0
            eventually(lambda wanted=wanted: flags.is_enabled("new-checkout", Context("ann")) is wanted, f"{on}")  # type: ignore[misc]  # bound


@pytest.mark.parametrize("forged", [{}, FORGED], ids=["honest", "forged"])
def test_a_browser_s_session_is_safe_and_of_the_address_that_it_sees(site: Site, forged: dict[str, str]) -> None:
    here = {"Origin": site.front.url, **forged}
    with site.front.client() as client:
        opened = client.post("/api/v1/session", json={"token": ADMIN_TOKEN}, headers=here)
        kept = {"Cookie": opened.headers["set-cookie"].partition(";")[0]}
        ended = client.delete("/api/v1/session", headers={**here, **kept})
        elsewhere = client.post(
            "/api/v1/session", json={"token": ADMIN_TOKEN}, headers={"Origin": "https://evil.example"}
        )

    assert opened.status_code == 201
    assert opened.headers["set-cookie"].startswith("__Host-flagsvc=")
    assert "Secure" in opened.headers["set-cookie"]
    assert (ended.status_code, elsewhere.status_code) == (204, 403)


@pytest.mark.parametrize("forged", [{}, FORGED], ids=["honest", "forged"])
def test_the_client_s_address_is_the_one_that_it_has(site: Site, forged: dict[str, str]) -> None:
    wanted, others = (
        _decided(site.replicas[0].client(), INNER[0], {"X-Forwarded-For": address}, "x-cohort-bucket")
        for address in (EDGE, "203.0.113.9")
    )

    found = {_decided(site.front.client(origin=EDGE), INNER[0], forged, "x-cohort-bucket") for _ in range(4)}

    assert found == {wanted}
    assert wanted != others


@pytest.mark.parametrize("forged", FORGED_PLACES, ids=",".join)
def test_no_client_says_what_was_asked_for(site: Site, forged: dict[str, str]) -> None:
    """The service believes the proxy's word, so the control is what it does when asked by a believed one itself."""
    assert _decided(site.replicas[0].client(), PLACE, forged) == "green"

    assert {_decided(site.front.client(origin=EDGE), PLACE, forged) for _ in range(4)} == {"blue"}


@pytest.mark.parametrize("path", INNER)
def test_what_asks_for_no_token_is_open_to_edges_only(site: Site, path: str) -> None:
    with site.front.client(origin=EDGE) as edge, site.front.client() as anybody:
        answers = (edge.get(path).status_code, anybody.get(path).status_code)

    assert answers in {(200, 403), (404, 403)}  # a service that does not decode its path has no such one
    assert path.startswith("/%") or answers[0] == 200


def test_a_body_passes_up_to_the_service_s_limit_and_beyond_it_the_proxy_refuses(site: Site) -> None:
    json_body = {"Content-Type": "application/json"}
    with site.front.client(ADMIN_TOKEN) as client:
        within, beyond = (
            client.post("/api/v1/flags", content=b'"' + b"x" * size + b'"', headers=json_body)
            for size in (LIMIT - 1000, LIMIT + 1000)
        )

    assert (within.status_code, within.headers["content-type"]) == (400, "application/problem+json")
    assert (beyond.status_code, beyond.headers.get("content-type")) != (413, "application/problem+json")
    assert beyond.status_code == 413


def test_a_replica_that_is_dead_costs_no_request(site: Site) -> None:
    dead = site.replicas[1]
    dead.kill()
    try:
        with site.front.client(ADMIN_TOKEN) as client:
            codes = {client.get(f"{API}/splits/checkout").status_code for _ in range(20)}
        written = _weigh(site, 30_000)
    finally:
        dead.start()

    assert codes == {200}
    assert written["revision"]


def test_every_example_is_one_that_is_run_here() -> None:
    examples = {path.parent.name for path in Path(__file__).parents[2].glob("examples/*/front.*")}

    assert examples == set(KINDS)
