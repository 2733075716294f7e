"""The release before this one, taken out of the repository's history: its tree, to be run beside this one."""

import shutil
import subprocess
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.process import work_folder
from tests.support.tree import ROOT


class NoHistory(Exception):
    """No history that reaches the release, as in an archive of sources or a shallow clone."""


@contextmanager
def previous_tree() -> Iterator[Path]:
    """Unpack the release that pyproject.toml names as the previous one, for the block; NoHistory where it cannot be."""
    commit = str(tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["flagsvc"]["previous"]["commit"])
    packed = subprocess.run(
        ["git", "-c", f"safe.directory={ROOT}", "archive", "--format=tar", commit],
        cwd=ROOT, capture_output=True, check=False,
    )  # fmt: skip
    if packed.returncode:
        raise NoHistory(f"no history of the release {commit[:12]} here: {packed.stderr.decode().strip()}")
    folder = work_folder("previous")
    try:
        subprocess.run(["tar", "-x", "-C", str(folder)], input=packed.stdout, check=True)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
