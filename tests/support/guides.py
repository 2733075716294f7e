"""The code in the guides (docs/how-to), for tests to run: a block whose first line is a comment is that file."""

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.support.tree import ROOT

BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NAME = re.compile(r"^# (\S+\.\w+)\n")


def files_of(page: str) -> dict[str, str]:
    """Give every block of a page by its file's name, or by its language where it names none."""
    found: dict[str, str] = {}
    for language, text in BLOCK.findall((ROOT / "docs" / "how-to" / page).read_text()):
        named = NAME.match(text)
        found[named[1] if named else language] = text
    return found


def write(folder: Path, files: Mapping[str, str]) -> None:
    """Write files into a folder."""
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


def run(folder: Path, code: str, **environment: str) -> str:
    """Run code in a folder with a Python of its own, warnings as errors; gives what it has printed."""
    words = [sys.executable, "-W", "error", "-c", code]
    path = {"PYTHONPATH": str(folder)}
    result = subprocess.run(
        words, cwd=folder, env=os.environ | path | environment, capture_output=True, text=True, check=False, timeout=120
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout
