"""docs/tutorial.md, line by line, against a service as `make run` starts it: only its address and its tokens differ."""

import re
from contextlib import closing
from pathlib import Path

import pytest

from tests.documents.shell import Reader, blocks_of
from tests.support.service import ADMIN_TOKEN, Service

pytestmark = pytest.mark.servers
PAGE = "docs/tutorial.md"


def test_a_reader_has_a_flag_a_canary_and_a_release_that_went_back_by_itself(tmp_path: Path) -> None:
    start, *lines = blocks_of(PAGE, "sh")
    with closing(Service({"SAMPLE_DATA": "true"}, "demo")) as service:
        service.start()
        reader = Reader(tmp_path, service, {"fsa_all_…": ADMIN_TOKEN})
        reader.files(PAGE)

        said = reader.tried(*lines)

        rollout = service.call("GET", "environments/production/rollouts/one-click-1")["status"]
        flag = service.call("GET", "environments/production/flags/one-click")
        split = service.call("GET", "environments/production/splits/checkout")
    assert said.code == 0, said.out + said.err
    assert start == "make run\n"
    assert "who moves: 10.0 % off → on, nobody else" in said.out
    first, second, last = map(int, re.findall(r"^(\d+) of 10000 users have one click$", said.out, re.MULTILINE))
    assert 900 < first < 1100
    assert 1850 < second < 2150
    assert last == second
    assert re.search(r"(?i)^x-cohort: (stable|canary)", said.out, re.MULTILINE)
    assert "it went back: exit code 6" in said.out
    assert rollout["phase"] == "rolled-back"
    assert "errors" in rollout["cause"]
    assert flag["default"]["split"]["weights"] == {"off": 80_000, "on": 20_000}
    assert split["default"]["split"]["weights"] == {"canary": 10_000, "stable": 90_000}
