"""The live stream of a real service: changes, a rollout to its end, a binding, two replicas, and the page about it."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.support.live import Follower
from tests.support.service import ADMIN_TOKEN, Service
from tests.support.snippets import snippets
from tests.support.timing import eventually

pytestmark = pytest.mark.servers

PRODUCTION = "environments/production"
PAGE = "docs/reference/stream.md"
TARGET = {"name": "edge", "kind": "split", "key": "checkout", "candidate": "canary", "baseline": "stable"}
PLAN = {
    "strategy": "canary",
    "targets": [TARGET],
    "steps": [
        {"name": "half", "weights": {"edge": 50_000}, "hold": "1s"},
        {"name": "everybody", "weights": {"edge": 100_000}, "hold": "1s"},
    ],
    "cooldown": "0s",
}


@contextmanager
def running(**settings: str) -> Iterator[Service]:
    service = Service({"SAMPLE_DATA": "true", **settings})
    try:
        routers = service.folder / "routers.yaml"
        routers.write_text("routers:\n  edge-1:\n    kind: none\n")
        service._settings["ROUTERS"] = str(routers)
        service.start()
        yield service
    finally:
        service.close()


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    with running() as made:
        yield made


@pytest.fixture
def follower(service: Service) -> Iterator[Follower]:
    with Follower(service.url, ADMIN_TOKEN) as made:
        yield made


def test_a_change_over_http_is_told_with_who_made_it(service: Service, follower: Follower) -> None:
    written = service.call("POST", f"{PRODUCTION}/segments", {"key": "told", "included": ["user-1"]})

    eventually(lambda: follower.told("change"), "the change")
    [change] = follower.told("change")
    read = service.call("GET", f"{PRODUCTION}/changes/{written['revision']}")
    assert change == {
        "environment": "production",
        "revision": written["revision"],
        "action": "segment.create",
        "actor": {name: read["actor"][name] for name in ("kind", "name")},
        "at": read["at"],
        "documents": [{"kind": "segment", "key": "told"}],
    }


def test_a_rollout_is_followed_from_its_beginning_to_its_end(service: Service, follower: Follower) -> None:
    service.call("POST", f"{PRODUCTION}/rollouts", {"key": "followed", "plan": PLAN})

    eventually(lambda: follower.told("rollout") and follower.told("rollout")[-1]["phase"] == "succeeded", "the end")

    told = follower.told("rollout")
    log = service.call("GET", f"{PRODUCTION}/rollouts/followed/log")["items"]
    numbers = [each["number"] for each in told]
    assert {(each["environment"], each["key"]) for each in told} == {("production", "followed")}
    assert numbers == sorted(set(numbers))
    assert numbers[-1] == log[0]["number"]
    assert {each["phase"] for each in told} <= {entry["phase"] for entry in log}
    moved = [each for each in follower.told("change") if {"kind": "split", "key": "checkout"} in each["documents"]]
    assert len(moved) == len(PLAN["steps"])
    assert {each["actor"]["kind"] for each in moved} == {"system"}


def test_a_binding_is_told_when_its_router_was_told(service: Service, follower: Follower) -> None:
    service.call("POST", f"{PRODUCTION}/bindings", {"key": "edge", "split": "checkout", "routers": ["edge-1"]})

    eventually(lambda: _phase(service) == "applied", "the binding, applied")

    [newest, *_] = service.call("GET", f"{PRODUCTION}/bindings/edge/events")["items"]
    eventually(lambda: follower.told("binding") and follower.told("binding")[-1]["number"] == newest["number"])
    assert {(each["environment"], each["key"]) for each in follower.told("binding")} == {("production", "edge")}


def _phase(service: Service) -> str | None:
    status = service.call("GET", f"{PRODUCTION}/bindings/edge")["status"]
    return status and str(status["phase"])


def test_a_token_that_is_revoked_ends_its_stream_and_no_other(service: Service, follower: Follower) -> None:
    made = service.call("POST", "tokens", {"kind": "admin", "name": "for a while"})["document"]
    with Follower(service.url, made["token"]) as other:
        assert other.kinds[:1] == ["hello"]

        service.call("DELETE", f"tokens/{made['id']}")

        eventually(lambda: other.ended, "the end of the stream")
    eventually(lambda: len(follower.told("change")) == 2)
    assert not follower.ended
    assert [each["documents"] for each in follower.told("change")] == [[{"kind": "token", "key": made["id"]}]] * 2
    assert all(made["token"] not in str(each) for each in follower.told("change"))


def test_open_streams_are_counted(service: Service, follower: Follower) -> None:
    with service.client() as client:
        before = _clients(client.get("/metrics").text)
        with Follower(service.url, ADMIN_TOKEN):
            assert _clients(client.get("/metrics").text) == before + 1


def _clients(text: str) -> float:
    [line] = [line for line in text.splitlines() if line.startswith("flagsvc_stream_clients ")]
    return float(line.split()[1])


def test_the_line_of_the_page_follows_a_service(service: Service) -> None:
    [line] = snippets(PAGE, "sh")
    variables = {"FLAGSVC": service.url, "TOKEN": ADMIN_TOKEN, "no_proxy": "*"}
    words = ["sh", "-c", f"exec {line.strip()}"]
    with subprocess.Popen(words, env=os.environ | variables, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as curl:
        assert curl.stdout is not None
        try:
            first = [curl.stdout.readline().decode() for _ in range(7)]
        finally:
            curl.terminate()

    assert first[0].startswith("retry: ")
    assert first[3] == "event: hello\n"
    assert '"production":{"epoch":' in first[4]
    assert first[6] == "event: health\n"


def test_a_service_that_ends_says_farewell() -> None:
    with running() as leaving, Follower(leaving.url, ADMIN_TOKEN) as follower:
        leaving.stop()

        eventually(lambda: follower.ended, "the end of the stream")
        assert follower.kinds[-1] == "farewell"


def test_what_one_replica_does_is_told_by_the_other(postgres_database_url: str) -> None:
    with running(DATABASE_URL=postgres_database_url) as one, running(DATABASE_URL=postgres_database_url) as two:
        with Follower(two.url, ADMIN_TOKEN) as follower:
            one.call("POST", "flags", {"key": "shared", "type": "boolean"})

            eventually(lambda: len(follower.told("change")) >= 4, "the changes")

        environments = {each["environment"] for each in follower.told("change")}
        assert environments == {"_catalog", *(env["key"] for env in one.call("GET", "environments")["items"])}
