"""The pages about flagctl: the reference is that of the code, and the guide's commands do what it says."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from flagsvc.ctl.values import VARIABLES
from scripts.ctl_reference import page
from tests.ctl.program import PROGRAM, Flagctl
from tests.ctl.test_program import COMMANDS
from tests.support.guides import files_of, write
from tests.support.service import ADMIN_TOKEN, Service
from tests.support.snippets import snippets
from tests.support.tree import ROOT

GUIDE = "flagctl.md"
REFERENCE = (ROOT / "docs/reference/flagctl.md").read_text("utf-8")


@pytest.fixture
def sampled() -> Iterator[Service]:
    """Start a service with the sample data that the guide speaks of."""
    running = Service({"SAMPLE_DATA": "true"})
    try:
        running.start()
        yield running
    finally:
        running.close()


def test_the_committed_reference_is_current() -> None:
    assert page() == REFERENCE, "run python -m scripts.reference"


def test_every_command_and_variable_is_in_the_reference() -> None:
    assert [name for name in COMMANDS if f"\n## `flagctl {name}`\n" not in REFERENCE] == []
    assert [name for name in VARIABLES if f"| `{name}` |" not in REFERENCE] == []


def test_the_commands_of_the_guide_run_as_they_are_written(sampled: Service, tmp_path: Path) -> None:
    files = {"token.txt": ADMIN_TOKEN, "users.txt": "".join(f"user-{number}\n" for number in range(100))}
    write(tmp_path, {**files, "plan.yaml": files_of(GUIDE)["plan.yaml"]})
    script = "set -e\n" + "\n".join(snippets(f"docs/how-to/{GUIDE}", "sh"))
    path = f"{PROGRAM.parent}:{os.environ['PATH']}"

    done = subprocess.run(
        ["sh", "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120,
        env=Flagctl(tmp_path, {}).environment({"FLAGSVC": sampled.url, "PATH": path}),
    )  # fmt: skip

    assert done.returncode == 0, done.stdout + done.stderr
    for said in (
        "who moves: 20.0 % off → on, nobody else",
        "flag/new-checkout is off: everybody gets off",
        "split/checkout is off: everybody gets stable",
        "succeeded",
        "released",
    ):
        assert said in done.stdout, done.stdout + done.stderr
    default = sampled.call("GET", "environments/production/splits/checkout")["default"]
    assert default["split"]["weights"] == {"canary": 5_000, "stable": 95_000}
