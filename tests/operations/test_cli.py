"""The command line: what it prints, how it ends, and what it says when something is wrong."""

import sqlite3
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

import flagsvc
from flagsvc import logs
from flagsvc.cli import app, main
from flagsvc.runner.server import bind

run = CliRunner().invoke


@pytest.fixture(autouse=True)
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FLAGSVC_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setattr(logs, "configure", lambda *_: None)  # the runner's streams do not outlive the test
    return tmp_path / "data"


def told(result: Result) -> tuple[int, str]:
    return result.exit_code, result.output.strip()


def test_the_version() -> None:
    assert told(run(app, ["version"])) == (0, flagsvc.__version__)


def test_the_schema_is_brought_up_to_date_and_told() -> None:
    assert told(run(app, ["db", "current"])) == (0, "empty")
    assert told(run(app, ["db", "upgrade"])) == (0, "current")
    assert told(run(app, ["db", "upgrade"])) == (0, "current")
    assert told(run(app, ["db", "current"])) == (0, "current")
    assert told(run(app, ["db", "check"])) == (0, "")


def test_tables_that_differ_are_told_with_exit_code_3(data_dir: Path) -> None:
    run(app, ["db", "upgrade"])
    with sqlite3.connect(data_dir / "flagsvc.db") as connection:
        connection.execute("CREATE TABLE surprise (id INTEGER)")
    connection.close()

    code, text = told(run(app, ["db", "check"]))

    assert code == 3
    assert "surprise" in text


def test_a_new_epoch_has_to_be_meant() -> None:
    run(app, ["db", "upgrade"])

    code, text = told(run(app, ["db", "new-epoch"]))
    assert (code, "--yes" in text) == (2, True)
    assert run(app, ["db", "new-epoch", "--yes"]).exit_code == 0


def test_a_new_epoch_can_be_later_than_one_that_only_readers_know() -> None:
    """They were shown a forged one, or this database went back further than its clock."""
    run(app, ["db", "upgrade"])

    code, epoch = told(run(app, ["db", "new-epoch", "--yes", "--after", "fff000000000-held"]))
    assert (code, epoch[:13]) == (0, "fff000000001-")
    assert run(app, ["db", "new-epoch", "--yes", "--after", "yesterday"]).exit_code == 2
    assert run(app, ["db", "new-epoch", "--yes", "--after", "ffffffffffff-x"]).exit_code == 1


def test_settings_are_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLAGSVC_ADMIN_TOKEN", "a-very-secret-token")
    monkeypatch.setenv("FLAGSVC_PROT", "1")

    result = run(app, ["config", "show"])

    assert result.exit_code == 0
    assert "FLAGSVC_PORT" in result.output
    assert "did you mean FLAGSVC_PORT?" in result.output
    assert "a-very-secret-token" not in result.output


@pytest.mark.parametrize("command", [["serve"], ["demo"], ["config", "show"], ["db", "current"]])
def test_wrong_settings_stop_every_command_with_all_faults(monkeypatch: pytest.MonkeyPatch, command: list[str]) -> None:
    monkeypatch.setenv("FLAGSVC_PORT", "x")
    monkeypatch.setenv("FLAGSVC_ADMIN_TOKEN", "short")

    code, text = told(run(app, command))

    assert code == 2
    assert "2 settings are wrong" in text


@pytest.mark.parametrize("setting", ["FLAGSVC_PORT", "FLAGSVC_METRICS_PORT"])
def test_a_port_that_is_taken_is_said_in_one_line(monkeypatch: pytest.MonkeyPatch, setting: str) -> None:
    taken = bind("127.0.0.1", 0)
    taken.listen()
    port = str(taken.getsockname()[1])
    monkeypatch.setenv("FLAGSVC_PORT", "0")
    monkeypatch.setenv(setting, port)

    code, text = told(run(app, ["serve"]))

    taken.close()
    assert code == 1
    assert f"127.0.0.1:{port}: Address already in use; FLAGSVC_HOST and {setting} say where to listen" in text
    assert "Traceback" not in text


def test_a_damaged_database_stops_the_start_and_is_left_as_it_is(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FLAGSVC_PORT", "0")
    data_dir.mkdir()
    (data_dir / "flagsvc.db").write_bytes(b"not a database, " * 1000)

    code, text = told(run(app, ["serve"]))

    assert code == 1
    assert "To restore" in text
    assert (data_dir / "flagsvc.db").read_bytes() == b"not a database, " * 1000


def test_the_program_has_help(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["flagsvc", "--help"])

    with pytest.raises(SystemExit) as ended:
        main()

    assert ended.value.code == 0
    printed = capsys.readouterr().out
    assert all(word in printed for word in ("serve", "demo", "db", "config", "version"))


def test_an_edge_module_is_printed_as_it_came_with_the_package() -> None:
    module = Path(flagsvc.__file__).parent / "routers" / "edge" / "haproxy" / "bucket.lua"

    for words in (["edge", "show", "haproxy"], ["edge", "show", "haproxy", "bucket.lua"]):
        result = run(app, words)
        assert (result.exit_code, result.stdout) == (0, module.read_text())
    assert "haproxy  bucket.lua" in run(app, ["edge", "list"]).stdout.splitlines()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["harpoxy"], "no module for 'harpoxy'; known: "),
        (["haproxy", "other.lua"], "say which file of haproxy: bucket.lua"),
    ],
)
def test_an_edge_module_that_is_not_there_is_an_error_with_the_names(words: list[str], said: str) -> None:
    code, text = told(run(app, ["edge", "show", *words]))

    assert code == 2
    assert said in text
