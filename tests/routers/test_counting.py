"""Requests per backend from a metrics page and from a real Prometheus."""

from collections.abc import Iterator

import pytest

from flagsvc.domain.routing.errors import RouterError
from flagsvc.routers.common.counting import Counted, CountsOptions
from flagsvc.routers.nothing import Nothing
from tests.routers.contract import target
from tests.support import haproxy
from tests.support.edge import Edge, Places
from tests.support.haproxy import HaproxyServer
from tests.support.pipeline import ask_all, request
from tests.support.process import free_port
from tests.support.prometheus import MetricsPage, PrometheusServer
from tests.support.timing import eventually

BACKENDS = {"stable": "b_stable", "canary": "b_canary"}


@pytest.fixture
def page() -> Iterator[MetricsPage]:
    with MetricsPage() as served:
        served.counters = {'pool="b_stable",code="2xx"': 90, 'pool="b_canary",code="2xx"': 10, 'pool="other"': 7}
        yield served


def counted(page: MetricsPage, **members: str | dict[str, str]) -> Counted:
    options = CountsOptions(page=page.url, metric="requests_total", label="pool", backends=BACKENDS, **members)  # type: ignore[arg-type]
    return Counted(Nothing(), options)


def test_a_page_s_counter_is_summed_up_by_backend(page: MetricsPage) -> None:
    router = counted(page)
    router.counts()

    page.counters['pool="b_stable",code="2xx"'] += 30
    page.counters['pool="b_canary",code="2xx"'] += 5

    assert router.counts() == {"stable": 30, "canary": 5}
    assert router.capabilities.counts


def test_one_series_that_was_reset_and_one_that_was_born_lose_nothing(page: MetricsPage) -> None:
    router = counted(page)
    router.counts()

    page.counters['pool="b_stable",code="2xx"'] = 4  # restarted, while the sum of all still grew
    page.counters['pool="b_canary",code="5xx"'] = 200

    assert router.counts() == {"stable": 4, "canary": 200}


def test_further_labels_choose_among_the_series(page: MetricsPage) -> None:
    router = counted(page, where={"code": "5xx"})
    page.counters['pool="b_stable",code="5xx"'] = 1
    router.counts()

    page.counters['pool="b_stable",code="5xx"'] += 2
    page.counters['pool="b_stable",code="2xx"'] += 50

    assert router.counts() == {"stable": 2, "canary": 0}


@pytest.mark.parametrize("text", ["", "<html>", "requests_total{pool=", 'requests_total{pool="nobody"} 5\n'])
def test_a_page_without_the_counter_is_an_error_and_never_a_zero(page: MetricsPage, text: str) -> None:
    page.text = text

    with pytest.raises(RouterError):
        counted(page).counts()


def test_everything_else_is_the_router_s_own(page: MetricsPage) -> None:
    router = counted(page)

    assert router.plan(target(5_000))
    router.apply(target(5_000))

    observed = router.observe()
    assert observed is not None
    assert observed.weights == {"stable": 95_000, "canary": 5_000}


@pytest.mark.parametrize(
    "members",
    [
        {"page": "http://127.0.0.1/metrics"},
        {"prometheus": "http://127.0.0.1"},
        {"page": "http://127.0.0.1/metrics", "metric": "m", "prometheus": "http://127.0.0.1", "query": "q"},
        {},
    ],
)
def test_options_name_one_source_completely(members: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="either page and metric, or prometheus and query"):
        CountsOptions(label="pool", backends=BACKENDS, **members)  # type: ignore[arg-type]


@pytest.mark.servers
def test_a_prometheus_server_is_asked_by_an_instant_query(page: MetricsPage) -> None:
    server = PrometheusServer(page.port)
    try:
        server.start()
        options = CountsOptions(prometheus=server.url, query="requests_total", label="pool", backends=BACKENDS)
        router = Counted(Nothing(), options)
        with pytest.raises(RouterError, match="no series"):
            router.counts()
        eventually(lambda: server.ask("requests_total"), "the first sample")
        router.counts()

        page.counters['pool="b_canary",code="2xx"'] += 25

        eventually(lambda: router.counts() == {"stable": 0, "canary": 25}, "the counter at the server")
        wrong = CountsOptions(prometheus=server.url, query="requests_total[30s]", label="pool", backends=BACKENDS)
        with pytest.raises(RouterError, match="not an instant vector"):
            Counted(Nothing(), wrong).counts()
    finally:
        server.close()


@pytest.mark.servers
def test_a_real_proxy_s_own_metrics_page_tells_the_share() -> None:
    exporter = free_port()
    page = f"\nfrontend metrics\n  bind 127.0.0.1:{exporter}\n  http-request use-service prometheus-exporter\n"

    def make(places: Places) -> HaproxyServer:
        return haproxy.weights(places, page)

    with Edge([], make=make) as edge:
        options = CountsOptions(
            page=f"http://127.0.0.1:{exporter}/metrics",
            metric="haproxy_server_http_responses",
            label="server",
            backends={"stable": "stable1", "canary": "canary1"},
            where={"proxy": "shop"},
        )
        router = Counted(Nothing(), options)
        router.counts()

        ask_all(edge.port, [request("/", {})] * 40)

        assert router.counts() == {"stable": 40, "canary": 0}
