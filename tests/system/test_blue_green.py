"""The page about blue and green, run as it is written against the service: only its address and its token are set."""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.service import ADMIN_TOKEN, Service
from tests.support.snippets import snippets
from tests.support.timing import eventually

pytestmark = pytest.mark.servers

PAGE = "docs/how-to/blue-green.md"
SETUP, CREATE, BIND, PREVIEW, SWAP, WATCH, BACK, MOVE = snippets(PAGE, "sh")
BLUE, GREEN = {"blue": 100_000, "green": 0}, {"blue": 0, "green": 100_000}


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    [routers] = snippets(PAGE, "yaml")
    (tmp_path / "routers.yaml").write_text(routers)
    made = Service({"SAMPLE_DATA": "true", "ROUTERS": str(tmp_path / "routers.yaml")})
    made.start()
    yield made
    made.close()


def run(service: Service, block: str) -> str:
    """Run a block after the definitions, in a shell that stops at the first error."""
    variables = {"FLAGSVC": service.url, "TOKEN": ADMIN_TOKEN, "no_proxy": "*"}
    script = f"set -eu\n{SETUP}\n{block}"
    result = subprocess.run(
        ["sh", "-c", script], env=os.environ | variables, capture_output=True, text=True, check=False, timeout=60
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def answer(service: Service, block: str) -> Any:
    return json.loads(run(service, block))


def weights(written: Any) -> Any:
    return written["document"]["default"]["split"]["weights"]


def cohorts(service: Service) -> list[str]:
    return [line.split()[1] for line in run(service, PREVIEW).splitlines()]


def is_told(service: Service, wanted: dict[str, int]) -> bool:
    """Whether the page's look at the binding shows that every router has read back as that."""
    status = answer(service, WATCH)["status"]
    seen = [router["observed"] and router["observed"]["weights"] for router in status["routers"]] if status else []
    return bool(seen) and status["phase"] == "applied" and seen == [wanted]


def test_the_page_from_its_first_step_to_its_last(service: Service) -> None:
    assert weights(answer(service, CREATE)) == BLUE
    assert answer(service, BIND)["document"]["routers"] == ["edge-1"]
    eventually(lambda: cohorts(service) == ["blue", "green"], "everybody on blue, and the preview on green")
    eventually(lambda: is_told(service, BLUE), "blue at every router")

    assert weights(answer(service, SWAP)) == GREEN
    eventually(lambda: cohorts(service) == ["green", "green"], "everybody on green")
    eventually(lambda: is_told(service, GREEN), "green at every router")

    assert weights(answer(service, BACK)) == BLUE
    eventually(lambda: is_told(service, BLUE), "blue again at every router")

    run(service, MOVE)
    assert service.call("GET", "environments/production/splits/web")["stable"] == "green"
    eventually(lambda: is_told(service, GREEN), "green for good")
    reasons = [
        each["reason"] for each in service.call("GET", "environments/production/changes?kind=split&key=web")["items"]
    ]
    assert reasons == ["", "release 2.5", "release 2.4 is slow", "release 2.4", ""]


def test_the_routers_of_the_page_say_who_drives_them_and_what_they_would_be_told(service: Service) -> None:
    run(service, CREATE)
    before = service.call("GET", "routers")["items"]
    run(service, BIND)
    eventually(lambda: is_told(service, BLUE), "blue at every router")

    plan = service.call("POST", "environments/production/bindings/web/plan")
    run(service, SWAP)
    eventually(lambda: is_told(service, GREEN), "green at every router")

    [router] = service.call("GET", "routers")["items"]
    assert (router["name"], router["kind"], before[0]["binding"]) == ("edge-1", "none", None)
    assert router["binding"] == {"environment": "production", "key": "web"}
    assert plan["routers"] == [{"name": "edge-1", "lines": [], "error": None}]
    kinds = [event["kind"] for event in service.call("GET", "environments/production/bindings/web/events")["items"]]
    assert kinds == ["applied", "begun", "applied", "begun"]
