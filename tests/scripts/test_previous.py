"""The previous release's code on this schema: its own tests, in short form; the whole is `make test-previous`."""

import subprocess
import sys
from pathlib import Path

import pytest

from scripts.previous import LEFT_OUT, LEFT_OUT_TESTS, SHORT, NoHistory, make_tree, previous, run, surroundings
from tests.support.tree import ROOT


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("previous")
    try:
        make_tree(folder)
    except NoHistory as error:
        pytest.skip(str(error))
    return folder


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
    assert versions == [previous().version, previous().version]
    newest = max(path.name for path in (ROOT / "flagsvc/store/migrations/versions").glob("0*.py"))
    assert newest.startswith(head)


def test_what_is_left_out_is_there_and_has_a_reason(tree: Path) -> None:
    for path in LEFT_OUT:
        assert (tree / path).exists(), path
    for test in LEFT_OUT_TESTS:
        file, _, name = test.partition("::")
        assert f"def {name}(" in (tree / file).read_text(), test
    assert all({**LEFT_OUT, **LEFT_OUT_TESTS}.values())


def test_without_history_it_is_said_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("scripts.previous.previous", lambda: previous()._replace(commit="0" * 40))

    with pytest.raises(NoHistory, match="git fetch --unshallow"):
        make_tree(tmp_path)
