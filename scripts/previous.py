"""Run the previous release's own tests on this release's schema: `python -m scripts.previous [--short] [WORD...]`.

During an upgrade the code of the release before works on the schema of this one, and so it does after a step back. Its
whole tree is taken from the history of the repository (pyproject.toml, tool.flagsvc.previous), this tree's migrations
take the place of its own, and its tests run in this environment. What cannot apply is left out, each with its reason.
"""

import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from collections.abc import Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
VERSIONS = Path("flagsvc/store/migrations/versions")
SHORT = tuple(
    f"tests/store/test_{name}.py"
    for name in ("reading", "writing", "routing", "usage", "sessions", "notices", "outcomes", "live", "schema")
)
GIT = ("git", "-c", "user.name=previous", "-c", "user.email=previous@localhost", "-c", "commit.gpgsign=false")

LEFT_OUT: Mapping[str, str] = {
    "tests/meta": "looks at the files of a checkout, not at the database",
    "tests/benchmarks": "looks at measurements",
    "tests/scripts": "looks at documents",
    "tests/typing": "runs no code",
    "tests/codegen": "the SDK alone: knows no database",
    "tests/conformance": "pure: knows no database",
    "tests/core": "pure: knows no database",
    "tests/domain": "pure: knows no database",
    "tests/wire": "pure: knows no database",
    "tests/signing": "pure: knows no database",
    "tests/analysis": "pure: knows no database",
    "tests/outbound": "asks other servers: knows no database",
    "tests/console": "needs a console built from that tree, and a browser",
    "tests/operations/test_console.py": "needs a console built from that tree",
    "tests/operations/test_image.py": "looks at files",
    "tests/integrations": "the SDK alone, in frameworks: knows no database",
    "tests/processes": "the SDK alone, in process managers: knows no database",
    "tests/metric_sources": "asks metric servers: knows no database",
    "tests/system/test_demo.py": "needs a console built from that tree, and a terminal",
}
"""Folders and files of tests, and why they say nothing about the schema."""

LEFT_OUT_TESTS: Mapping[str, str] = {
    "tests/store/test_schema.py::test_an_empty_database_becomes_current": "demands its own models' schema",
    "tests/store/test_schema.py::test_many_processes_upgrade_once": "demands its own models' schema",
    "tests/store/test_schema.py::test_a_difference_is_found": "takes the first difference, and there are more now",
    "tests/operations/test_cli.py::test_the_schema_is_brought_up_to_date_and_told": "`db check` demands its own schema",
}
"""Single tests, likewise."""


class NoHistory(Exception):
    """The previous release cannot be had here."""


class Previous(NamedTuple):
    """A release, and where the repository has it."""

    version: str
    commit: str


def previous() -> Previous:
    """Read which release that is."""
    told = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["flagsvc"]["previous"]
    return Previous(told["version"], told["commit"])


def make_tree(folder: Path, *, our_schema: bool = True) -> None:
    """Make the previous release's tree, with this release's migrations or as it was; raises NoHistory."""
    release = previous()
    command = ["git", "archive", "--format=tar", release.commit]
    packed = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
    if packed.returncode:
        raise NoHistory(
            f"flagsvc {release.version} (commit {release.commit}) is not in the history of this checkout, if it has "
            "one: clone the repository without --depth, or run `git fetch --unshallow`."
        )
    folder.chmod(0o755)  # its servers run as somebody else
    with tarfile.open(fileobj=BytesIO(packed.stdout)) as archive:
        archive.extractall(folder, filter="data")
    if our_schema:
        shutil.rmtree(folder / VERSIONS)
        shutil.copytree(ROOT / VERSIONS, folder / VERSIONS, ignore=shutil.ignore_patterns("__pycache__"))
    _install(folder, release.version)
    (folder / ".venv").symlink_to(Path(sys.prefix))
    for words in (("init", "-q"), ("add", "-A"), ("commit", "-q", "-m", f"flagsvc {release.version}")):
        subprocess.run([*GIT, *words], cwd=folder, check=True)  # some of its tests ask what is tracked


def run(folder: Path, words: Sequence[str]) -> int:
    """Run its tests with these words for pytest; gives pytest's exit code."""
    left_out = [f"--ignore={path}" for path in LEFT_OUT] + [f"--deselect={test}" for test in LEFT_OUT_TESTS]
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *left_out, *words]
    return subprocess.run(command, cwd=folder, env=surroundings(folder), check=False).returncode


def surroundings(folder: Path) -> dict[str, str]:
    """Give the variables under which Python finds that tree's packages before those of this one."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("FLAGS", "PYTEST", "COV_"))}
    return {**kept, "PYTHONPATH": os.pathsep.join([str(folder), str(folder / "sdk")])}


def main(words: Sequence[str]) -> int:
    """Run all of them, or with --short those of the store."""
    short = "--short" in words
    given = [word for word in words if word != "--short"]
    with tempfile.TemporaryDirectory(prefix="flagsvc-previous-") as name:
        folder = Path(name).resolve()
        try:
            make_tree(folder)
        except NoHistory as error:
            print(error, file=sys.stderr)
            return 1
        for path, reason in {**LEFT_OUT, **LEFT_OUT_TESTS}.items():
            print(f"left out: {path}: {reason}")
        sys.stdout.flush()
        return run(folder, [*(SHORT if short else ()), *given])


def _install(folder: Path, version: str) -> None:
    """Let the metadata of the distributions say that version, as after an installation."""
    for name, home in (("flagsvc", folder), ("flagsdk", folder / "sdk")):
        info = home / f"{name}-{version}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n", "utf-8")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
