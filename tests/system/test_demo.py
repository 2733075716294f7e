"""`make demo` in its quick form: both releases end as they should, visitors prove it, and nothing is left running."""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

import pytest

from tests.support.timing import eventually
from tests.support.tree import ROOT

pytestmark = pytest.mark.servers
SECONDS = 240.0
COMMAND = (sys.executable, "-m", "examples.demo", "--quick")
CAPTION_WIDTH = 2 * 78


@pytest.fixture
def folder() -> Iterator[Path]:
    """Where the demo makes its own folder: a mark by which its processes are known, and short enough for sockets."""
    made = Path(tempfile.mkdtemp(prefix="demo-"))
    yield made
    for pid in running(made):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    shutil.rmtree(made)


def environment(folder: Path, **more: str) -> Mapping[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("FLAGSVC_", "FLAGSDK_"))}
    return {**kept, "TMPDIR": str(folder), "PYTHONPATH": str(ROOT), **more}


def running(folder: Path) -> set[int]:
    """Give the processes that were started with this folder for temporary files."""
    mark = f"TMPDIR={folder}".encode()
    found = set()
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it has ended, or is somebody else's
            if mark in (process / "environ").read_bytes().split(b"\0"):
                found.add(int(process.name))
    return found


def start(folder: Path, *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*COMMAND, *words], cwd=ROOT, env=environment(folder), start_new_session=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip


def test_the_good_release_reaches_everybody_and_the_bad_one_is_taken_back(folder: Path) -> None:
    pictures = folder / "pictures"
    demo = start(folder, "--record", str(pictures))
    printed, _ = demo.communicate(timeout=SECONDS)

    assert demo.returncode == 0, printed
    assert [line[0] for line in printed.splitlines()[-5:]] == ["✔"] * 5, printed
    assert "The good release reached 100 %; at the end visitors got v2." in printed
    assert re.search(r"\b0 of [1-9]\d* visitors who moved to v2 were sent back and forth", printed), printed
    assert "The bad release was rolled back; at the end visitors got v2." in printed
    assert re.search(r"rolling-back: .*errors", printed), printed
    assert re.search(r"had answered [1-9][\d,]* requests, [1-9]\d* of them with an error", printed), printed
    assert "without an answer" not in printed
    captions = re.findall(r"^\d+:\d\d  == (.*)$", printed, re.MULTILINE)
    assert len(captions) > 5
    assert max(map(len, captions)) <= CAPTION_WIDTH
    assert {path.name for path in pictures.iterdir()} == {"demo-failing.svg", "demo-rolled-back.svg"}
    assert "rolled-back" in (pictures / "demo-rolled-back.svg").read_text()
    assert running(folder) == set()
    assert [path.name for path in folder.iterdir()] == ["pictures"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_in_the_middle_ends_everything(folder: Path, number: signal.Signals) -> None:
    demo = start(folder)
    assert demo.stdout
    for line in demo.stdout:
        if "step 1/5 begins" in line:
            break
    assert len(running(folder)) >= 6, "HAProxy, Prometheus, flagsvc, two shops and the demo"

    demo.send_signal(number)
    demo.send_signal(number)
    printed, _ = demo.communicate(timeout=SECONDS)

    assert demo.returncode == 130, printed
    assert "Everything that was started has ended." in printed
    assert running(folder) == set()
    assert list(folder.iterdir()) == []


def test_even_a_demo_that_is_killed_leaves_nothing_running(folder: Path) -> None:
    demo = start(folder)
    assert demo.stdout
    for line in demo.stdout:
        if "step 1/5 begins" in line:
            break

    demo.kill()
    demo.communicate(timeout=SECONDS)

    eventually(lambda: running(folder) == set(), "the end of what a killed demo had started")


def test_what_is_missing_is_said(folder: Path) -> None:
    nowhere = {"PATH": str(folder)}
    code = """
import runpy
import examples.demo.children
examples.demo.children.SYSTEM = ""
runpy.run_module("examples.demo", run_name="__main__")
"""

    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment(folder, **nowhere),
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip

    assert done.returncode == 1
    assert "haproxy is not installed: `make demo` installs it" in done.stdout
    assert list(folder.iterdir()) == []
