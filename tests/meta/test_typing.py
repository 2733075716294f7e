"""The SDK's types as its users meet them: good usage passes mypy --strict, each marked line of bad usage does not."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.tree import ROOT

FOLDER = ROOT / "tests" / "typing"
GOOD, BAD = (sorted(FOLDER.glob(f"{name}_*.py")) for name in ("good", "bad"))
MARK = "# wrong"


def _mypy(path: Path, cache: Path) -> tuple[int, str]:
    command = [sys.executable, "-m", "mypy", "--cache-dir", str(cache), "--no-error-summary", str(path)]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)
    return result.returncode, result.stdout


@pytest.mark.parametrize("good", GOOD, ids=lambda path: path.name)
def test_good_usage_type_checks(good: Path, tmp_path: Path) -> None:
    code, output = _mypy(good, tmp_path)

    assert code == 0, output


@pytest.mark.parametrize("bad", BAD, ids=lambda path: path.name)
def test_every_marked_line_of_bad_usage_is_an_error_and_no_other_line(bad: Path, tmp_path: Path) -> None:
    marked = {number for number, line in enumerate(bad.read_text().splitlines(), 1) if MARK in line}

    _, output = _mypy(bad, tmp_path)

    wrong = {int(number) for number in re.findall(rf"{bad.name}:(\d+): error:", output)}
    assert marked
    assert wrong == marked, output
