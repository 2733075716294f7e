"""`flagctl smoke` on a real deployment: what is well passes, each way to be ill is told, and nothing stays behind."""

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from flagsvc import __version__
from tests.ctl.deployment import ENVIRONMENT, Deployment, deployed
from tests.ctl.program import PROGRAM, Flagctl, Result
from tests.support.guides import files_of, write
from tests.support.process import free_port
from tests.support.service import ADMIN_TOKEN, SAMPLE_TOKEN, Service
from tests.support.snippets import snippets
from tests.support.timing import eventually

pytestmark = pytest.mark.servers

SOON = ["--timeout", "500ms"]
PATIENT = ["--timeout", "60s"]


@pytest.fixture(scope="module")
def deployment() -> Iterator[Deployment]:
    with deployed() as running:
        yield running


@pytest.fixture(scope="module")
def stranger() -> Iterator[Service]:
    """Start a replica that works, and follows another database: what is written never reaches it."""
    running = Service({})
    try:
        running.start()
        yield running
    finally:
        running.close()


@pytest.fixture
def ctl(tmp_path: Path) -> Flagctl:
    return Flagctl(tmp_path, {"FLAGSVC_TOKEN": ADMIN_TOKEN, "FLAGSVC_ENVIRONMENT": ENVIRONMENT})


def failed(result: Result) -> dict[str, Any]:
    return {each["name"]: each for each in result.json["checks"] if each["result"] == "failed"}


def test_a_deployment_that_is_well_passes_every_check_and_keeps_nothing(ctl: Flagctl, deployment: Deployment) -> None:
    result = ctl.run("smoke", *deployment.words, *PATIENT)

    assert (result.code, result.err) == (0, "")
    assert {each["result"] for each in result.json["checks"]} == {"passed"}
    assert len(result.json["checks"]) == len({each["name"] for each in result.json["checks"]}) == 29
    assert (result.json["passed"], result.json["left"]) == (True, [])
    assert deployment.visible() == []


def test_people_get_a_line_for_each_check_with_its_time_and_scripts_the_names_of_what_failed(
    ctl: Flagctl, deployment: Deployment
) -> None:
    told = ctl.good("smoke", deployment.first.url, "--allow-degraded", "-o", "table", *PATIENT).out.splitlines()
    names = ctl.run("smoke", deployment.first.url, "--allow-degraded", "--expect", "0.0.1", "-o", "name", *PATIENT)

    assert [line.split()[0] for line in told[:-1]] == ["✔"] * 20
    assert all(" ms  " in line for line in told[:-1])
    assert told[-1].startswith("20 passed in ")
    assert (names.code, names.out) == (1, "version\n")


def test_reading_only_changes_nothing_and_still_compares_replicas_and_redis(
    ctl: Flagctl, deployment: Deployment
) -> None:
    before = deployment.revisions()

    result = ctl.run("smoke", *deployment.words, "--read-only", "-e", "production", *PATIENT)

    assert result.code == 0
    assert [each["name"].split()[0] for each in result.json["checks"]] == [
        *("live", "ready", "health", "login", "version", "memory", "traffic"),
        *("live", "ready", "health", "version", "memory", "redis"),
    ]
    assert next(each["detail"] for each in result.json["checks"] if each["name"] == "traffic").startswith("checkout: ")
    assert deployment.revisions() == before


def test_the_token_comes_from_standard_input_too(ctl: Flagctl, deployment: Deployment) -> None:
    words = [deployment.first.url, "--allow-degraded", "--read-only", "--token-file", "-"]

    result = ctl.run("smoke", *words, *PATIENT, stdin=f"{ADMIN_TOKEN}\n", FLAGSVC_TOKEN="wrong")  # noqa: S106  # nobody may use it

    assert result.code == 0


def test_where_nobody_listens_one_check_fails_and_the_others_are_not_made(ctl: Flagctl) -> None:
    result = ctl.run("smoke", f"http://127.0.0.1:{free_port()}", *SOON)

    assert result.code == 1
    assert [*failed(result)] == ["live"]
    assert "Connection refused" in failed(result)["live"]["detail"]
    assert "whether the process runs" in failed(result)["live"]["remedy"]
    assert {each["result"] for each in result.json["checks"]} == {"failed", "skipped"}


@pytest.mark.parametrize(
    ("token", "remedy"), [("wrong", "FLAGSVC_TOKEN, --token-file"), (SAMPLE_TOKEN, "an admin token")]
)
def test_a_token_that_is_not_good_for_it_is_told(ctl: Flagctl, deployment: Deployment, token: str, remedy: str) -> None:
    result = ctl.run("smoke", deployment.first.url, "--allow-degraded", *PATIENT, FLAGSVC_TOKEN=token)

    assert (result.code, [*failed(result)]) == (1, ["login"])
    assert remedy in failed(result)["login"]["remedy"]


def test_an_environment_that_is_not_there_is_wrong_usage(ctl: Flagctl, deployment: Deployment) -> None:
    result = ctl.run("smoke", deployment.first.url, "--allow-degraded", "-e", "moon", *PATIENT)

    assert (result.code, [*failed(result)]) == (2, ["login"])


def test_a_dead_redis_degrades_the_service_and_is_told_as_such(ctl: Flagctl, deployment: Deployment) -> None:
    deployment.redis.kill()
    try:
        eventually(lambda: "redis is down" in _health(deployment.first), "the service sees it")
        strict = ctl.run("smoke", deployment.first.url, *SOON, "--read-only")
        lenient = ctl.run("smoke", *deployment.words, *SOON, "--read-only")
    finally:
        deployment.redis.start()

    assert (strict.code, [*failed(strict)]) == (6, ["health"])
    assert "redis is down" in failed(strict)["health"]["detail"]
    assert (lenient.code, [*failed(lenient)]) == (6, ["redis"])
    eventually(lambda: "redis is down" not in _health(deployment.first), "the service has it again")


def test_a_frozen_redis_never_gets_the_change_and_nothing_stays_behind(ctl: Flagctl, deployment: Deployment) -> None:
    with deployment.stuck():
        result = ctl.run("smoke", *deployment.words, "--timeout", "2s")

    assert (result.code, [*failed(result)]) == (6, ["redis"])
    assert result.json["left"] == []
    assert deployment.visible() == []


def test_a_database_that_only_reads_fails_the_write_and_nothing_stays_behind(
    ctl: Flagctl, deployment: Deployment
) -> None:
    with deployment.only_read():
        result = ctl.run("smoke", deployment.first.url, "--allow-degraded", *PATIENT)

    assert (result.code, [*failed(result)]) == (1, ["token"])
    assert "may be written to" in failed(result)["token"]["remedy"]
    assert deployment.visible() == []


def test_a_frozen_replica_is_told_and_the_others_are_checked_to_the_end(ctl: Flagctl, deployment: Deployment) -> None:
    deployment.second.pause()
    try:
        result = ctl.run("smoke", *deployment.words, "--timeout", "5s")
    finally:
        deployment.second.resume()

    place = deployment.second.url.removeprefix("http://")
    assert (result.code, [*failed(result)]) == (1, [f"live {place}"])
    assert {each["name"] for each in result.json["checks"] if each["result"] == "skipped"} == {
        f"{name} {place}" for name in ("ready", "health", "version", "memory", "evaluation", "rolled-back", "gone")
    }
    assert deployment.visible() == []


def test_a_replica_that_does_not_follow_is_waited_for_in_vain(
    ctl: Flagctl, deployment: Deployment, stranger: Service
) -> None:
    result = ctl.run("smoke", deployment.first.url, "--also", stranger.url, "--allow-degraded", "--timeout", "2s")

    place = stranger.url.removeprefix("http://")
    assert f"evaluation {place}" in failed(result)
    assert failed(result)[f"evaluation {place}"]["detail"] == "not within 2 s: the token is not known there"
    assert (result.code, result.json["left"], deployment.visible()) == (6, [], [])


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_whoever_interrupts_it_finds_nothing_left(ctl: Flagctl, deployment: Deployment, number: signal.Signals) -> None:
    with deployment.stuck():
        running = _waiting(ctl, deployment)
        running.send_signal(number)
        _, told = running.communicate(timeout=60)

    assert (running.returncode, "taking back what was written" in told) == (130, True)
    assert deployment.visible() == []


def test_what_cannot_be_taken_back_is_named_with_the_command_that_does(ctl: Flagctl, deployment: Deployment) -> None:
    with deployment.stuck():
        running = _waiting(ctl, deployment)
        [key] = {*deployment.visible()}
        deployment.first.pause()
        try:
            running.send_signal(signal.SIGTERM)
            _, told = running.communicate(timeout=60)
        finally:
            deployment.first.resume()

    assert running.returncode == 130
    assert f"left behind: flag {key}: flagctl api POST /api/v1/flags/{key}/archive" in told
    assert f"left behind: token {key}, which ends by itself" in told
    ctl.good("api", "POST", f"/api/v1/flags/{key}/archive", "--url", deployment.first.url)
    deployment.tidy()


def test_a_protected_environment_is_written_to_only_by_who_means_it_with_the_reason_that_it_asks_for(
    ctl: Flagctl, deployment: Deployment
) -> None:
    body = {"key": "guarded", "name": "Guarded", "protected": True, "requireReason": True}
    deployment.first.call("POST", "environments", body)
    words = ["smoke", deployment.first.url, "--allow-degraded", "-e", "guarded", *PATIENT]

    refused = ctl.run(*words)
    meant = ctl.run(*words, "--protected", "--reason", "release 7")

    assert (refused.code, [*failed(refused)]) == (2, ["permission"])
    assert "--read-only" in failed(refused)["permission"]["remedy"]
    assert (meant.code, meant.json["left"]) == (0, [])
    changes = deployment.first.call("GET", "environments/guarded/changes?limit=4")["items"]
    assert {each["reason"] for each in changes} == {"release 7"}
    key = deployment.first.call("GET", "environments/guarded")["version"]
    deployment.first.call(
        "PUT", "environments/guarded", {"name": "Guarded"}, **{"If-Match": f'"{key}"', "X-Change-Reason": "over"}
    )


@pytest.mark.parametrize("words", [["--redis", "redis+cluster://x"], ["--timeout", "soon"], ["--also", "ftp://x"]])
def test_wrong_usage_is_told_before_anything_is_asked(ctl: Flagctl, words: list[str]) -> None:
    result = ctl.run("smoke", "http://127.0.0.1:1", *words)

    assert (result.code, result.out) == (2, "")


def _waiting(ctl: Flagctl, deployment: Deployment) -> "subprocess.Popen[str]":
    """Start a smoke test that has written its flag, and waits for it to arrive in a Redis that is stuck."""
    running = ctl.begin("smoke", *deployment.words, *PATIENT)
    eventually(lambda: len(deployment.visible()) == 2, "the flag and the token are there")
    return running


def _health(service: Service) -> str:
    with service.client() as client:
        checks = client.get("/health").json()["checks"]
    return ", ".join(f"{name} is {each['status']}" for name, each in checks.items())


def test_the_commands_of_the_guide_run_as_they_are_written(ctl: Flagctl, deployment: Deployment) -> None:
    write(ctl.home, {"plan.yaml": files_of("smoke-test.md")["plan.yaml"]})
    script = "set -e\n" + "\n".join(snippets("docs/how-to/smoke-test.md", "sh"))
    places = {"FLAGSVC": deployment.first.url, "REPLICA": deployment.second.url, "REDIS": deployment.redis.url}
    variables = {**places, "VERSION": __version__, "FLAGSVC_URL": deployment.first.url}
    path = {"PATH": f"{PROGRAM.parent}:{os.environ['PATH']}"}

    done = subprocess.run(
        ["sh", "-c", script], cwd=ctl.home, env=ctl.environment({**variables, **path}),
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip

    assert done.returncode == 0, done.stdout + done.stderr
    assert "29 passed in " in done.stdout
    assert "serves" in done.stdout
