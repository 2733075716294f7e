"""The make verbs and their scripts: documented, safe to read for any shell, and the same for CI and for people."""

import re
import subprocess
from pathlib import Path

import pytest

from tests.support.tree import ROOT

SCRIPTS = sorted((ROOT / "scripts").glob("*.sh"))


def test_help_lists_every_verb() -> None:
    makefile = (ROOT / "Makefile").read_text()
    verbs = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))

    command = ["make", "--no-print-directory", "help"]  # it prints that inside `make test`
    printed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout

    assert {line.split()[1] for line in printed.splitlines()} == verbs


def test_ci_runs_make_test_and_nothing_else() -> None:
    commands = [line for line in (ROOT / ".ci" / "run").read_text().splitlines() if not line.startswith("#")]

    assert commands[-1] == "exec make test"


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_every_shell_script_parses(script: Path) -> None:
    subprocess.run(["sh", "-n", str(script)], check=True)


def test_set_up_is_instant_the_second_time(tmp_path: Path) -> None:
    """Two stamps decide: with a current one the script ends before it looks for Python."""
    for name in ("requirements", "sdk", "scripts", ".venv/bin"):
        (tmp_path / name).mkdir(parents=True)
    for name in ("pyproject.toml", "sdk/pyproject.toml", "requirements/run.txt", "requirements/dev.txt"):
        (tmp_path / name).write_text((ROOT / name).read_text())
    for name in ("setup.sh", "common.sh"):
        (tmp_path / "scripts" / name).write_text((ROOT / "scripts" / name).read_text())
    (tmp_path / ".venv/bin/python").symlink_to("/bin/true")
    stamp = "cat requirements/run.txt pyproject.toml sdk/pyproject.toml scripts/setup.sh | sha256sum; pwd"
    text = subprocess.run(["sh", "-c", stamp], cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    (tmp_path / ".venv/stamp-run").write_text(text)

    result = subprocess.run(
        ["sh", "scripts/setup.sh", "run"],
        cwd=tmp_path, env={"PATH": "/usr/bin:/bin"}, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert (result.returncode, result.stderr) == (0, "")
