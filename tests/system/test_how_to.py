"""The how-to pages' own code, run against the running system: nothing is put in but variables."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import httpx2
import pytest

from flagsdk import Context
from tests.support.application import Application
from tests.support.plain import PLAIN
from tests.support.snippets import snippets
from tests.system.cluster import Cluster

pytestmark = pytest.mark.servers

FASTAPI, OPENFEATURE = "docs/how-to/fastapi.md", "docs/how-to/openfeature.md"
USERS = tuple(f"user-{number}" for number in range(20))


def variables(cluster: Cluster) -> Mapping[str, str]:
    return {"FLAGSDK_URL": cluster.replicas[0].url, "FLAGSDK_TOKEN": cluster.sdk_token}


@contextmanager
def web(cluster: Cluster, code: str) -> Iterator[httpx2.Client]:
    """Serve a page's program, and give a client for it."""
    application = Application(code, variables(cluster))
    try:
        application.start()
        with httpx2.Client(
            base_url=f"http://127.0.0.1:{application.port}", trust_env=False, verify=PLAIN, timeout=30
        ) as client:
            yield client
    finally:
        application.close()


def test_the_fastapi_example_answers_each_user_by_their_own_context(cluster: Cluster) -> None:
    cluster.weigh_flag(30_000)
    first, second, _ = snippets(FASTAPI)

    with web(cluster, f"{first}\n\n{second}") as client:
        found = [client.get("/", headers={"X-User-Id": user, "X-Country": "DE"}).json() for user in USERS]
        logged_in = [client.get("/account", headers={"Authorization": user}).json() for user in USERS]
        new = [client.get("/new", headers={"X-User-Id": user}).status_code for user in USERS]

    sdk = cluster.by_redis
    themes = [sdk.get_string("checkout-theme", Context(user)) for user in USERS]
    switched_on = [sdk.is_enabled("new-checkout", Context(user)) for user in USERS]
    assert found == [{"new": on, "theme": theme} for on, theme in zip(switched_on, themes, strict=True)]
    assert logged_in == themes
    assert new == [200 if on else 404 for on in switched_on]


def test_the_starlette_example_runs(cluster: Cluster) -> None:
    cluster.weigh_flag(30_000)

    with web(cluster, snippets(FASTAPI)[2]) as client:
        found = [client.get("/", headers={"X-User-Id": user}).json()["new"] for user in USERS]

    assert found == [cluster.by_redis.is_enabled("new-checkout", user) for user in USERS]


def test_the_openfeature_example_runs(cluster: Cluster) -> None:
    cluster.weigh_flag(100_000)

    printed = _printed(cluster, snippets(OPENFEATURE)[0])

    assert printed[0].startswith("new checkout, theme ")
    assert "'flagSetId': 'production'" in printed[1]


def test_the_line_that_passes_the_cohort_on_runs(cluster: Cluster) -> None:
    code = snippets("docs/how-to/edge-and-application.md")[1]

    assert _printed(cluster, f"{code}\nprint(headers)") == ["{'Accept': 'application/json'}"]


def _printed(cluster: Cluster, code: str) -> list[str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("FLAGSDK_")}
    environment = {**inherited, **variables(cluster)}
    command = [sys.executable, "-W", "error", "-c", code]
    result = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=60)
    assert (result.returncode, result.stderr) == (0, "")
    return result.stdout.splitlines()
