"""`flagsdk codegen python` as a person or a build runs it: real sources, exit codes, and files that are never half."""

import os
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from flagsdk.cli import main
from flagsdk.codegen import python_module
from flagsdk.wire import whole_json
from flagsvc.publisher import RedisPublisher
from tests.codegen.documents import SENSIBLE
from tests.publisher.database import Database, flag
from tests.sdk.documents import whole
from tests.sdk.feeding import TOKEN, Feeding

DOCUMENTS: dict[str, dict[str, object] | None] = {
    "flag/a": flag("a"),
    "flag/theme": flag("theme", "dark", variants={"value": "dark", "other": "light"}),
}
HELP = """
import sys
from flagsdk.cli import main
try:
    main(["codegen", "python", "--help"])
except SystemExit as end:
    assert end.code == 0
heavy = {"redis", "urllib3", "asyncio", "ssl", "re2", "mmh3", "flagsdk.client", "flagsdk.core"} & sys.modules.keys()
assert not heavy, heavy
"""
RUN = "import sys; from flagsdk.cli import main; sys.exit(main())"


def _run(*arguments: object) -> int:
    return main(["codegen", "python", *map(str, arguments)])


@pytest.fixture
def snapshot(tmp_path: Path) -> Path:
    path = tmp_path / "snapshot.json"
    path.write_text(whole_json(whole(SENSIBLE)), "utf-8")
    return path


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith("FLAGSDK_"):
            monkeypatch.delenv(name)


def test_it_prints_the_module_of_a_snapshot(snapshot: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = _run(f"file:{snapshot}")

    assert code == 0
    assert capsys.readouterr() == (python_module(SENSIBLE, "production"), "")


def test_plain_values_will_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "values.json").write_text('{"new-checkout": true}', "utf-8")

    assert _run(f"file:{tmp_path}/values.json", "--class-name=Switches") == 0
    printed = capsys.readouterr().out
    assert "class Switches:" in printed
    assert "default: bool = True" in printed


def test_it_reads_what_redis_holds(redis_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    database = Database(tmp_path)
    database.write(DOCUMENTS)
    publisher = RedisPublisher(redis_url, database.store)
    publisher.turn()

    code = _run(f"{redis_url}?environment=production")

    publisher.close()
    database.close()
    assert code == 0
    assert "environment `production`" in capsys.readouterr().out


def test_of_several_places_the_first_that_answers_is_read(
    snapshot: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    missing = snapshot.with_name("missing.json")
    monkeypatch.setenv("FLAGSDK_SOURCE", f"file:{missing} file:{snapshot}")
    assert _run("--from-env") == 0
    assert capsys.readouterr().out == python_module(SENSIBLE, "production")

    monkeypatch.setenv("FLAGSDK_SOURCE", f"file:{missing} file:{snapshot}.gone")
    assert _run("--from-env") == 1
    said = capsys.readouterr().err
    assert "missing.json" in said
    assert ".gone" in said


def test_a_bootstrap_is_no_source(snapshot: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLAGSDK_BOOTSTRAP", str(snapshot))
    monkeypatch.setenv("FLAGSDK_OFFLINE", "1")

    assert _run("--from-env") == 2


def test_a_path_may_have_spaces_and_the_variables_do_not_add_to_an_address(
    snapshot: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    spaced = snapshot.with_name("my flags.json")
    spaced.write_text('{"a": 1}', "utf-8")
    monkeypatch.setenv("FLAGSDK_FILE", str(snapshot))

    assert _run(f"file:{spaced}") == 0
    assert "def a(" in capsys.readouterr().out
    assert _run(f"file:{spaced}.gone") == 1


@pytest.fixture
def feeding(tmp_path: Path) -> Iterator[Feeding]:
    made = Feeding(tmp_path)
    made.write(DOCUMENTS)
    made.start()
    yield made
    made.close()


def test_it_reads_what_the_service_serves_with_the_token_of_the_environment(
    feeding: Feeding, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FLAGSDK_TOKEN", TOKEN)
    assert _run(feeding.url) == 0
    by_address = capsys.readouterr().out

    monkeypatch.setenv("FLAGSDK_URL", feeding.url)
    assert _run("--from-env") == 0

    assert capsys.readouterr().out == by_address
    assert 'Theme = Literal["dark", "light"]' in by_address


def test_check_tells_current_from_out_of_date(snapshot: Path, capsys: pytest.CaptureFixture[str]) -> None:
    module = snapshot.with_name("flags.py")
    command = (f"file:{snapshot}", "-o", module)

    assert _run(*command, "--check") == 3
    assert not module.exists()
    assert _run(*command) == 0
    assert _run(*command, "--check") == 0
    capsys.readouterr()
    module.write_text(module.read_text("utf-8").replace("default: bool = False", "default: bool = True"), "utf-8")
    assert _run(*command, "--check") == 3

    out, err = capsys.readouterr()
    assert "-        default: bool = True,\n+        default: bool = False,\n" in out
    assert err == f"flagsdk: {module} is out of date: run the same command without --check\n"


def test_a_module_that_is_no_text_is_out_of_date(snapshot: Path) -> None:
    module = snapshot.with_name("flags.py")
    module.write_bytes(b"\xff\0")

    assert _run(f"file:{snapshot}", "-o", module, "--check") == 3


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((), "ADDRESS or --from-env"),
        (("file:x.json", "--from-env"), "ADDRESS or --from-env"),
        (("--from-env",), "FLAGSDK_REDIS_URL"),
        (("ftp://x",), "unknown source 'ftp'; known: redis"),
        (("redis://x",), "name the environment"),
        (("https://x",), "a token is needed"),
        (("file:x.json", "--check"), "with -o"),
    ],
)
def test_wrong_usage_ends_with_two_and_says_what_is_missing(
    arguments: tuple[str, ...], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _run(*arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert says in err
    assert err.count("\n") == 1


def test_a_bad_class_name_is_wrong_usage(snapshot: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _run(f"file:{snapshot}", "--class-name=a b") == 2
    assert "--class-name: 'a b' is no name for a class" in capsys.readouterr().err


def test_an_unknown_option_is_wrong_usage() -> None:
    with pytest.raises(SystemExit) as ended:
        _run("--frobnicate")
    assert ended.value.code == 2


def test_a_source_that_cannot_be_read_is_an_error_and_leaves_the_file_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    module = tmp_path / "flags.py"
    module.write_text("# mine\n")

    assert _run(f"file:{tmp_path}/missing.json", "-o", module) == 1
    assert "missing.json: No such file" in capsys.readouterr().err
    assert module.read_text() == "# mine\n"


def test_a_snapshot_with_another_digest_is_an_error(snapshot: Path, capsys: pytest.CaptureFixture[str]) -> None:
    snapshot.write_text(snapshot.read_text("utf-8").replace("payments", "Payments"), "utf-8")

    assert _run(f"file:{snapshot}") == 1
    assert "digest" in capsys.readouterr().err


def test_a_source_that_says_nothing_is_waited_for_no_longer_than_asked(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]

        assert _run(f"redis://127.0.0.1:{port}?environment=e", "--wait", 0.2) == 1

    assert "within 0.2 s" in capsys.readouterr().err


def test_writing_keeps_the_mode_and_the_link_and_leaves_nothing_behind(snapshot: Path) -> None:
    module, link = snapshot.with_name("flags.py"), snapshot.with_name("link.py")
    module.write_text("old")
    module.chmod(0o640)
    link.symlink_to(module)

    assert _run(f"file:{snapshot}", "-o", link) == 0

    assert link.is_symlink()
    assert stat.S_IMODE(module.stat().st_mode) == 0o640
    assert module.read_text("utf-8") == python_module(SENSIBLE, "production")
    assert {path.name for path in snapshot.parent.iterdir()} == {"snapshot.json", "flags.py", "link.py"}


def test_a_write_that_fails_leaves_nothing_behind(snapshot: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = snapshot.with_name("folder.py")
    folder.mkdir()

    assert _run(f"file:{snapshot}", "-o", folder) == 1
    assert "Is a directory" in capsys.readouterr().err
    assert {path.name for path in snapshot.parent.iterdir()} == {"snapshot.json", "folder.py"}


def test_a_current_module_is_not_touched(snapshot: Path) -> None:
    module = snapshot.with_name("flags.py")
    _run(f"file:{snapshot}", "-o", module)
    os.utime(module, (1, 1))

    assert _run(f"file:{snapshot}", "-o", module) == 0
    assert module.stat().st_mtime == 1


def test_a_place_that_cannot_be_written_is_an_error(snapshot: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _run(f"file:{snapshot}", "-o", snapshot.parent / "nowhere" / "flags.py") == 1
    assert "No such file" in capsys.readouterr().err


def test_what_is_printed_is_utf_8_whatever_the_terminal_speaks(snapshot: Path) -> None:
    command = [sys.executable, "-c", RUN, "codegen", "python", f"file:{snapshot}"]
    variables = os.environ | {"PYTHONIOENCODING": "latin-1", "PYTHONUTF8": "0"}

    printed = subprocess.run(command, env=variables, capture_output=True, check=True, timeout=60).stdout

    assert printed.decode() == python_module(SENSIBLE, "production")


def test_a_reader_that_leaves_early_ends_it_quietly(snapshot: Path) -> None:
    command = [sys.executable, "-c", RUN, "codegen", "python", f"file:{snapshot}"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.close()
        assert process.stderr is not None
        said = process.stderr.read()

    assert (process.returncode, said) == (1, b"")


@pytest.mark.parametrize("seconds", ["0", "-1", "nan", "inf", "soon"])
def test_a_wait_that_is_none_is_wrong_usage(seconds: str) -> None:
    with pytest.raises(SystemExit) as ended:
        _run("file:x.json", f"--wait={seconds}")
    assert ended.value.code == 2


def test_help_loads_nothing_that_it_does_not_need() -> None:
    result = subprocess.run([sys.executable, "-c", HELP], capture_output=True, text=True, check=False, timeout=60)

    assert result.returncode == 0, result.stderr
    assert "0 done or current, 1 error, 2 usage, 3 the module is out of date" in " ".join(result.stdout.split())
