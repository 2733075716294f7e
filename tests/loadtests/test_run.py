"""The load tests themselves, in their short form: every profile does its work without an error, and is judged."""

import os
import subprocess
import sys

import pytest

from benchmarks.run import replaced
from loadtests.profiles import PROFILES
from loadtests.run import render
from tests.support.tree import ROOT

SECONDS = 240


def load_test(*words: str) -> "subprocess.CompletedProcess[str]":
    """Run the program as `make load` does; without anything of locust's in the environment."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("LOCUST", "FLAGSVC"))}
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
