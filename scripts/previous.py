"""Run the previous release's own tests on this release's schema: `python -m scripts.previous [--short] [WORD...]`.

During an upgrade the code of the release before works on the schema of this one, and so it does after a step back. Its
whole tree is taken from the history of the repository (pyproject.toml, tool.flagsvc.previous), this tree's migrations
take the place of its own, and its tests run in this environment. What cannot apply is left out, each with its reason.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.support.previous import NoHistory, previous_tree
from tests.support.tree import ROOT, project

ADVICE = "Clone the repository without --depth, or run `git fetch --unshallow`; an archive of sources has no history."
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
    "tests/demo": "a program for terminals: knows no database",
    "tests/hot": "answers from memory: knows no database",
    "tests/rollouts": "pure, and documents: knows no database",
    "tests/sdk": "the SDK alone: knows no database",
    "tests/outbound": "asks other servers: knows no database",
    "tests/console": "needs a console built from that tree, and a browser",
    "tests/operations/test_console.py": "needs a console built from that tree",
    "tests/operations/test_image.py": "looks at files",
    "tests/integrations": "the SDK alone, in frameworks: knows no database",
    "tests/processes": "the SDK alone, in process managers: knows no database",
    "tests/metric_sources": "asks metric servers: knows no database",
    "tests/edges/test_nginx_mirror.py": "an nginx before two echoing back ends: knows no database",
    "tests/system/test_demo.py": "needs a console built from that tree, and a terminal",
}
"""Folders and files of tests, and why they say nothing about the schema."""

LEFT_OUT_TESTS: Mapping[str, str] = {
    "tests/store/test_schema.py::test_an_empty_database_becomes_current": "demands its own models' schema",
    "tests/store/test_schema.py::test_many_processes_upgrade_once": "demands its own models' schema",
    "tests/store/test_schema.py::test_a_difference_is_found": "takes the first difference, and there are more now",
    "tests/operations/test_cli.py::test_the_schema_is_brought_up_to_date_and_told": "`db check` demands its own schema",
    "tests/usecases/test_verify.py::test_tampering_is_found_where_it_was_done[sqlite-a smuggled document]": (
        "the test itself, not the code, inserts a row without naming its columns"
    ),
}
"""Single tests, likewise."""


@contextmanager
def previous_on_this_schema() -> Iterator[Path]:
    """Make the previous release's tree with this release's migrations, for the block; raises NoHistory."""
    with previous_tree() as folder:
        os.chown(folder, os.geteuid(), os.getegid())
        folder.chmod(0o755)  # its servers run as somebody else
        shutil.rmtree(folder / VERSIONS)
        shutil.copytree(ROOT / VERSIONS, folder / VERSIONS, ignore=shutil.ignore_patterns("__pycache__"))
        version = str(project()["tool"]["flagsvc"]["previous"]["version"])
        _install(folder, version)
        (folder / ".venv").symlink_to(Path(sys.prefix))
        for words in (("init", "-q"), ("add", "-A"), ("commit", "-q", "-m", f"flagsvc {version}")):
            subprocess.run([*GIT, *words], cwd=folder, check=True)  # some of its tests ask what is tracked
        yield folder


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
    try:
        with previous_on_this_schema() as folder:
            for path, reason in {**LEFT_OUT, **LEFT_OUT_TESTS}.items():
                print(f"left out: {path}: {reason}")
            sys.stdout.flush()
            return run(folder, [*(SHORT if short else ()), *given])
    except NoHistory as error:
        print(f"{error}\n{ADVICE}", file=sys.stderr)
        return 1


def _install(folder: Path, version: str) -> None:
    """Let the metadata of the distributions say that version, as after an installation."""
    for name, home in (("flagsvc", folder), ("flagsdk", folder / "sdk")):
        info = home / f"{name}-{version}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n", "utf-8")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
