"""The build stage of the Dockerfile, run outside a container: a clean context, every RUN, in a root of its own.

Only the places that the build makes (/src, /opt, /wheels, /data) are moved; every command is otherwise as written.
Not `complete`: packages come from this environment, which has the same pins, and the console is left out.
"""

import os
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.packaging.dockerfile import Instruction, context, environment, stages
from tests.support.tree import ROOT

MOVED = re.compile(r"(?<![\w./*-])/(src|opt|wheels|data)\b")
INSTALLS = "pip install --require-hashes"
SECONDS = 900


@dataclass(frozen=True)
class Build:
    """One build; `root` stands for the root of the image's file system."""

    root: Path
    complete: bool

    def run(self) -> None:
        """Carry the stage out, instruction by instruction; fails with what a command printed."""
        seen = _context(self.root / "context")
        stage = stages()[0]
        given = _inherited() | environment(stage, _path()) | {"PIP_NO_CACHE_DIR": "0"}
        given |= {} if self.complete else {"FLAGSVC_SKIP_CONSOLE": "1"}
        for instruction in stage:
            self._follow(instruction, seen, given)

    def moved(self, text: str) -> str:
        """Give a text of the Dockerfile with its places in this root."""
        return MOVED.sub(rf"{self.root}/\1", text)

    def _follow(self, instruction: Instruction, seen: Path, given: Mapping[str, str]) -> None:
        folder = self.root / "src"
        match instruction.word:
            case "WORKDIR":
                Path(self.moved(instruction.text)).mkdir()
            case "COPY":
                *sources, target = instruction.words
                for source in sources:
                    _copy(seen / source, folder / target)
            case "RUN":
                self._shell(instruction.text, folder, given)
            case "FROM" | "ENV":  # read beforehand
                pass
            case word:
                raise ValueError(f"this build does not know {word}")

    def _shell(self, text: str, folder: Path, given: Mapping[str, str]) -> None:
        if INSTALLS in text and not self.complete:
            (site,) = (self.root / "opt/flagsvc/lib").glob("python*/site-packages")
            (site / "pins.pth").write_text(sysconfig.get_path("purelib"))
            return
        done = subprocess.run(
            ["sh", "-ec", self.moved(text)], cwd=folder, env=given, capture_output=True, text=True, check=False,
            timeout=SECONDS,
        )  # fmt: skip
        assert done.returncode == 0, f"RUN {text}\n{done.stdout[-3000:]}{done.stderr[-3000:]}"


def _context(target: Path) -> Path:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in context(filter(None, listed.split("\0")), (ROOT / ".dockerignore").read_text()):
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, target / name)
    return target


def _copy(source: Path, target: Path) -> None:
    """Copy as COPY does: a folder's content into the target, a file into a target that ends as a folder."""
    if source.is_dir():
        shutil.copytree(source, target, dirs_exist_ok=True)
    else:
        target.mkdir(exist_ok=True)
        shutil.copy(source, target / source.name)


def _inherited() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("FLAGSVC_", "PYTHON", "VIRTUAL"))}
    return kept | {"PATH": _path()}


def _path() -> str:
    return f"{Path(sys.executable).parent}:{os.environ['PATH']}"
