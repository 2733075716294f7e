"""The lines of docs/how-to/typed-flags.md, run as they stand: only the address is put in."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from flagsdk.cli import main
from flagsdk.codegen.names import allocate, identifier
from flagsdk.wire import whole_json
from tests.codegen.sample import sample_documents
from tests.sdk.documents import whole
from tests.support.tree import ROOT

PAGE = (ROOT / "docs/how-to/typed-flags.md").read_text("utf-8")
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
COMMANDS = [text.strip() for language, text in BLOCK.findall(PAGE) if language == "sh"]
PROGRAMS = [text for language, text in BLOCK.findall(PAGE) if language == "python"]
ADDRESS = "redis://localhost:6379?environment=production"


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("how-to")
    (folder / "snapshot.json").write_text(whole_json(whole(sample_documents(folder))), "utf-8")
    return folder / "snapshot.json"


def _flagsdk(command: str, snapshot: Path) -> int:
    name, *arguments = shlex.split(command)
    assert name == "flagsdk"
    assert ADDRESS in arguments
    return main([f"file:{snapshot}" if argument == ADDRESS else argument for argument in arguments])


def test_the_commands_write_and_compare_the_module_and_the_programs_run(
    snapshot: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(snapshot.parent)
    write, check = COMMANDS
    variables = os.environ | {"FLAGSDK_SOURCE": f"file:{snapshot}"}

    assert [_flagsdk(command, snapshot) for command in (check, write, check)] == [3, 0, 0]
    printed = [
        subprocess.run(
            [sys.executable, "-c", program], env=variables, capture_output=True, text=True, check=True, timeout=60
        ).stdout
        for program in PROGRAMS
    ]

    assert len(printed) == 2
    assert re.fullmatch(r"(new )?(page|dark|light)\.html\n", printed[0])


def test_the_programs_type_check(snapshot: Path, tmp_path: Path) -> None:
    for number, program in enumerate(PROGRAMS):
        (tmp_path / f"program{number}.py").write_text(program, "utf-8")
    assert main(["codegen", "python", f"file:{snapshot}", "-o", str(tmp_path / "flags.py")]) == 0

    command = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(tmp_path / "cache"), "."]
    environment = os.environ | {"MYPYPATH": str(ROOT / "sdk")}
    result = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False, timeout=120
    )

    assert result.returncode == 0, result.stdout


def test_the_names_are_those_of_the_table() -> None:
    rows = re.findall(r"^\| (`[^|]+`) \| (`[^|]+`) \| (`[^|]+`) \|$", PAGE, re.MULTILINE)
    said = {
        key: method
        for keys, methods, _ in rows
        for key, method in zip(keys.split(", "), methods.split(", ") * 2, strict=False)
    }

    assert len(said) == 6
    for key, method in said.items():
        assert allocate({"": identifier(key.strip("`"))}, {"str"}) == {"": method.strip("`")}


def test_the_suffixed_names_are_those_that_the_page_shows() -> None:
    names = allocate({f"flag/{key}": identifier(key) for key in ("a-b", "a.b")})

    assert all(f"`{name}`" in PAGE for name in names.values())
