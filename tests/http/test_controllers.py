"""What Argo Rollouts, Flagger and Kayenta ask, in the form in which each of them asks it."""

import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any, get_args

import pytest
from httpx2 import Response
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.testclient import TestClient

from flagsvc.domain.analysis.measurement import Verdict, VerdictKind
from flagsvc.domain.errors import Unavailable
from flagsvc.http import controllers
from flagsvc.http.boundary import EXCEPTION_HANDLERS, LastResort
from flagsvc.http.controllers import Controllers
from flagsvc.http.request_id import RequestIdMiddleware
from tests.http.rolled import begin, judged, put, state
from tests.http.service import ADMIN, PRODUCTION, Service, pointers, problem
from tests.rollouts.judge_requests import counts, pair, request

KINDS: tuple[VerdictKind, ...] = get_args(VerdictKind)
HOOKS = ("confirm-traffic-increase", "confirm-promotion", "rollback")
GO = {"User-Agent": "Go-http-client/1.1", "Accept-Encoding": "gzip"}
OKHTTP = {"User-Agent": "okhttp/4.9.3", "Accept-Encoding": "gzip", "Connection": "Keep-Alive"}
JSON_UTF8 = "application/json; charset=UTF-8"


class World:
    """A rollout, a token that may read its verdict and nothing else, and the doors that others knock at."""

    def __init__(self, service: Service) -> None:
        self.service = service
        begin(service, "checkout-7")
        self.token = service.token("evaluation", "production")
        controllers = Controllers(service.store, service.book, 2**20)
        application = Starlette(
            routes=controllers.routes,
            middleware=[Middleware(RequestIdMiddleware), Middleware(LastResort)],
            exception_handlers=EXCEPTION_HANDLERS,
        )
        application.router.redirect_slashes = False
        self.client = TestClient(application)

    def judged(self, kind: VerdictKind) -> None:
        judged(self.service, "checkout-7", kind)

    def argo(self, token: str | None = None, rollout: str = "checkout-7") -> Response:
        """Ask as the metric of kind web does, with the one header that is configured."""
        path = f"{PRODUCTION}/rollouts/{rollout}/verdict"
        return self.service.request("GET", path, token=token or self.token, headers=GO)

    def flagger(self, hook: str, **metadata: Any) -> Response:
        """Ask as a webhook of Flagger does: no header of ours, everything in `metadata`."""
        place = {"environment": "production", "rollout": "checkout-7", "token": self.token, **metadata}
        payload = {
            "name": "podinfo",
            "namespace": "test",
            "phase": "Progressing",
            "checksum": "85d557f47b",
            "metadata": {name: value for name, value in place.items() if value is not None},
        }
        return self.post(f"/hooks/flagger/{hook}", payload)

    def post(self, path: str, payload: Any, **headers: str) -> Response:
        body = json.dumps(payload, separators=(",", ":")).encode()
        return self.client.post(path, content=body, headers={**GO, "Content-Type": "application/json", **headers})

    def kayenta(self, body: dict[str, Any], **settings: Any) -> Response:
        """Ask as the remote judge does."""
        given = {"environment": "production", "token": self.token, **settings}
        body["canaryConfig"]["judge"]["judgeConfigurations"] = given
        return self.post("/judge", body, **{**OKHTTP, "Content-Type": JSON_UTF8})


@pytest.fixture
def world(service: Service) -> World:
    return World(service)


def argo_phase(answer: Response) -> str:
    """Say what Argo Rollouts makes of an answer, with the conditions of docs/rollouts/other-controllers.md."""
    if not 200 <= answer.status_code < 300:
        return "Error"
    result = answer.json()["verdict"]
    return {"healthy": "Successful", "unhealthy": "Failed"}.get(result, "Inconclusive")


@pytest.mark.parametrize(
    ("kind", "phase"), [("healthy", "Successful"), ("unhealthy", "Failed"), ("unknown", "Inconclusive")]
)
def test_argo_reads_the_verdict_with_a_narrow_token(world: World, kind: VerdictKind, phase: str) -> None:
    world.judged(kind)

    answer = world.argo()

    assert argo_phase(answer) == phase
    assert set(answer.json()) == {"verdict", "e", "p", "metric", "reason", "phase", "revision"}
    assert answer.headers["Cache-Control"] == "private, no-cache"


def test_the_metric_that_decided_is_named(world: World) -> None:
    world.judged("unhealthy")

    answer = world.argo().json()

    assert (answer["metric"], answer["phase"]) == ("errors", "baking")
    assert answer["p"] < 0.01
    assert answer["e"] > 100


def test_before_anything_was_measured_nothing_is_known(world: World) -> None:
    assert world.argo().json()["verdict"] == "unknown"


def test_a_narrow_token_reads_the_verdict_and_nothing_else(world: World) -> None:
    rollout = world.service.request("GET", f"{PRODUCTION}/rollouts/checkout-7", token=world.token)
    order = world.service.request("POST", f"{PRODUCTION}/rollouts/checkout-7/promote", token=world.token)
    foreign = world.argo(world.service.token("evaluation", "staging"))
    sdk = world.argo(world.service.token("sdk", "production"))

    for answer in (rollout, order, foreign, sdk):
        problem(answer, 403, "forbidden")
    problem(world.argo("wrong"), 401, "unauthenticated")
    problem(world.argo(rollout="nothing"), 404, "not-found")
    assert world.argo(ADMIN).status_code == 200


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("hook", HOOKS)
def test_flagger_is_told_yes_by_one_verdict_and_no_by_the_two_others(
    world: World, hook: str, kind: VerdictKind
) -> None:
    world.judged(kind)

    answer = world.flagger(hook)

    yes = kind == ("unhealthy" if hook == "rollback" else "healthy")
    assert answer.status_code == (200 if yes else 403)
    assert answer.json()["verdict"] == kind
    assert world.token not in answer.text


def test_members_that_newer_versions_of_flagger_send_are_left_aside(world: World) -> None:
    world.judged("healthy")
    metadata = {"environment": "production", "rollout": "checkout-7", "token": world.token, "other": "1"}
    newer = {"buildId": "4", "type": "confirm-promotion", "failedChecks": 0, "canaryWeight": 10, "iterations": 0}

    answer = world.post("/hooks/flagger/confirm-promotion", {"name": "podinfo", "metadata": metadata, **newer})

    assert answer.status_code == 200


@pytest.mark.parametrize("hook", HOOKS)
@pytest.mark.parametrize(
    ("metadata", "status"),
    [
        ({"token": None}, 401),
        ({"token": "fse_production_wrong"}, 401),
        ({"rollout": None}, 400),
        ({"rollout": "nothing"}, 404),
        ({"rollout": "a/b"}, 400),
        ({"environment": None}, 400),
        ({"environment": "staging"}, 403),
        ({"environment": "nowhere"}, 403),
    ],
)
def test_whatever_is_wrong_is_a_no(world: World, hook: str, metadata: dict[str, Any], status: int) -> None:
    world.judged("unhealthy" if hook == "rollback" else "healthy")

    answer = world.flagger(hook, **metadata)

    assert answer.status_code == status > 202


@pytest.mark.parametrize("kind", ["sdk", "admin"])
def test_flagger_may_show_an_admin_token_and_no_token_of_an_sdk(world: World, kind: str) -> None:
    world.judged("healthy")
    token = world.service.token(kind, None if kind == "admin" else "production")

    assert world.flagger("confirm-promotion", token=token).status_code == (200 if kind == "admin" else 403)


@pytest.mark.parametrize(
    "path",
    [
        *(f"/hooks/flagger/{hook}/" for hook in HOOKS),
        *(f"/hooks/flagger//{hook}" for hook in HOOKS),
        *("/hooks/flagger", "/hooks/flagger/", "/hooks/flagger/rollout", "/hooks/flagger/Rollback"),
        *("/hooks", "/hooks/rollback", "/hooks/flagger/rollback/more", "/hooks/flagger/confirm-rollout", "/"),
        *("/judge/", "/judge/judge", "/Judge"),
    ],
)
def test_only_the_exact_paths_answer(world: World, path: str) -> None:
    """A door that says yes to what it does not know would roll everything back."""
    world.judged("unhealthy")
    metadata = {"environment": "production", "rollout": "checkout-7", "token": world.token}

    answer = world.post(path, {"metadata": metadata})

    problem(answer, 404, "no-such-route")


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH"])
@pytest.mark.parametrize("path", ["/hooks/flagger/rollback", "/judge"])
def test_only_the_right_method_is_answered(world: World, path: str, method: str) -> None:
    assert world.client.request(method, path).status_code == 405


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (b"", {}, 400),
        (b"{", {}, 400),
        (b"[]", {}, 401),
        (b'{"metadata": []}', {}, 401),
        (b'{"metadata": {"token": 7}}', {}, 401),
        (b'{"metadata": {"token": "a", "token": "b"}}', {}, 400),
        (b'{"metadata": {}}', {"Content-Type": "text/plain"}, 415),
        (b" " * (2**20 + 1), {}, 413),
    ],
)
@pytest.mark.parametrize("path", ["/hooks/flagger/rollback", "/judge"])
def test_a_body_that_cannot_be_read_is_a_no(
    world: World, path: str, body: bytes, headers: dict[str, str], status: int
) -> None:
    answer = world.client.post(path, content=body, headers={"Content-Type": "application/json", **headers})

    assert answer.status_code == status > 202


def test_who_shows_no_token_has_nothing_read_that_takes_long(world: World) -> None:
    """Whoever reaches the port could else keep a processor busy: a megabyte of small lists takes 0.6 seconds."""
    world.judged("healthy")
    long = {**request(counts()), "spare": [0] * 60_000}

    assert world.kayenta(long, rollout="checkout-7").status_code == 200
    problem(world.kayenta(long, rollout="checkout-7", token="x" * 32), 401, "unauthenticated")
    problem(world.post("/judge", [[]] * 60_000), 401, "unauthenticated")
    problem(world.flagger("rollback", spare=[0] * 60_000), 413, "body-too-large")


def test_with_the_database_away_nobody_is_told_yes_or_no(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.judged("unhealthy")

    def away() -> None:
        raise Unavailable("the database does not answer")

    monkeypatch.setattr(world.service.store, "reading", away)

    problem(world.flagger("rollback"), 503, "unavailable")
    problem(world.flagger("confirm-promotion"), 503, "unavailable")
    problem(world.kayenta(request(counts()), rollout="checkout-7"), 503, "unavailable")
    assert argo_phase(world.argo()) == "Error"


def test_a_rollout_that_somebody_aborted_is_unknown_to_all(world: World) -> None:
    world.judged("unhealthy")
    service = world.service
    put(service, "checkout-7", replace(state(service, "checkout-7"), phase="aborted", cause="abort by ada"))

    assert world.argo().json()["verdict"] == "unknown"
    assert [world.flagger(hook).status_code for hook in HOOKS] == [403, 403, 403]
    assert world.kayenta(request(counts()), rollout="checkout-7").json()["score"]["classification"] == "Marginal"


@pytest.mark.parametrize(
    ("kind", "score"),
    [("healthy", (100.0, "Pass")), ("unknown", (75.0, "Marginal")), ("unhealthy", (0.0, "Fail"))],
)
def test_kayenta_reads_the_verdict_of_a_rollout_whatever_its_own_metrics_are(
    world: World, kind: VerdictKind, score: tuple[float, str]
) -> None:
    world.judged(kind)

    answer = world.kayenta(request([pair("latency p99", [1.0, "NaN"], [2.0])]), rollout="checkout-7")

    assert answer.status_code == 200
    said = answer.json()["score"]
    assert (said["score"], said["classification"]) == score
    assert answer.json()["results"][0]["name"] == "latency p99"


def test_kayenta_has_pairs_of_counts_judged(world: World) -> None:
    good, bad = world.kayenta(request(counts())), world.kayenta(request(counts(candidate=0.05)))

    assert good.json()["score"]["classification"] == "Pass"
    assert bad.json()["score"]["classification"] == "Fail"
    assert "errors" in bad.json()["score"]["classificationReason"]


def test_kayenta_is_told_by_name_what_cannot_be_judged(world: World) -> None:
    answer = world.kayenta(request([*counts(), pair("latency p99", [1.0], [1.0])]))

    refused = problem(answer, 422, "invalid")
    assert pointers(refused) == ["/canaryConfig/metrics/2/name"]
    assert "'latency p99'" in refused["detail"]


@pytest.mark.parametrize(("settings", "status"), [({"token": "no"}, 401), ({"environment": "staging"}, 403)])
def test_kayenta_shows_its_token_in_the_judge_s_configuration(
    world: World, settings: dict[str, Any], status: int
) -> None:
    assert world.kayenta(request(counts()), **settings).status_code == status
    assert world.kayenta(request(counts()), rollout="nothing").status_code == 404


def test_kayenta_is_told_what_is_wrong_with_its_bounds(world: World) -> None:
    body = {**request(counts()), "scoreThresholds": {"pass": 75.0, "marginal": 75.0}}

    assert pointers(problem(world.kayenta(body), 422, "invalid")) == ["/scoreThresholds"]


def test_few_series_are_judged_at_once_so_that_others_are_answered(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock, now, most = threading.Lock(), 0, 0

    def slow(_: object) -> Verdict:
        nonlocal now, most
        with lock:
            now, most = now + 1, max(most, now + 1)
        time.sleep(0.03)
        with lock:
            now -= 1
        return Verdict(kind="unknown", reason="slow")

    monkeypatch.setattr(controllers, "judged_counts", slow)
    asked = [request(counts()) for _ in range(8)]
    with world.client, ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda body: world.kayenta(body, environment="production"), asked))

    assert [answer.status_code for answer in answers] == [200] * 8
    assert most == controllers.JUDGED_AT_ONCE
