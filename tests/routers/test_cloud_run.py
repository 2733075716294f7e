"""Cloud Run against a stand-in of its API, which Google's own client library talks to as well."""

import json
import os
import socket
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from google.api_core.client_options import ClientOptions
from google.api_core.exceptions import Conflict
from google.auth.compute_engine import _metadata
from google.cloud import run_v2
from google.oauth2.credentials import Credentials
from google.protobuf.field_mask_pb2 import FieldMask

from flagsvc.domain.routing.errors import RouterError
from flagsvc.routers import Tools, build
from flagsvc.routers.cloud_run import Options
from flagsvc.routers.common import google_token
from tests.routers.contract import STEPS, RouterContract, brought_to, target
from tests.support.fake_cloud_run import LATEST, NAME, REVISION, FakeCloudRun, account, named
from tests.support.timing import within

TOOLS = Tools(shelf=None)  # type: ignore[arg-type]  # nothing of it is used
STABLE, CANARY, OTHER = "shop-00012", "shop-00013", "shop-00011"
pytestmark = pytest.mark.usefixtures("short")


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeCloudRun]:
    key, public = account()
    with FakeCloudRun(public) as fake:
        file = tmp_path / "account.json"
        file.write_text(json.dumps({**key, "token_uri": f"{fake.url}/token"}))
        monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(file))
        yield fake


def router_of(run: FakeCloudRun, **backends: str) -> Any:
    options = Options(
        project="shop-project",
        location="europe-west1",
        service="shop",
        backends=backends or {"stable": STABLE, "canary": CANARY},
        endpoint=run.url,
    )
    return build("edge", "cloud-run", options, TOOLS)


@pytest.fixture
def theirs(run: FakeCloudRun) -> Iterator[Any]:
    with run_v2.ServicesClient(
        credentials=Credentials("of-google"),  # type: ignore[no-untyped-call]
        transport="rest",
        client_options=ClientOptions(api_endpoint=run.url),
    ) as client:
        yield client


class Service:
    """A service with its revisions."""

    steps = STEPS

    def __init__(self, run: FakeCloudRun) -> None:
        self.run = run
        self.router = router_of(run)

    def by_hand(self, canary: int) -> None:
        percent = canary // 1000
        rows = [{"type": REVISION, "revision": STABLE, "percent": 100 - percent}]
        rows += [{"type": REVISION, "revision": CANARY, "percent": percent}]
        self.run.put(*[row for row in rows if row["percent"]])

    def restart(self) -> None:
        self.router = router_of(self.run)

    def down(self) -> AbstractContextManager[None]:
        return self.run.down()

    def writes(self) -> int:
        return self.run.writes


class TestCloudRun(RouterContract):
    @pytest.fixture
    def world(self, run: FakeCloudRun) -> Service:
        return Service(run)


def test_google_s_own_client_reads_what_ours_wrote(run: FakeCloudRun, theirs: Any) -> None:
    before = {name: run.service[name] for name in ("template", "labels")}
    brought_to(router_of(run), target(5_000))

    service = theirs.get_service(name=NAME)

    told = [(row.type_.name, row.revision, row.percent) for row in service.traffic]
    assert told == [(REVISION, STABLE, 95), (REVISION, CANARY, 5)]
    assert [row.percent for row in service.traffic_statuses] == [95, 5]
    assert {name: run.service[name] for name in ("template", "labels")} == before
    assert run.tokens == 1


def test_ours_reads_what_google_s_own_client_wrote(run: FakeCloudRun, theirs: Any) -> None:
    service = theirs.get_service(name=NAME)
    rows = [run_v2.TrafficTarget(type_=REVISION, revision=name, percent=50) for name in (STABLE, CANARY)]
    told = run_v2.Service(name=NAME, etag=service.etag, traffic=rows)

    theirs.update_service(service=told, update_mask=FieldMask(paths=["traffic"])).result(timeout=10)

    assert router_of(run).observe().weights == {"stable": 50, "canary": 50}
    ours_after(run, theirs, service.etag)


def ours_after(run: FakeCloudRun, theirs: Any, stale: str) -> None:
    brought_to(router_of(run), target(5_000))
    with pytest.raises(Conflict):
        theirs.update_service(
            service=run_v2.Service(name=NAME, etag=stale), update_mask=FieldMask(paths=["traffic"]), retry=None
        )


def test_google_s_own_client_sends_the_very_rows_that_ours_sends(run: FakeCloudRun, theirs: Any) -> None:
    brought_to(router_of(run), target(5_000))
    service = theirs.get_service(name=NAME)
    told = run_v2.Service(name=NAME, etag=service.etag, traffic=service.traffic)
    theirs.update_service(service=told, update_mask=FieldMask(paths=["traffic"])).result(timeout=10)

    ours, by_theirs = [asked for asked in run.asked if asked.method == "PATCH"]

    assert ours.path == by_theirs.path
    assert ours.query["updateMask"] == by_theirs.query["updateMask"] == "traffic"
    assert ours.json()["traffic"] == named(by_theirs.json())["traffic"]


def test_what_serves_counts_and_not_what_is_wanted(run: FakeCloudRun) -> None:
    run.slow = 10**6
    router = router_of(run)

    router.apply(target(50_000))

    observed = router.observe()
    assert observed.weights == {"stable": 100, "canary": 0}
    assert observed.detail == "a change is on its way"
    assert router.plan(target(50_000)) == ()


def test_tags_are_kept_and_rows_that_follow_the_latest_revision_lose_their_share(run: FakeCloudRun) -> None:
    run.put(
        {"type": LATEST, "percent": 90, "tag": "newest"},
        {"type": REVISION, "revision": CANARY, "percent": 10, "tag": "canary"},
        {"type": REVISION, "revision": OTHER, "tag": "old"},
    )
    router = router_of(run)
    assert router.observe().weights == {"stable": 0, "canary": 100}  # the latest is the canary

    brought_to(router, target(25_000))

    assert run.service["traffic"] == [
        {"type": LATEST, "tag": "newest"},
        {"type": REVISION, "revision": CANARY, "percent": 25, "tag": "canary"},
        {"type": REVISION, "revision": OTHER, "tag": "old"},
        {"type": REVISION, "revision": STABLE, "percent": 75},
    ]


def test_a_deployment_moves_nothing_once_the_split_is_told(run: FakeCloudRun) -> None:
    run.put({"type": LATEST, "percent": 100})
    router = router_of(run)

    brought_to(router, target(0))
    run.service["latestReadyRevision"] = f"{NAME}/revisions/{OTHER}"

    assert router.observe().weights == {"stable": 100, "canary": 0}


def test_a_backend_can_be_whatever_a_tag_is_on(run: FakeCloudRun) -> None:
    run.put(
        {"type": REVISION, "revision": STABLE, "percent": 100},
        {"type": REVISION, "revision": OTHER, "tag": "canary"},
    )
    router = router_of(run, stable=STABLE, canary="tag:canary")

    brought_to(router, target(5_000))

    assert run.service["traffic"][1] == {"type": REVISION, "revision": OTHER, "percent": 5, "tag": "canary"}


@pytest.mark.parametrize(
    ("canary", "words"), [("tag:none", "tagged 'none'; tags: old"), ("tag:old", "the same revision")]
)
def test_backends_that_cannot_be_told_apart_are_refused(run: FakeCloudRun, canary: str, words: str) -> None:
    run.put({"type": REVISION, "revision": STABLE, "percent": 100, "tag": "old"})

    with pytest.raises(RouterError, match=words) as told:
        router_of(run, stable=STABLE, canary=canary).observe()

    assert told.value.permanent


def test_a_revision_that_is_no_backend_is_seen_and_loses_its_share(run: FakeCloudRun) -> None:
    run.put(
        {"type": REVISION, "revision": OTHER, "percent": 40},
        {"type": REVISION, "revision": STABLE, "percent": 60},
    )
    router = router_of(run)

    observed = router.observe()
    assert observed.weights == {"stable": 60, "canary": 0}
    assert observed.detail == f"{OTHER} (no backend) serves 40 %"

    brought_to(router, target(0))


def test_affinity_and_a_failed_change_are_said(run: FakeCloudRun) -> None:
    run.service["template"]["sessionAffinity"] = True
    run.service["terminalCondition"] = {"state": "CONDITION_FAILED", "message": "revision is not ready"}

    detail = router_of(run).observe().detail

    assert "session affinity is on" in detail
    assert "the last change failed: revision is not ready" in detail


def test_a_stale_write_is_a_conflict_and_overwrites_nothing(run: FakeCloudRun, monkeypatch: pytest.MonkeyPatch) -> None:
    router = router_of(run)
    send = router._send

    def meanwhile(method: str, *rest: Any) -> Any:
        if method == "PATCH":
            run.put({"type": REVISION, "revision": OTHER, "percent": 100})
        return send(method, *rest)

    monkeypatch.setattr(router, "_send", meanwhile)

    with pytest.raises(RouterError, match="ABORTED") as told:
        router.apply(target(5_000))

    assert told.value.conflict
    assert run.service["traffic"] == [{"type": REVISION, "revision": OTHER, "percent": 100}]


@pytest.mark.parametrize(("code", "conflict", "permanent"), [(10, True, False), (9, False, True), (14, False, False)])
def test_an_operation_that_fails_says_why(
    run: FakeCloudRun,
    code: int,
    conflict: bool,  # noqa: FBT001  # a column
    permanent: bool,  # noqa: FBT001  # a column
) -> None:
    run.fails = {"code": code, "message": "the revision is not ready"}

    with pytest.raises(RouterError, match="the revision is not ready") as told:
        router_of(run).apply(target(5_000))

    assert (told.value.conflict, told.value.permanent) == (conflict, permanent)


@pytest.mark.parametrize(
    ("fault", "permanent"), [("mute", False), ("refuse", False), ("forbid", True), ("late", False), ("drip", False)]
)
def test_a_write_that_is_not_answered_well_is_an_error(
    run: FakeCloudRun,
    fault: Any,
    permanent: bool,  # noqa: FBT001  # a column
) -> None:
    router = router_of(run)

    with run.bent(fault), within(5), pytest.raises(RouterError) as told:
        router.apply(target(50_000))

    assert told.value.permanent == permanent
    assert "of-google" not in str(told.value)


def test_what_was_applied_though_nobody_said_so_is_read_back_and_not_told_again(run: FakeCloudRun) -> None:
    router = router_of(run)
    with run.bent("late"), pytest.raises(RouterError):
        router.apply(target(50_000))

    brought_to(router, target(50_000))

    assert run.writes == 1


def test_a_lie_is_read_back(run: FakeCloudRun) -> None:
    router = router_of(run)

    with run.bent("lie"), pytest.raises(RouterError, match="404"):
        router.apply(target(50_000))  # of the operation that there is not

    assert router.observe().weights == {"stable": 100, "canary": 0}
    assert router.plan(target(50_000))


def test_no_credentials_are_an_error_that_says_what_to_do(
    run: FakeCloudRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "missing.json"))

    with pytest.raises(RouterError, match="service account, or GOOGLE_APPLICATION_CREDENTIALS"):
        router_of(run).observe()


def test_a_token_endpoint_that_is_away_is_temporary(run: FakeCloudRun) -> None:
    router = router_of(run)

    with run.down(), within(10), pytest.raises(RouterError, match="no token") as told:
        router.observe()

    assert not told.value.permanent


def test_a_token_that_is_refused_is_asked_for_anew_and_nothing_is_done_twice(run: FakeCloudRun) -> None:
    router = router_of(run)
    router.observe()
    router._tokens._credentials.token = "of-yesterday"  # noqa: S105  # of nobody any more

    router.apply(target(5_000))

    assert (run.tokens, run.writes) == (2, 1)


def test_a_key_that_was_renewed_after_it_failed_is_read_anew(
    run: FakeCloudRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = Path(os.environ["GOOGLE_APPLICATION_CREDENTIALS"]).read_text()
    file = tmp_path / "rotated.json"
    file.write_text(json.dumps({**json.loads(good), "token_uri": f"{run.url}/gone"}))
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(file))
    router = router_of(run)
    with pytest.raises(RouterError, match="no token"):
        router.observe()

    file.write_text(good)

    assert router.observe().weights == {"stable": 100, "canary": 0}


def test_a_metadata_server_that_never_answers_is_bounded(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(google_token, "LOOK_UP_SECONDS", 0.3)
    monkeypatch.setattr(_metadata, "ExponentialBackoff", lambda total_attempts: [*range(total_attempts)])  # no pauses
    monkeypatch.delenv("GOOGLE_APPLICATION_CREDENTIALS", raising=False)
    monkeypatch.setenv("CLOUDSDK_CONFIG", str(tmp_path))
    with socket.socket() as hole:
        hole.bind(("127.0.0.1", 0))
        hole.listen()
        monkeypatch.setenv("GCE_METADATA_IP", f"127.0.0.1:{hole.getsockname()[1]}")

        with within(2), pytest.raises(RouterError, match="no token") as told:
            google_token.Tokens().token()

    assert not told.value.permanent


def test_rows_that_were_taken_and_do_not_serve_are_no_success(run: FakeCloudRun) -> None:
    router = router_of(run)
    run.service["traffic"] = [{"type": REVISION, "revision": CANARY, "percent": 100}]
    run.service["terminalCondition"] = {"state": "CONDITION_FAILED", "message": "the revision is not ready"}

    with pytest.raises(RouterError, match=r"does not serve by them.*not ready") as told:
        router.apply(target(100_000))

    assert not told.value.permanent
    brought_to(router, target(0))
