"""`flagsvc demo`, which `make run` runs: what it prints works exactly as printed, and Ctrl-C ends it at once."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.process import NotStarted
from tests.support.service import Service

END_SECONDS = 3.0
COMMAND = re.compile(r"^(curl .+)$", re.MULTILINE)
SNIPPET = re.compile(r"^from flagsdk import .+?(?=^API reference)", re.MULTILINE | re.DOTALL)


@pytest.fixture
def demo() -> Iterator[Service]:
    """Run it without fixed tokens, as a newcomer does."""
    server = Service({"ADMIN_TOKEN": "", "SAMPLE_TOKEN": "", "DRAIN_SECONDS": "", "LOG_LEVEL": "error"}, "demo")
    try:
        server.start()
        yield server
    finally:
        server.close()


def printed(demo: Service) -> str:
    """Wait for the last line of what the demo has to say."""
    for _ in range(500):
        if "Health: " in demo.output():
            return demo.output()
        time.sleep(0.01)
    raise NotStarted(demo.output())


def _shell(command: str) -> str:
    return subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=True, timeout=20).stdout


def test_the_three_curls_work_exactly_as_printed(demo: Service) -> None:
    flag, cohort, move = COMMAND.findall(printed(demo))

    decision = json.loads(_shell(flag))
    assert decision["key"] == "new-checkout"
    assert isinstance(decision["value"], bool)

    head = _shell(cohort).lower()
    assert head.startswith("http/1.1 200")
    assert re.search(r"^x-cohort: (stable|canary)\s*$", head, re.MULTILINE)

    answer = json.loads(_shell(move))
    assert answer["moves"][0]["moves"] == [{"from": "off", "to": "on", "weight": 20_000}]


def test_the_snippet_works_exactly_as_printed_and_agrees_with_the_edge(demo: Service, tmp_path: Path) -> None:
    snippet = SNIPPET.search(printed(demo))
    assert snippet
    lines = [line for line in snippet[0].splitlines() if line.strip()]
    assert len(lines) <= 6
    (tmp_path / "snippet.py").write_text(snippet[0])

    result = subprocess.run(
        [sys.executable, "snippet.py"], cwd=tmp_path, capture_output=True, text=True, check=True, timeout=20
    )

    rows = [line.split() for line in result.stdout.splitlines()]
    assert len(rows) > 1
    assert all(on == "True" for _, on, cohort in rows if cohort == "canary")  # 5 % of 30 %, by one salt


def test_ctrl_c_ends_it_with_streams_open(demo: Service) -> None:
    token = re.search(r'token="(fss_\S+)"', printed(demo))
    assert token
    with (
        demo.client(token[1]) as client,
        client.stream("GET", "/sdk/v1/changes", headers={"Accept": "text/event-stream"}) as stream,
    ):
        assert stream.status_code == 200
        before = time.monotonic()

        code = demo.stop(signal.SIGINT, seconds=END_SECONDS)

        assert time.monotonic() - before < END_SECONDS
        assert code in (0, 128 + signal.SIGINT, -signal.SIGINT), demo.output()
    assert "Traceback" not in demo.output()


def test_a_second_run_on_the_same_data_finds_what_was_changed(demo: Service) -> None:
    move = COMMAND.findall(printed(demo))[2]
    _shell(move)
    demo.stop(signal.SIGINT)
    os.truncate(demo.log, 0)

    demo.start()

    again = json.loads(_shell(COMMAND.findall(printed(demo))[2]))
    assert again["moves"] == []
