"""Plans over HTTP, plans that strategies make, and the check before a rollout."""

import json
import threading
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flagsvc.domain.analysis.measurement import Arm, Measurement
from flagsvc.domain.analysis.spec import Metric
from flagsvc.domain.records import Ref
from flagsvc.domain.rollouts.check import STRATEGIES
from flagsvc.domain.rollouts.events import Tick
from flagsvc.domain.rollouts.preflight_metrics import Seen
from flagsvc.http.looking import looked
from flagsvc.usecases.transitions import transit
from scripts.rollout_examples import EXAMPLES
from tests.http.service import API, PRODUCTION, Service, intent, pointers, problem
from tests.rollouts.plans import FULL, changed, json_values, places

PLANS = f"{PRODUCTION}/plans"
WEB = f"{PLANS}/web"
MAKE = f"{PLANS}/from-strategy"
CHECK = f"{PRODUCTION}/rollouts/preflight"
TARGETS = [{"name": "edge", "kind": "split", "key": "checkout", "candidate": "canary", "baseline": "stable"}]
PLAN: Mapping[str, Any] = {
    "strategy": "canary",
    "targets": TARGETS,
    "steps": [
        {"name": "5 %", "weights": {"edge": 5_000}, "hold": "15m"},
        {"name": "all", "weights": {"edge": 100_000}},
    ],
}
ERRORS = {"name": "errors", "kind": "errors", "source": "own", "of": "units"}
SLOW = {"name": "slow", "kind": "latency", "source": "own", "of": "units"}
JUDGED = {**PLAN, "analysis": {"metrics": [ERRORS, SLOW]}}


class Past:
    """A metric source with a baseline: 100 events per second, one in a thousand bad, half of them within 100 ms."""

    def __init__(self, events: float = 360_000.0) -> None:
        self.events = events
        self.asked: list[Metric] = []

    def check(self, metric: Metric) -> Sequence[str]:
        return [] if metric.query.get("candidate") == "canary" else ["candidate: which?"]

    def settled_seconds(self) -> float:
        return 10.0

    def measure(self, metric: Metric, start: float, end: float) -> Measurement:
        return Measurement(metric=metric.name, start=start, end=end, missing="no-data")

    def history(self, metric: Metric, start: float, end: float) -> Measurement:
        self.asked.append(metric)
        arm = Arm(events=self.events, bad=self.events / 1_000)
        return Measurement(metric=metric.name, start=start, end=end, baseline=arm)

    def bounds(self, metric: Metric, start: float, end: float) -> Mapping[float, float]:
        return {0.1: 0.5 * self.events, 0.15: 0.96 * self.events, 0.2: self.events}


@pytest.fixture
def planned(service: Service) -> Service:
    service.ok("POST", PLANS, {"key": "web", **PLAN})
    return service


def test_a_plan_lives_as_every_document_does(planned: Service) -> None:
    read = planned.request("GET", WEB)
    assert read.json()["steps"][0] == {"name": "5 %", "weights": {"edge": 5_000}, "hold": "15m"}
    assert planned.request("GET", WEB, headers={"If-None-Match": read.headers["ETag"]}).status_code == 304

    first = planned.ok("PATCH", WEB, {"cooldown": "2h"}, headers={"If-Match": read.headers["ETag"]})
    problem(planned.request("PUT", WEB, json=PLAN, headers={"If-Match": read.headers["ETag"]}), 412, "stale-version")
    planned.ok("PUT", WEB, {**first["document"], "reminder": "tidy up"})
    planned.ok("POST", f"{WEB}/archive")
    assert planned.ok("GET", PLANS)["items"] == []
    planned.ok("POST", f"{WEB}/restore")
    back = planned.ok("POST", f"{WEB}/revert", {"revision": read.json()["version"]})

    assert back["document"]["cooldown"] == "30m"
    assert [item["key"] for item in planned.ok("GET", PLANS)["items"]] == ["web"]
    assert len(planned.ok("GET", f"{PRODUCTION}/changes?kind=plan&key=web")["items"]) == 6


def test_a_wrong_plan_is_refused_with_the_nearest_word(service: Service) -> None:
    wrong = changed(changed({"key": "web", **PLAN}, "/steps/0/wieghts", {}), "/targets/0/candidate", "canari")

    found = problem(service.request("POST", PLANS, json=wrong), 422, "invalid")

    assert pointers(found) == ["/steps/0/wieghts", "/targets/0/candidate"]
    assert "did you mean 'weights'?" in found["errors"][0]["detail"]


def test_the_draft_of_a_plan_is_checked_without_being_stored(service: Service) -> None:
    with service.untouched():
        drafted = service.ok("POST", f"{PLANS}?dryRun=true", {"key": "web", **PLAN})

    assert drafted["document"]["onFailure"] == "rollback"


def test_a_strategy_makes_a_plan_and_stores_nothing(service: Service) -> None:
    with service.untouched():
        made = service.ok("POST", MAKE, {"strategy": "canary", "targets": TARGETS, "hold": "1m"})["plan"]

    assert [step["hold"] for step in made["steps"]] == ["1m"] * 6
    service.ok("POST", PLANS, {"key": "web", **made})
    service.ok("POST", f"{PRODUCTION}/rollouts", {"plan": made})


def test_a_strategy_is_refused_what_it_cannot_use(service: Service) -> None:
    found = service.request("POST", MAKE, json={"strategy": "canary", "targets": TARGETS, "drain": "5s"})

    assert pointers(problem(found, 422, "invalid")) == ["/drain"]
    nowhere = f"{API}/environments/nowhere/plans/from-strategy"
    problem(service.request("POST", nowhere, json={"strategy": "canary", "targets": TARGETS}), 404, "not-found")


def test_the_check_before_a_rollout_tells_in_words_what_steps_can_see(service: Service) -> None:
    source = service.sources["own"] = Past()

    with service.untouched():
        found = service.ok("POST", CHECK, {"plan": JUDGED})

    assert found["ok"] is True
    assert found["bounds"] == {"slow": 0.15}
    assert found["plan"]["analysis"]["metrics"][1]["bound"] == "150ms"
    assert found["plan"]["analysis"]["metrics"][0]["query"]["environment"] == "production"
    [step] = found["steps"]
    assert (step["number"], step["name"]) == (1, "5 %")
    errors, slow = step["metrics"]
    assert errors["sentences"][0].startswith("With 100 units/s and 0.1 % errors, 15 minutes at 5 % can notice")
    assert (errors["enough"], slow["enough"]) == (False, True)
    assert [finding["code"] for finding in found["findings"]] == ["low-power"]
    assert found["summary"] == "0 errors and 1 warning: it can begin."
    assert [metric.bound_seconds for metric in source.asked if metric.kind == "latency"] == [0.15]


def test_the_check_answers_for_a_stored_plan(planned: Service) -> None:
    found = planned.ok("POST", CHECK, {"planKey": "web"})

    assert found["summary"] == "Nothing stands in the way: it can begin."
    problem(planned.request("POST", CHECK, json={"planKey": "wob"}), 404, "not-found")
    problem(planned.request("POST", CHECK, json={}), 422, "invalid")


def test_a_plan_that_cannot_be_read_is_not_checked_further(service: Service) -> None:
    wrong = changed({"plan": PLAN}, "/plan/steps/0/hold", "soon")

    assert pointers(problem(service.request("POST", CHECK, json=wrong), 422, "invalid")) == ["/plan/steps/0/hold"]


def test_what_stands_in_the_way_is_told(service: Service) -> None:
    service.ok("POST", f"{PRODUCTION}/bindings", {"key": "coarse", "split": "checkout", "routers": ["mesh"]})
    service.ok("POST", f"{PRODUCTION}/rollouts", {"key": "first", "plan": PLAN})
    fine = changed({"plan": JUDGED}, "/plan/steps/0/weights/edge", 100)

    found = service.ok("POST", CHECK, fine)

    assert [(finding["pointer"], finding["code"]) for finding in found["findings"] if finding["level"] == "error"] == [
        ("/targets/0", "rollout-active"),
        ("/steps/0/weights/edge", "too-fine"),
        ("/analysis/metrics/0/source", "unknown-source"),
        ("/analysis/metrics/1/source", "unknown-source"),
    ]
    assert found["ok"] is False
    assert found["summary"].startswith("4 errors and ")


def test_the_history_of_nobody_is_an_error(service: Service) -> None:
    service.sources["own"] = Past(events=0.0)

    found = service.ok("POST", CHECK, {"plan": JUDGED})

    assert {finding["code"] for finding in found["findings"]} == {"no-baseline", "too-slow"}


def test_sources_are_asked_at_once_and_not_waited_for_for_ever() -> None:
    metric, held, both = Metric(name="a", kind="errors", source="own"), threading.Event(), threading.Barrier(2)

    def ask(asked: Metric) -> Seen:
        if asked.name == "late":
            held.wait(30)
        elif asked.name == "broken":
            raise ZeroDivisionError
        else:
            both.wait(30)
        return Seen(faults=(asked.name,))

    try:
        found = looked(
            ask, [metric, replace(metric, name="b"), replace(metric, name="late"), replace(metric, name="broken")], 2.0
        )
    finally:
        held.set()

    assert (found["a"].faults, found["b"].faults) == (("a",), ("b",))
    late = found["late"].history
    assert late is not None
    assert (late.missing, late.detail) == ("unreachable", "no answer within 2 s")
    broken = found["broken"].history
    assert broken is not None
    assert broken.detail == "the source itself failed (ZeroDivisionError)"


def test_a_rollout_begins_with_its_arms_named_and_its_bounds_fixed(service: Service) -> None:
    service.sources["own"] = Past()

    begun = service.ok("POST", f"{PRODUCTION}/rollouts", {"plan": JUDGED})

    errors, slow = begun["document"]["plan"]["analysis"]["metrics"]
    assert errors["query"] == {
        "environment": "production",
        "kind": "split",
        "key": "checkout",
        "baseline": "stable",
        "candidate": "canary",
    }
    assert slow["bound"] == "150ms"


def test_a_rollout_does_not_begin_while_nobody_knows_what_is_slow(service: Service) -> None:
    service.sources["own"] = Past(events=0.0)
    said = changed({"plan": JUDGED}, "/plan/analysis/metrics/1/bound", "200ms")

    refused = service.request("POST", f"{PRODUCTION}/rollouts", json={"plan": JUDGED})

    assert pointers(problem(refused, 422, "invalid")) == ["/plan/analysis/metrics/1/bound"]
    begun = service.ok("POST", f"{PRODUCTION}/rollouts", said)
    assert begun["document"]["plan"]["analysis"]["metrics"][1]["bound"] == "200ms"


def test_no_source_is_asked_where_no_bound_is_missing(service: Service) -> None:
    source = service.sources["own"] = Past()

    service.ok("POST", f"{PRODUCTION}/rollouts", {"plan": {**PLAN, "analysis": {"metrics": [ERRORS]}}})

    assert source.asked == []


SPLITS = {
    "web": ["blue", "green"],
    "pool": ["web-1", "web-2", "web-3"],
    "reports": ["old", "new"],
}
RULES = [{"id": name, "when": {"segment": "beta"}, "serve": "off"} for name in ("staff", "beta")]


def furnish(service: Service) -> None:
    """Make what the examples move, beside the traffic split and the flag that are there."""
    for key, backends in SPLITS.items():
        service.ok(
            "POST",
            f"{PRODUCTION}/splits",
            {"key": key, "backends": backends, "stable": backends[0], "default": {"serve": backends[0]}},
        )
    service.ok("POST", f"{API}/flags", {"key": "new-search", "type": "boolean"})
    service.ok("PATCH", f"{PRODUCTION}/flags/new-search", {"enabled": True, "rules": RULES})
    service.ok("PATCH", f"{PRODUCTION}/flags/new-checkout", {"enabled": True, "default": {"serve": "off"}})


def tick(service: Service, key: str) -> None:
    """Let the loop's next look at a rollout happen now."""
    ref = Ref("production", "rollout", key)
    service.store.run(["production"], lambda tx: transit(tx, intent(), ref, Tick(at=tx.seconds())))


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_each_example_is_stored_checked_and_begun(service: Service, strategy: str) -> None:
    furnish(service)
    service.sources["own"] = Past()
    example = json.loads((EXAMPLES / f"{strategy}.json").read_text())
    key = example["key"]
    service.ok("POST", PLANS, example)

    checked = service.ok("POST", CHECK, {"planKey": key})
    begun = service.ok("POST", f"{PRODUCTION}/rollouts", {"key": key, "planKey": key})
    tick(service, key)
    for gate in ("code", "environment", "communication", "dependencies"):
        service.ok("POST", f"{PRODUCTION}/rollouts/{key}/gates/{gate}/pass")
    tick(service, key)

    assert [finding for finding in checked["findings"] if finding["level"] == "error"] == []
    assert begun["document"]["status"]["phase"] == "scheduled"
    status = service.ok("GET", f"{PRODUCTION}/rollouts/{key}")["status"]
    assert status["phase"] in {"moving", "baking"}
    assert status["step"] == 1
    moved = example["steps"][0]["weights"]
    assert {target["name"] for target in status["targets"] if target["weight"] is not None} <= set(moved)
    first = next(iter(moved), None)
    assert first is None or next(each["weight"] for each in status["targets"] if each["name"] == first) is not None


WHOLE: Mapping[str, Any] = {
    "key": "web",
    **FULL,
    "targets": [FULL["targets"][0], {**FULL["targets"][1], "key": "new-checkout", "rule": ""}],
}
PLACES = places(WHOLE)


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], deadline=None, max_examples=60
)
@given(st.sampled_from(PLACES), json_values, st.sampled_from(["POST", "PUT"]))
def test_no_json_at_any_place_of_a_plan_finds_a_fault(service: Service, where: str, value: Any, method: str) -> None:
    """A sound value answers what would be stored, any other a problem; a plan that is not there is not replaced."""
    body, headers = json.dumps(changed(WHOLE, where, value)), {"Content-Type": "application/json"}
    path = PLANS if method == "POST" else WEB

    answer = service.request(method, f"{path}?dryRun=true", content=body, headers=headers)

    assert answer.status_code in {200, 400, 404, 422}


def test_the_plan_that_is_changed_at_every_place_is_sound(service: Service) -> None:
    assert service.request("POST", f"{PLANS}?dryRun=true", json=WHOLE).status_code == 200
