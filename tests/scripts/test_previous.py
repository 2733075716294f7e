"""The previous release's code on this schema: its own tests, in short form; the whole is `make test-previous`."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts.previous import LEFT_OUT, LEFT_OUT_TESTS, SHORT, main, previous_on_this_schema, run, surroundings
from tests.support.previous import NoHistory
from tests.support.tree import ROOT, project


@pytest.fixture(scope="module")
def tree() -> Iterator[Path]:
    try:
        with previous_on_this_schema() as folder:
            yield folder
    except NoHistory as error:
        pytest.skip(str(error))


@pytest.mark.servers
def test_the_previous_release_passes_its_own_tests_of_the_store_on_this_schema(tree: Path) -> None:
    assert run(tree, [*SHORT, "-x"]) == 0


def test_it_is_its_code_and_our_schema_that_are_tested(tree: Path) -> None:
    ask = "import flagsvc, flagsdk, sys; from importlib.metadata import version as v; "
    ask += "from flagsvc.store.schema import _scripts; print(flagsvc.__file__, flagsdk.__file__, v('flagsvc'), "
    ask += "v('flagsdk'), _scripts().get_current_head())"
    command = [sys.executable, "-c", ask]

    printed = subprocess.run(command, cwd=tree, env=surroundings(tree), capture_output=True, text=True, check=True)

    service, sdk, *versions, head = printed.stdout.split()
    assert Path(service).is_relative_to(tree)
    assert Path(sdk).is_relative_to(tree / "sdk")
    assert versions == [project()["tool"]["flagsvc"]["previous"]["version"]] * 2
    newest = max(path.name for path in (ROOT / "flagsvc/store/migrations/versions").glob("0*.py"))
    assert newest.startswith(head)


def test_what_is_left_out_is_there_and_has_a_reason(tree: Path) -> None:
    for path in LEFT_OUT:
        assert (tree / path).exists(), path
    for test in LEFT_OUT_TESTS:
        file, _, name = test.partition("::")
        assert f"def {name.partition('[')[0]}(" in (tree / file).read_text(), test
    assert all({**LEFT_OUT, **LEFT_OUT_TESTS}.values())


def test_without_history_it_is_said_what_to_do(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(project()["tool"]["flagsvc"]["previous"], "commit", "0" * 40)
    monkeypatch.setattr("tests.support.previous.tomllib.loads", lambda _: project())

    assert main([]) == 1

    assert "git fetch --unshallow" in capsys.readouterr().err
