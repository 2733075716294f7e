"""docs/how-to/edge-and-application.md as it stands: nginx, two back ends under uvicorn, and visitors whom no one knows.

Each visitor is known by a cookie that only the edge looks at; the application must come to the same answers.
"""

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import pytest

from flagsdk.wire.cohort import HEADER, head_of, parse_keys, signed
from tests.support.application import Application
from tests.support.edge import Edge
from tests.support.pipeline import Answer, ask_all, request
from tests.support.snippets import snippets
from tests.support.timing import eventually
from tests.system.cluster import COHORT_KEY, ENVIRONMENT, SPLIT, Cluster, client_holds
from tests.system.test_agreement import assert_share_of

pytestmark = pytest.mark.servers

PAGE = "docs/how-to/edge-and-application.md"
WEIGHT = 30_000
VISITORS = tuple(f"visitor-{number}" for number in range(2_000))


@dataclass(frozen=True)
class Shop:
    """The page's program, once behind each cohort, and the edge before them."""

    edge: Edge
    backends: Mapping[str, Application]

    def visit(self, *visitors: Mapping[str, str]) -> list[Answer]:
        """Send one request with these headers for each visitor through the edge."""
        answers = ask_all(self.edge.port, [request("/cart", headers) for headers in visitors])
        assert {answer.status for answer in answers} == {200}
        return answers

    def straight(self, headers: Mapping[str, str]) -> Any:
        """Go past the edge to the stable back end."""
        (answer,) = ask_all(self.backends["stable"].port, [request("/cart", headers)])
        return json.loads(answer.body)


@pytest.fixture(scope="module")
def shop(cluster: Cluster) -> Iterator[Shop]:
    cluster.weigh_split(WEIGHT)
    cluster.weigh_flag(WEIGHT)
    variables = {
        "FLAGSDK_REDIS_URL": cluster.redis.url, "FLAGSDK_ENVIRONMENT": ENVIRONMENT, "FLAGSDK_COHORT_KEY": COHORT_KEY,
    }  # fmt: skip
    with ExitStack() as stack:
        backends = {}
        for name in ("stable", "canary"):
            backend = backends[name] = Application(snippets(PAGE)[0], variables | {"BACKEND": name})
            stack.callback(backend.close)
            backend.start()
        ports = {name: backend.port for name, backend in backends.items()}
        edge = Edge([replica.port for replica in cluster.replicas], patient=True, backends=ports)
        yield Shop(stack.enter_context(edge), backends)


@pytest.fixture(autouse=True)
def weights(cluster: Cluster, shop: Shop) -> None:
    """Set the weights again, which other tests on the same system may have changed, and wait for the back ends."""
    cluster.weigh_split(WEIGHT)
    revision = cluster.weigh_flag(WEIGHT)["revision"]
    assert client_holds(cluster.by_redis, revision)
    eventually(lambda: all(_follows(shop, name, cluster) for name in shop.backends), "the back ends")


def _follows(shop: Shop, name: str, cluster: Cluster) -> bool:
    """Whether a back end decides as the SDK here does, for some visitors with a key of their own."""
    some = VISITORS[:40]
    texts = [_signed(unit=visitor) for visitor in some]
    answers = ask_all(shop.backends[name].port, [request("/cart", {HEADER: text}) for text in texts])
    told = [json.loads(answer.body)["new"] for answer in answers]
    return told == [cluster.by_redis.is_enabled("new-checkout", visitor) for visitor in some]


def _signed(cohort: str = "canary", unit: str | None = "visitor-1", **more: Any) -> str:
    key = parse_keys(more.get("key", COHORT_KEY))[0]
    head = head_of(more.get("environment", ENVIRONMENT), more.get("split", SPLIT), cohort, "epoch.1")
    return signed(key, head, unit, int(time.time()) + int(more.get("seconds", 300))).decode()


def test_for_every_anonymous_visitor_cohort_and_flag_are_what_the_edge_chose(shop: Shop, cluster: Cluster) -> None:
    answers = [json.loads(answer.body) for answer in shop.visit(*({"Cookie": f"uid={name}"} for name in VISITORS))]

    chosen = [answer["backend"] for answer in answers]
    assert chosen == [cluster.by_redis.cohort(SPLIT, visitor) for visitor in VISITORS]
    assert [answer["cohort"] for answer in answers] == chosen
    assert [answer["new"] for answer in answers] == [backend == "canary" for backend in chosen]
    assert [answer["visitor"] for answer in answers] == list(VISITORS)
    assert_share_of(chosen.count("canary"), len(VISITORS), WEIGHT)


def test_a_first_visit_agrees_although_the_cookie_is_only_in_its_answer_and_so_does_the_next(shop: Shop) -> None:
    first = shop.visit(*[{}] * 200)
    cookies = [answer.headers["set-cookie"].partition(";")[0] for answer in first]
    again = shop.visit(*({"Cookie": cookie} for cookie in cookies))

    told = [json.loads(answer.body) for answer in first]
    assert [json.loads(answer.body) for answer in again] == told
    assert [answer["visitor"] for answer in told] == [cookie.partition("=")[2] for cookie in cookies]
    assert all(answer["backend"] == answer["cohort"] for answer in told)
    assert all(answer["new"] == (answer["cohort"] == "canary") for answer in told)
    assert {answer["backend"] for answer in told} == {"stable", "canary"}


def test_what_a_client_signs_or_repeats_itself_never_passes_the_edge(shop: Shop) -> None:
    forged = [_signed(unit="someone-else"), _signed(key="a-key-that-only-the-client-believes-in"), "x.y"]

    answers = shop.visit(*({"Cookie": f"uid={name}", HEADER: text} for text in forged for name in VISITORS[:50]))

    assert [json.loads(answer.body)["visitor"] for answer in answers] == list(VISITORS[:50]) * 3


def test_past_the_edge_only_what_the_service_signed_and_only_in_time_is_believed(shop: Shop) -> None:
    believed = {"backend": "stable", "cohort": "canary", "visitor": "visitor-1"}
    ignored = {"backend": "stable", "cohort": "stable", "visitor": None}

    assert believed.items() <= shop.straight({HEADER: _signed()}).items()
    for wrong in (
        {"seconds": -1},
        {"key": "a-key-that-only-the-client-believes-in"},
        {"environment": "staging"},
    ):
        assert ignored.items() <= shop.straight({HEADER: _signed(**wrong)}).items()
    assert shop.straight({HEADER: _signed("blue", split="search")})["cohort"] in {"stable", "canary"}
    assert ignored.items() <= shop.straight({"X-Flagsvc-Cohort": "", "X-Cohort": "canary"}).items()


def test_when_the_edge_fails_open_the_application_decides_by_itself(shop: Shop, cluster: Cluster) -> None:
    for replica in cluster.replicas:
        replica.kill()
    try:
        (answer,) = shop.visit({"Cookie": "uid=visitor-1", HEADER: _signed()})
    finally:
        for replica in cluster.replicas:
            replica.start()

    assert json.loads(answer.body) == {"backend": "stable", "cohort": "stable", "new": False, "visitor": None}
