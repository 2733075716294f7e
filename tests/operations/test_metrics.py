"""Metrics: every one is documented and every documented one exists; counts are exact; labels are bounded."""

from collections.abc import Iterator
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr
from starlette.testclient import TestClient

from flagsdk.wire.usage import Report, UseRow
from flagsvc.app import Founding, Service
from flagsvc.domain.analysis.measurement import MetricVerdict, Verdict
from flagsvc.domain.records import Ref
from flagsvc.domain.rollouts.plan import Plan
from flagsvc.domain.rollouts.state import RolloutState, TargetState
from flagsvc.domain.routing.binding import Binding
from flagsvc.domain.routing.share import Share
from flagsvc.domain.routing.state import BindingState, RouterState
from flagsvc.runner.rollout_scene import Live
from flagsvc.runner.routing import Seen
from flagsvc.settings import Settings
from flagsvc.usecases.outcomes import Counted
from flagsvc.usecases.routing import Driven
from tests.operations.conftest import ADMIN, EVALUATION
from tests.routers.contract import target
from tests.support.metrics_page import Documented, documented
from tests.support.timing import eventually

UNITS = {"_seconds": "seconds", "_bytes": "bytes", "_ratio": "0 to 1", "_fds": "descriptors"}
BEARER = {"Authorization": f"Bearer {EVALUATION}"}
WEIGHTS = "/api/v1/environments/production/flags/new-checkout/weights"


@pytest.fixture
def settings(settings: Settings, redis_url: str) -> Settings:
    return Settings(data_dir=settings.data_dir, redis_url=SecretStr(redis_url))


def a_report() -> Report:
    rows = [UseRow("flag", "new-checkout", "on", 1, 1)]
    return Report(
        client="c" * 32, sequence=1, environment="production", sdk="", application="", epoch="e", revision=1, uses=rows
    )  # fmt: skip


def samples(client: TestClient) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    text = client.get("/metrics").text
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def value(client: TestClient, name: str, **labels: str) -> float:
    return samples(client).get((name, frozenset(labels.items())), 0.0)


def ask_everything(client: TestClient) -> None:
    client.post("/ofrep/v1/evaluate/flags/new-checkout", json={"context": {"targetingKey": "u"}}, headers=BEARER)
    client.get("/traffic/v1/production/checkout/decide", headers={"X-User-Id": "u"})
    moved = client.post(
        WEIGHTS, json={"weights": {"on": 1, "off": 99_999}}, headers={"Authorization": f"Bearer {ADMIN}"}
    )
    assert moved.status_code == 200


def a_binding() -> Seen:
    """Make a binding whose router counts: 30 of 100 requests went to the canary."""
    bound = Binding(environment="production", key="edge", split="checkout", routers=("edge-1",))
    share = Share(counted={"stable": 70, "canary": 30}, verdict="ok")
    router = RouterState(name="edge-1", standing="applied", observed={"stable": 75, "canary": 25})
    state = BindingState(phase="applied", desired=target(25_000), routers=(router,), shares={"edge-1": share})
    return Seen(Driven(bound, target(25_000), None), state)


def a_rollout() -> Live:
    """Make a rollout in its first step, with a verdict."""
    verdict = Verdict(kind="healthy", reason="", metrics=(MetricVerdict(metric="errors", kind="healthy"),))
    state = RolloutState(phase="baking", step=0, targets=(TargetState(name="edge", weight=5_000),), verdict=verdict)
    return Live(
        Ref("production", "rollout", "checkout-1"),
        Plan(strategy="canary", targets=(), steps=()),
        state,
        1,
        {},
        {"edge": 4_900},
    )


def make_every_occasion(service: Service, client: TestClient) -> None:
    """Have everything happen once that is only told when it has happened."""
    service._metrics.rollout_ended(RolloutState(phase="rolled-back", automatic=True))
    service._metrics.router_failures.labels("edge-1").inc()
    service._metrics.notices.labels("team-chat", "delivered").inc()
    ask_everything(client)
    assert service._usage.accept(a_report())
    eventually(lambda: "production" in service._usage.ratios())
    service._metrics.publish_failures.labels("redis").inc()
    service._metrics.counted(Counted({("production", "flag"): 1}, {("production", "room"): 1}))
    eventually(lambda: service._sampler.states().keys() >= {"database", "redis"})


def exposed(client: TestClient) -> dict[str, Documented]:
    """Read the page as a scrape does; units are what the documents say, for no format tells them."""
    found: dict[str, Documented] = {}
    for family in text_string_to_metric_families(client.get("/metrics").text):
        name = f"{family.name}_total" if family.type == "counter" else family.name
        labels = frozenset(label for sample in family.samples for label in sample.labels) - {"le"}
        found[name] = Documented(name, family.type, documented()[name].unit if name in documented() else "", labels)
    return found


def test_every_metric_is_documented_and_every_documented_one_is_there(
    service: Service, client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service.edges.routing, "seen", lambda: [a_binding()])
    monkeypatch.setattr(service.rolling.rollouts, "seen", lambda: [a_rollout()])
    make_every_occasion(service, client)

    assert exposed(client) == documented()


@pytest.mark.parametrize("row", documented().values(), ids=lambda row: row.name)
def test_a_documented_unit_is_the_one_that_the_name_ends_with(row: Documented) -> None:
    unit = next((unit for ending, unit in UNITS.items() if row.name.removesuffix("_total").endswith(ending)), None)

    assert row.unit in ({unit} if unit else {"", "0 or 1", "revision", "rows", "step", "streams", "tasks"})
    assert row.name.endswith("_total") == (row.kind == "counter")


def test_what_is_asked_for_in_vain_adds_no_series(client: TestClient) -> None:
    ask_everything(client)
    before = samples(client).keys()
    for number in range(30):
        body = {"context": {"targetingKey": f"u{number}"}}
        client.post(f"/ofrep/v1/evaluate/flags/no-flag-{number}", json=body, headers=BEARER)
        client.get(f"/traffic/v1/production/no-split-{number}/decide", headers={"X-User-Id": f"u{number}"})
        client.get(f"/traffic/v1/nowhere-{number}/checkout/decide", headers={"X-User-Id": f"u{number}"})
        client.get(f"/nowhere/{number}")

    added = {name for name, _ in samples(client).keys() - before}
    assert added <= {
        "flagsvc_http_requests_total",  # a first 404 of a route
        *(f"flagsvc_http_request_duration_seconds_{part}" for part in ("bucket", "count", "sum")),
    }
    assert len(samples(client).keys() - before) <= 40


def test_changes_of_the_service_itself_are_not_counted_as_somebodys(service: Service, client: TestClient) -> None:
    before = value(client, "flagsvc_changes_total", environment="production", actor_kind="token")

    service.rolling.rollouts._around.wake("production")

    assert value(client, "flagsvc_changes_total", environment="production", actor_kind="system") == 1
    assert value(client, "flagsvc_changes_total", environment="production", actor_kind="token") == before


def test_one_replica_says_that_it_drives_the_rollouts(client: TestClient) -> None:
    eventually(lambda: value(client, "flagsvc_lease_held", lease="rollouts") == 1)

    assert ("flagsvc_lease_held", frozenset({("lease", "routers")})) not in samples(client)


def test_a_binding_shows_wanted_told_and_seen_shares_and_its_phase(
    service: Service, client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service.edges.routing, "seen", lambda: [a_binding()])
    place = {"environment": "production", "binding": "edge"}
    router = {**place, "router": "edge-1"}

    assert value(client, "flagsvc_binding_phase", phase="applied", **place) == 1
    assert value(client, "flagsvc_binding_phase", phase="failed", **place) == 0
    assert value(client, "flagsvc_binding_target_ratio", backend="canary", **place) == 0.25
    assert value(client, "flagsvc_router_told_ratio", backend="canary", **router) == 0.25
    assert value(client, "flagsvc_router_observed_ratio", backend="canary", **router) == 0.3
    assert value(client, "flagsvc_observed_share_ok", **router) == 1
    assert value(client, "flagsvc_router_drift", **router) == 0
    assert value(client, "flagsvc_router_up", **router) == 1


def test_every_evaluation_and_decision_is_counted_once_also_across_changes(client: TestClient) -> None:
    on_off = {"environment": "production", "flag": "new-checkout", "reason": "SPLIT", "source": "ofrep"}
    for number in range(20):
        context = {"context": {"targetingKey": f"u{number}"}}
        client.post("/ofrep/v1/evaluate/flags/new-checkout", json=context, headers=BEARER)
        client.post("/ofrep/v1/evaluate/flags", json=context, headers=BEARER)
        client.get("/traffic/v1/production/checkout/decide", headers={"X-User-Id": f"u{number}"})
        if number % 5 == 0:
            ask_everything(client)

    served = sum(value(client, "flagsvc_evaluations_total", variant=variant, **on_off) for variant in ("on", "off"))
    decided = sum(
        value(
            client, "flagsvc_decisions_total", environment="production", split="checkout", cohort=name, source="traffic"
        )
        for name in ("stable", "canary")
    )
    assert (served, decided) == (44, 24)


def test_requests_are_counted_by_the_template_of_their_route(client: TestClient) -> None:
    ask_everything(client)
    for path in ("/nowhere", "/also/nowhere", "/api/v1/flags/some-flag"):
        client.get(path, headers={"Authorization": f"Bearer {ADMIN}"})
    client.request("BREW", "/nowhere")

    requests = {
        dict(labels)["route"]: number
        for (name, labels), number in samples(client).items()
        if name == "flagsvc_http_requests_total"
    }

    def count(**labels: str) -> float:
        return value(client, "flagsvc_http_requests_total", **labels)

    assert count(route="unknown", method="GET", status="404") == 2
    assert count(route="unknown", method="OTHER", status="404") == 1
    assert count(route="/api/v1/flags/{key}", method="GET", status="404") == 1
    assert count(route="/traffic/v1/{environment}/{split}/decide", method="GET", status="200") == 1
    assert not [route for route in requests if "some-flag" in route or "nowhere" in route]


def test_a_change_counts_and_is_timed_until_it_decides_here(client: TestClient) -> None:
    before = value(client, "flagsvc_changes_total", environment="production", actor_kind="token")
    revision = value(client, "flagsvc_snapshot_revision", environment="production")

    ask_everything(client)

    assert value(client, "flagsvc_changes_total", environment="production", actor_kind="token") == before + 1
    eventually(lambda: value(client, "flagsvc_snapshot_revision", environment="production") == revision + 1)
    assert value(client, "flagsvc_propagation_seconds_count") == 1


def test_a_scrape_of_a_fresh_service_is_sound(settings: Settings) -> None:
    fresh = Service(settings, Founding(admin_token=ADMIN), pytest.fail)

    assert _families(fresh) >= {"flagsvc_build_info", "flagsvc_snapshot_age_seconds"}
    fresh.store.close()


def _families(service: Service) -> set[str]:
    return {family.name for family in _collected(service)}


def _collected(service: Service) -> Iterator[Any]:
    yield from service._metrics.registry.collect()
