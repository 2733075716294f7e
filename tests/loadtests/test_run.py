"""The load tests themselves, in their short form: every profile does its work without an error, and is judged."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager, nullcontext
from pathlib import Path

import httpx2
import pytest

from benchmarks.run import replaced
from loadtests import run
from loadtests.plan import VARIABLE, Plan, Stage
from loadtests.profiles import PROFILES
from loadtests.records import Record, read
from loadtests.run import render
from loadtests.target import Target
from tests.support.service import ADMIN_TOKEN, Service
from tests.support.tree import ROOT

SECONDS = 240


def load_test(*words: str, token: str = "") -> "subprocess.CompletedProcess[str]":
    """Run the program as `make load` does; without anything of locust's in the environment."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("LOCUST", "FLAGSVC"))}
    environment |= {"FLAGSVC_TOKEN": token} if token else {}
    command = [sys.executable, "-m", "loadtests.run", *words]
    return subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=SECONDS
    )


@pytest.mark.servers
def test_every_profile_does_its_work_without_an_error_and_is_judged_by_its_budgets() -> None:
    done = load_test("all", "--quick")

    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert [name for name in PROFILES if f"({name})" not in done.stdout] == []
    assert "0 missed" in done.stdout.splitlines()[-1]


@pytest.mark.servers
def test_a_service_that_runs_already_is_loaded_without_a_bare_route_and_left_as_it_was() -> None:
    with closing(Service({})) as service:
        service.start()

        done = load_test("evaluating", "editing", "--quick", "--host", service.url, token=ADMIN_TOKEN)

        left = [flag["key"] for flag in service.call("GET", "flags")["items"] if not flag["archived"]]
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert "bare" not in done.stdout
    assert "0 missed" in done.stdout.splitlines()[-1]
    assert left == []


def test_a_service_that_is_not_there_is_told_in_a_sentence() -> None:
    done = load_test("editing", "--quick", "--host", "http://127.0.0.1:1", token=ADMIN_TOKEN)

    assert (done.returncode, done.stdout) == (1, "")
    assert re.fullmatch(r"http://127.0.0.1:1: .*refused; what was made there for the load may be left\n", done.stderr)


@contextmanager
def _going_away(_: object) -> Iterator[Target]:
    yield Target(url="", environment="", flags=(), split="", admin_token="", sdk_token="")
    raise httpx2.ConnectError("refused")


def test_the_verdict_is_told_also_when_the_service_has_gone_away_meanwhile(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["run", "asking", "--quick"])
    monkeypatch.setattr(run, "_target", _going_away)
    monkeypatch.setattr(run, "_run", lambda *_: [Record("asking", "traffic decide", failures=7)])

    with pytest.raises(SystemExit, match="refused"):
        run.main()

    assert "MISSED  asking: traffic decide: error_share 1, wanted 0" in capsys.readouterr().out


def test_whoever_interrupts_it_sees_no_trace_of_the_program(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> list[Record]:
        raise KeyboardInterrupt

    monkeypatch.setattr(sys, "argv", ["run", "asking", "--quick"])
    monkeypatch.setattr(run, "_target", lambda _: nullcontext(Target(
        url="", environment="", flags=(), split="", admin_token="", sdk_token="",
    )))  # fmt: skip
    monkeypatch.setattr(run, "_run", interrupted)

    assert run.main() == 130


def test_a_user_who_gives_up_is_a_failure(tmp_path: Path) -> None:
    """In a process of its own: locust patches whatever imports it."""
    results = tmp_path / "results.json"
    stage = Stage(profile="editing", seconds=9, users={"Editor": 1})
    Plan(
        stages=(stage,), url="", bare="", environment="", flags=(), split="", admin_token="", sdk_token="",
        results=str(results), pids={},
    ).write(tmp_path / "plan.json")  # fmt: skip
    code = (
        "from locust import events; from loadtests.shape import Stages; stages = Stages(); keeper = stages._keeper;"
        "keeper.begin(keeper._plan.stages[0]);"
        "events.user_error.fire(user_instance=object(), exception=ValueError('not once'), tb=None);"
        "keeper.end()"
    )

    subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, check=True, env={**os.environ, VARIABLE: str(tmp_path / "plan.json")}
    )

    [record] = read(results)
    assert (record.profile, record.failures, "not once" in record.faults[0]) == ("editing", 1, True)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["all"], "one of the arguments --quick --full is required"),
        (["everything", "--quick"], "invalid choice: 'everything'"),
        (["all", "--quick", "--host", "https://flags.example"], "load only what is yours"),
    ],
)
def test_what_is_not_bounded_or_not_ones_own_is_refused(words: list[str], said: str) -> None:
    done = load_test(*words)

    assert (done.returncode, said in done.stderr) == (2, True)


def test_a_block_of_the_page_is_replaced_and_names_its_command() -> None:
    page = "before\n<!-- load: written by `make load` -->\nold\n<!-- end of load -->\nafter\n"

    text = replaced(page, "load", render(["all"], ["a table"], ["2 limits met"]), by="make load")

    assert text.startswith("before\n<!-- load: written by `make load` -->\n\n`python -m loadtests.run all --full`, ")
    assert "```text\na table\n2 limits met\n```\n\n<!-- end of load -->\nafter\n" in text
    assert "old" not in text
