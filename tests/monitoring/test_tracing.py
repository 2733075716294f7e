"""Spans, as a collector gets them from a real process: which there are, in whose trace, and what is in none of them."""

import json
from collections.abc import Iterator

import pytest

from tests.monitoring.watched import ROUTERS
from tests.support.otlp import Collector, Received
from tests.support.servers import RedisServer
from tests.support.service import ADMIN_TOKEN, SAMPLE_TOKEN, Service
from tests.support.timing import eventually

pytestmark = pytest.mark.servers

TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
UNSAMPLED = "11111111111111111111111111111111"
CANARIES = ("canary-unit", "canary-attribute", "canary-query", "canary-body", ADMIN_TOKEN, SAMPLE_TOKEN)
WEIGHTS = "environments/production/flags/new-checkout/weights"
CHANGED = "POST /api/v1/environments/{environment}/flags/{key}/weights"
TARGET = {"name": "edge", "kind": "split", "key": "checkout", "candidate": "canary", "baseline": "stable"}


@pytest.fixture(scope="module")
def collector() -> Iterator[Collector]:
    with Collector() as opened:
        yield opened


@pytest.fixture(scope="module")
def service(collector: Collector, shared_redis_for_traces: str) -> Iterator[Service]:
    settings = {
        "TRACING": "true",
        "SAMPLE_DATA": "true",
        "REDIS_URL": shared_redis_for_traces,
        "ROUTERS": "routers.yaml",
        "OUTBOUND_NETWORKS": "127.0.0.0/8",
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url)
        patch.setenv("OTEL_BSP_SCHEDULE_DELAY", "100")
        patch.setenv("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=tests")
        started = Service(settings)
        try:
            (started.folder / "routers.yaml").write_text(ROUTERS)
            started.start()
            yield started
        finally:
            started.close()


@pytest.fixture(scope="module")
def shared_redis_for_traces() -> Iterator[str]:
    server = RedisServer()
    try:
        server.start()
        yield server.url
    finally:
        server.close()


def only(collector: Collector, name: str, trace: str = "") -> Received:
    """Wait for the span of a name, the first one, of a trace if one is given."""

    def found() -> list[Received]:
        return [span for span in collector.named(name) if trace in {"", span.trace}]

    eventually(found, f"a span {name}")
    return found()[0]


def appended(collector: Collector) -> list[Received]:
    """Give the spans of changes of production that went to Redis by themselves, not with everything else."""
    of_a_change = {"flagsvc.environment": "production", "flagsvc.whole": False}
    return [span for span in collector.named("publish") if of_a_change.items() <= span.values.items()]


def test_a_request_goes_on_with_its_callers_trace_and_its_transaction_is_a_part(
    service: Service, collector: Collector
) -> None:
    traceparent = f"00-{TRACE}-{PARENT}-01"

    service.call("POST", WEIGHTS, {"weights": {"on": 1, "off": 99_999}}, traceparent=traceparent)

    span = only(collector, CHANGED, TRACE)
    assert (span.parent, span.failed) == (PARENT, False)
    assert span.values == {
        "http.request.method": "POST",
        "http.response.status_code": 200,
        "http.route": "/api/v1/environments/{environment}/flags/{key}/weights",
    }
    written = only(collector, "database transaction", TRACE)
    assert (written.parent, written.values) == (span.id, {"db.system.name": "sqlite"})
    eventually(lambda: appended(collector), "the publication")
    assert appended(collector)[0].values.keys() >= {"flagsvc.revision", "flagsvc.changes"}


def test_who_sends_is_said_and_what_the_operator_adds_too(service: Service, collector: Collector) -> None:
    service.call("GET", "flags")

    resource = only(collector, "GET /api/v1/flags").resource
    assert resource["service.name"] == "flagsvc"
    assert resource["deployment.environment.name"] == "tests"
    assert {"service.version", "service.instance.id"} <= resource.keys()


def test_a_caller_that_does_not_sample_is_not_sampled_here(service: Service, collector: Collector) -> None:
    service.call("GET", "flags", traceparent=f"00-{UNSAMPLED}-{PARENT}-00")
    service.call("GET", "matrix")

    only(collector, "GET /api/v1/matrix")
    assert UNSAMPLED not in {span.trace for span in collector.spans}


def test_a_rollout_its_routers_and_its_hooks_are_spans_and_a_hook_can_go_on_with_the_trace(
    service: Service, collector: Collector
) -> None:
    hook = {"url": f"{collector.url}/hook?secret=canary-query", "body": {"note": "canary-body"}}
    steps = [{"name": "5 %", "weights": {"edge": 5_000}, "hook": hook, "hold": "1h"}]
    plan = {"strategy": "canary", "targets": [TARGET], "steps": steps}
    bound = {"key": "edge", "split": "checkout", "routers": ["edge-1"]}
    service.call("POST", "environments/production/bindings", bound)

    service.call("POST", "environments/production/rollouts", {"key": "r1", "plan": plan})

    told = only(collector, "router apply")
    assert told.values["flagsvc.router"] == "edge-1"
    moved = only(collector, "rollout")
    assert (moved.values["flagsvc.environment"], moved.values["flagsvc.rollout"]) == ("production", "r1")
    asked = only(collector, "rollout hook")
    sent = only(collector, "POST", asked.trace)
    assert (sent.parent, sent.values["server.address"]) == (asked.id, "127.0.0.1")
    eventually(lambda: collector.asked, "the hook")
    assert collector.asked[0]["traceparent"].startswith(f"00-{sent.trace}-{sent.id}-")


def test_hot_paths_streams_health_and_metrics_leave_no_span_and_nobodys_data_is_in_any(
    service: Service, collector: Collector
) -> None:
    context = {"targetingKey": "canary-unit", "email": "canary-attribute"}
    with service.client(SAMPLE_TOKEN) as client:
        for _ in range(5):
            client.post("/ofrep/v1/evaluate/flags/new-checkout", json={"context": context})
            client.get("/traffic/v1/production/checkout/decide", headers={"X-User-Id": "canary-unit"})
            client.get("/sdk/v1/snapshot?environment=production")
        for path in ("/health", "/health/live", "/health/ready", "/metrics"):
            client.get(path)
    with service.client() as client:
        with client.stream("GET", "/api/v1/stream") as stream:
            assert stream.status_code == 200
        asked = {"key": "new-checkout", "context": context}
        client.post(
            "/api/v1/environments/production/evaluate",
            content=json.dumps(asked),
            headers={"Content-Type": "application/json"},
        )
        client.get("/api/v1/flags?search=canary-query")
        client.get("/api/v1/canary-query/nowhere")
        client.post("/api/v1/flags", json={"key": "x", "description": "canary-body", "type": "nonsense"})
    last = service.call("GET", "audit/verify")

    only(collector, "GET /api/v1/audit/verify")
    routes = {str(span.values.get("http.route", "")) for span in collector.spans}
    assert last
    assert not [route for route in routes if not route.startswith("/api/v1/") and route not in {"", "unknown"}]
    assert "/api/v1/stream" not in routes
    everything = b"".join(collector.raw).decode("utf-8", "replace")
    assert [canary for canary in CANARIES if canary in everything] == []
