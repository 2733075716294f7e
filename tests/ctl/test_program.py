"""The program as a whole: quick to start, helpful, quiet where it is piped, and in its place in the architecture."""

import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
from typer.main import get_command

import flagsdk
import flagsvc
from flagsvc.ctl.main import application
from tests.ctl.commands import commands
from tests.ctl.program import PROGRAM, Flagctl
from tests.support.tree import ROOT

NewFlag = Callable[..., str]
HEAVY = {"rich", "urllib3", "ruamel", "pydantic", "sqlalchemy", "starlette", "redis", "mmh3", "flagsdk", "ssl"}
COMMANDS = {" ".join(path): command for path, command in commands(get_command(application()))}


def test_asking_for_help_loads_nothing_heavy() -> None:
    code = "import sys; sys.argv = ['flagctl', '--help']\nfrom flagsvc.ctl.main import main\n"
    code += "try: main()\nexcept SystemExit: print(*{name.partition('.')[0] for name in sys.modules}, file=sys.stderr)"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert "Usage: flagctl" in done.stdout
    assert HEAVY & set(done.stderr.split()) == set()


def test_every_command_says_what_it_does_and_takes_help() -> None:
    assert {"set", "kill", "eval", "bucket", "api", "login", "rollout watch", "flag get"} <= COMMANDS.keys()
    assert [name for name, command in COMMANDS.items() if not command.help or not command.short_help] == []
    assert [
        (name, each.name)
        for name, command in COMMANDS.items()
        for each in command.params
        if not getattr(each, "help", "")
    ] == []


def test_the_version_is_that_of_the_package(ctl: Flagctl) -> None:
    assert ctl.alone("version").json == {"version": flagsvc.__version__}
    assert ctl.good("version", "-o", "table").out == f"{flagsvc.__version__}\n"


@pytest.mark.parametrize("words", [["sett"], ["set"], ["set", "x", "--weigths", "a=1"], ["flag", "list", "-o", "xml"]])
def test_wrong_usage_ends_with_2(ctl: Flagctl, words: list[str]) -> None:
    result = ctl.run(*words)

    assert (result.code, result.out) == (2, "")
    assert "Error" in result.err


def test_a_shell_completes_commands(ctl: Flagctl) -> None:
    script = ctl.good("completion", "bash").out
    variables = {"_FLAGCTL_COMPLETE": "complete_bash", "COMP_WORDS": "flagctl rollout pr", "COMP_CWORD": "2"}

    assert "complete -o default -F _flagctl_completion flagctl" in script
    assert ctl.alone(**variables).out.split() == ["promote"]


def test_bash_takes_the_code_that_it_is_given(ctl: Flagctl, tmp_path: Path) -> None:
    script = tmp_path / "completion"
    script.write_text(ctl.good("completion", "bash").out)
    asked = f"PATH={PROGRAM.parent}:$PATH; . {script}; COMP_WORDS=(flagctl cont); COMP_CWORD=1; "

    done = subprocess.run(
        ["bash", "-c", asked + "_flagctl_completion flagctl; echo ${COMPREPLY[@]}"],
        capture_output=True, text=True, check=True, env=ctl.environment({}),
    )  # fmt: skip

    assert done.stdout == "context\n"


def test_a_reader_that_goes_away_is_no_trouble(ctl: Flagctl, tmp_path: Path) -> None:
    units = tmp_path / "units"
    units.write_text("".join(f"u{number}\n" for number in range(50_000)))
    command = f"{PROGRAM} bucket --salt s --units {units} -o table | head -n 1"

    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=True, env=ctl.environment({}))

    assert (done.stdout.split(), done.stderr) == (["unit", "bucket"], "")


def test_colours_are_for_terminals_unless_somebody_says_otherwise(ctl: Flagctl, new_flag: NewFlag) -> None:
    new_flag()

    coloured = ctl.on_terminal("flag", "list")
    plain = ctl.on_terminal("flag", "list", NO_COLOR="1")
    forced = ctl.good("flag", "list", "-o", "table", FORCE_COLOR="1")
    piped = ctl.good("flag", "list", "-o", "table")

    assert ["\x1b[1m" in each.out for each in (coloured, plain, forced, piped)] == [True, False, True, False]


@pytest.mark.parametrize(("package", "allowed"), [(flagsvc, {"ctl"}), (flagsdk, {"core", "wire"})])
def test_the_program_is_a_client_of_the_api_alone(package: ModuleType, allowed: set[str]) -> None:
    """The contract has to list every other part of the service and the SDK, those that come later, too."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    (contract,) = [each for each in contracts if each.get("source_modules") == ["flagsvc.ctl"]]
    entries = list(Path(str(package.__file__)).parent.iterdir())
    parts = {path.stem for path in entries if path.suffix == ".py" or (path / "__init__.py").exists()}

    others = {f"{package.__name__}.{part}" for part in parts - allowed - {"__init__"}}
    assert others - set(contract["forbidden_modules"]) == set()
