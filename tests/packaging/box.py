"""A command in a box: a user without rights, and a file system that is read-only but for the folders that are named.

The box is a mount namespace. Where the machine allows none, the user's own rights are all that holds. The user is the
image's, unless that one may not reach this Python; then it is ourselves, without any capability.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from tests.support.process import mortal

READ_ONLY = """
for each in $WRITABLE; do mount --bind "$each" "$each"; done
while read -r _ _ _ _ place _; do
  case " $WRITABLE " in *" $place "*) continue ;; esac
  case $place in /proc*|/sys*|/dev*) continue ;; esac
  mount -o remount,bind,ro "$place" || exit 71
done </proc/self/mountinfo
exec "$@"
"""
USER = 65532
STRANGER = (f"--reuid={USER}", f"--regid={USER}", "--clear-groups")
POWERLESS = ("--no-new-privs", "--bounding-set=-all", "--inh-caps=-all")


def boxed(command: Sequence[str], writable: Sequence[Path]) -> list[str]:
    """Give the command in its box. Who runs there owns the folders if they were given to `owner()`."""
    drop = [*mortal("KILL"), *(STRANGER if owner() == USER else ()), *(POWERLESS if os.geteuid() == 0 else ())]
    if not has_namespaces():
        return [*drop, *command]
    folders = " ".join(str(folder.resolve()) for folder in writable)
    return [*mortal("KILL"), *_unshare(), "env", f"WRITABLE={folders}", "sh", "-c", READ_ONLY, "sh", *drop, *command]


@cache
def has_namespaces() -> bool:
    """Whether this machine lets us have a mount namespace."""
    if shutil.which("unshare") is None:
        return False
    return subprocess.run([*_unshare(), "true"], capture_output=True, check=False).returncode == 0


@cache
def owner() -> int:
    """Who runs in the box: `USER` where we may become that one and it finds this very Python, else ourselves."""
    if os.geteuid() != 0:
        return os.geteuid()
    words = [*mortal("KILL"), *STRANGER, sys.executable, "-c", "import sys, uvicorn; print(sys.version)"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    return USER if done.stdout == f"{sys.version}\n" else 0


def _unshare() -> list[str]:
    return ["unshare", "--mount", *([] if os.geteuid() == 0 else ["--map-root-user"])]
