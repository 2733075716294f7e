"""`flagsvc db`: status, backfills, backups and restores as commands; what they print and how they end."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from flagsvc.app import Founding
from flagsvc.app.founding import found
from flagsvc.cli import app
from flagsvc.store import SqlStore, open_store
from flagsvc.usecases import history
from tests.store.engines import contents
from tests.support.process import free_port
from tests.support.timing import eventually

run = CliRunner().invoke


@pytest.fixture(autouse=True)
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FLAGSVC_DATA_DIR", str(tmp_path / "data"))
    return tmp_path / "data"


@pytest.fixture
def founded(data_dir: Path) -> Path:
    """Make a database with sample data; answers its file."""
    done("upgrade")
    store = opened(data_dir / "flagsvc.db")
    found(store, Founding(sample_data=True))
    store.close()
    return data_dir / "flagsvc.db"


def db(*words: str) -> Result:
    return run(app, ["db", *words])


def done(*words: str) -> str:
    result = db(*words)
    assert result.exit_code == 0, result.output
    return result.stdout


def opened(path: Path) -> SqlStore:
    return open_store(f"sqlite:///{path}", chance=lambda: 0.5)


def rows(path: Path) -> dict[str, list[tuple[object, ...]]]:
    store = opened(path)
    held = contents(store)
    store.close()
    return held


def told(*words: str) -> tuple[int, Mapping[str, object]]:
    result = db("status", "-o", "json", *words)
    return result.exit_code, json.loads(result.stdout)


def change(path: Path, statement: str) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute(statement)
    connection.close()


def test_the_status_of_an_empty_database_lists_what_is_pending_and_how_safe_it_is() -> None:
    code, status = told()

    pending = status["pending"]
    assert isinstance(pending, list)
    assert (code, status["state"], status["usable"], status["settled"]) == (3, "empty", False, False)
    assert [each["revision"] for each in pending] == sorted(each["revision"] for each in pending)
    assert pending[0] == {**pending[0], "revision": "0001", "release": "0.1.0", "kind": "expanding"}
    assert "pending      0001 expanding: The first schema" in db("status").stdout


def test_the_status_after_an_upgrade_says_who_may_use_the_schema(founded: Path) -> None:
    code, status = told()

    assert (code, status["code"], status["state"], status["oldestCode"]) == (0, "0.2.0", "current", "0.1.0")
    assert status["pending"] == []
    assert "oldest code  flagsvc 0.1.0" in done("status")


def test_the_status_of_a_schema_of_another_release_is_said_in_words(founded: Path) -> None:
    change(founded, "UPDATE schema_version SET version_num = '9999', release = '9.0.0'")
    within = db("status")
    change(founded, "UPDATE schema_version SET oldest = '9.0.0'")
    beyond = db("status")

    assert (within.exit_code, beyond.exit_code) == (0, 1)
    assert "needs flagsvc 9.0.0 or later" in beyond.output
    assert "still serves flagsvc 0.1.0 and later" in db("upgrade").output or db("upgrade").exit_code == 1


def test_an_upgrade_on_a_newer_schema_of_its_window_changes_nothing_and_says_so(founded: Path) -> None:
    change(founded, "UPDATE schema_version SET version_num = '9999', release = '9.0.0'")

    result = db("upgrade")

    assert (result.exit_code, result.stdout.strip()) == (0, "newer")
    assert "still serves flagsvc 0.1.0 and later: going on" in result.stderr


def test_a_backfill_is_shown_done_and_shown_again(founded: Path) -> None:
    change(founded, "UPDATE documents SET copied_version = NULL, search = key")
    before, unfinished = told()

    assert done("backfill", "--pause", "0") == "done\n"

    after, status = told()
    assert (before, after) == (3, 0)
    assert isinstance(unfinished["backfills"], list)
    assert isinstance(status["backfills"], list)
    count = unfinished["backfills"][0]["left"]
    assert count > 0
    assert status["backfills"][0] == {**status["backfills"][0], "left": 0, "done": count}


def test_a_backup_is_verified_and_restored_with_a_new_epoch(founded: Path, tmp_path: Path) -> None:
    file = tmp_path / "backup.gz"
    done("backup", str(file))
    before = rows(founded)
    founded.rename(tmp_path / "lost.db")

    assert "is whole: " in done("verify", str(file))
    printed = done("restore", str(file))

    after = rows(founded)
    assert file.stat().st_mode & 0o777 == 0o600
    assert before["documents"] == after["documents"]
    assert printed.startswith("restored; epoch ")
    assert {row[1] for row in after["environments"]} == {printed.split()[-1]}
    assert "as it was written" in done("verify")


def test_moving_to_another_database_keeps_the_epoch(founded: Path, tmp_path: Path, data_dir: Path) -> None:
    file = tmp_path / "backup.gz"
    done("backup", str(file))
    before = rows(founded)
    founded.rename(tmp_path / "lost.db")

    done("restore", str(file), "--keep-epoch")

    assert rows(founded) == before


def test_replacing_has_to_be_meant(founded: Path, tmp_path: Path) -> None:
    file = tmp_path / "backup.gz"
    done("backup", str(file))
    change(founded, "UPDATE documents SET owner = 'somebody'")
    before = rows(founded)

    refused, unmeant = db("restore", str(file)), db("restore", str(file), "--replace")
    assert (refused.exit_code, unmeant.exit_code) == (1, 2)
    assert "not empty" in refused.output
    assert rows(founded) == before
    done("restore", str(file), "--replace", "--yes")

    assert rows(founded)["documents"] != before["documents"]


def test_a_history_that_does_not_verify_is_restored_on_purpose_only(founded: Path, tmp_path: Path) -> None:
    with sqlite3.connect(founded) as connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {name}")
    connection.close()
    change(founded, "UPDATE changes SET reason = 'none' WHERE environment = 'production' AND revision = 1")
    file = tmp_path / "backup.gz"
    done("backup", str(file))
    founded.rename(tmp_path / "lost.db")

    refused = db("restore", str(file))

    assert (refused.exit_code, "production: the history is broken at revision 1" in refused.output) == (1, True)
    assert told()[1]["state"] == "empty"
    done("restore", str(file), "--accept-broken-history")
    assert db("verify").exit_code == 3


def test_a_backup_to_standard_output_is_the_same(founded: Path, tmp_path: Path) -> None:
    program = Path(sys.executable).parent / "flagsvc"
    result = subprocess.run([program, "db", "backup", "-"], capture_output=True, check=True, timeout=60)
    (tmp_path / "piped.gz").write_bytes(result.stdout)

    assert "is whole" in done("verify", str(tmp_path / "piped.gz"))


@pytest.mark.parametrize("command", ["verify", "restore"])
def test_a_backup_that_is_cut_off_is_said_to_be_in_one_line(founded: Path, tmp_path: Path, command: str) -> None:
    file = tmp_path / "cut.gz"
    done("backup", str(file))
    file.write_bytes(file.read_bytes()[:-200])

    refused = db(command, str(file), *(["--replace", "--yes"] if command == "restore" else []))

    assert refused.exit_code == 1
    assert "is cut off" in refused.output
    assert isinstance(refused.exception, SystemExit)


@pytest.mark.parametrize("words", [["status"], ["upgrade"], ["backup", "-"], ["verify"], ["backfill"]])
def test_a_database_that_does_not_answer_is_said_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch, words: list[str]
) -> None:
    monkeypatch.setenv("FLAGSVC_DATABASE_URL", f"postgresql://nobody@127.0.0.1:{free_port()}/none")

    result = db(*words)

    assert (result.exit_code, "The database does not answer" in result.stderr) == (1, True)
    assert "Traceback" not in result.output


def test_files_that_are_not_there_are_named(founded: Path, tmp_path: Path) -> None:
    none = str(tmp_path / "none" / "backup.gz")
    for words in (["restore", none, "--replace", "--yes"], ["verify", none], ["backup", none]):
        result = db(*words)
        assert (result.exit_code, "none" in result.output, "Traceback" in result.output) == (1, True, False), words


@pytest.mark.parametrize("content", [b"", b"hello", b"\x1f\x8b\x08\x00"])
def test_what_is_wrong_with_a_backup_is_said_in_a_sentence(founded: Path, tmp_path: Path, content: bytes) -> None:
    """Whoever tries a backup at night gets words, not a traceback; `verify` as well as `restore`."""
    file = tmp_path / "bad.gz"
    file.write_bytes(content)

    for words in (["verify", str(file)], ["restore", str(file), "--replace", "--yes"]):
        result = db(*words)
        assert (result.exit_code, type(result.exception)) == (1, SystemExit), words
        assert str(file) in result.stderr


def test_a_backup_that_fails_leaves_the_last_one_in_place(founded: Path, tmp_path: Path) -> None:
    file = tmp_path / "backup.gz"
    done("backup", str(file))
    before = file.read_bytes()
    change(founded, "UPDATE schema_version SET version_num = '9999'")

    assert db("backup", str(file)).exit_code == 1

    assert file.read_bytes() == before
    assert [path.name for path in tmp_path.glob("*gz*")] == ["backup.gz"]


STOPPED = """
import sys, time
from flagsvc.cli import app
from flagsvc.store.backups import restoring

load = restoring._load
def stopping(*arguments):
    load(*arguments)
    print("loaded", flush=True)
    time.sleep(600)
restoring._load = stopping
app(["db", "restore", sys.argv[1], "--replace", "--yes"])
"""


def test_a_restore_that_is_killed_in_the_middle_changes_nothing(founded: Path, tmp_path: Path) -> None:
    """Everything is loaded, nothing committed: the old rows are all there, and the next restore does its work."""
    file = tmp_path / "backup.gz"
    done("backup", str(file))
    change(founded, "UPDATE documents SET owner = 'somebody'")
    before = rows(founded)

    with subprocess.Popen(
        [sys.executable, "-c", STOPPED, str(file)], stdout=subprocess.PIPE, env=os.environ
    ) as running:
        assert running.stdout is not None
        assert running.stdout.readline() == b"loaded\n"
        os.kill(running.pid, signal.SIGKILL)

    assert rows(founded) == before
    done("restore", str(file), "--replace", "--yes")
    assert rows(founded)["documents"] != before["documents"]


def test_after_a_restore_a_running_service_finds_the_new_history(founded: Path, tmp_path: Path) -> None:
    """It should have been stopped; when it was not, nothing breaks, and nobody is told of two histories as one."""
    file = tmp_path / "backup.gz"
    done("backup", str(file))
    store = opened(founded)
    with store.reading() as view:
        before = view.heads()

    done("restore", str(file), "--replace", "--yes")

    def moved() -> bool:
        with store.reading() as view:
            return {head.epoch for head in view.heads().values()}.isdisjoint(head.epoch for head in before.values())

    eventually(moved, "the new epoch")
    assert history.verify_audit(store)["ok"]
    store.close()
