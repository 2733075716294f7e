"""os.fork at any moment: no child hangs, whatever the other threads of the parent were doing."""

import subprocess
import sys

from tests.support.tree import ROOT

FORKS = 250


def test_no_child_hangs_whatever_the_parent_is_doing() -> None:
    command = [sys.executable, "-W", "ignore::DeprecationWarning", "-m", "tests.processes.forks", str(FORKS)]

    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=600)

    assert (result.stdout, result.stderr, result.returncode) == (f"{FORKS}\n", "", 0)
