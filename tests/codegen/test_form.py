"""A module looks as a formatter would leave it, passes a linter, and type-checks, whatever the documents hold."""

import subprocess
import sys
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from flagsdk.codegen import python_module, same_code
from flagsdk.codegen.literals import text_literal
from tests.codegen.documents import SENSIBLE, TEXTS, documents, flag
from tests.support.tree import ROOT


def _ruff(*arguments: str, text: str) -> str:
    command = [sys.executable, "-m", "ruff", *arguments, "--isolated", "-"]
    result = subprocess.run(command, input=text.encode(), capture_output=True, check=False, timeout=60)
    assert result.returncode == 0, result.stdout.decode() + result.stderr.decode()
    return result.stdout.decode()


def test_it_is_formatted_and_clean() -> None:
    text = python_module(SENSIBLE, "production")

    assert _ruff("format", text=text) == text
    _ruff("check", text=text)


def test_lines_are_broken_where_the_formatter_breaks_them_at_every_length() -> None:
    held = dict[str, str]()
    for length in range(1, 96):
        value = {"a": {"list": ["x" * (length // 2), "y" * (length - length // 2)]}, "b": ["z" * length]}
        held |= flag(f"o{length}", "object", {"value": value}, "value")
        held |= flag("k" * min(length, 70), "string", {"one": "x" * length, "two": "日" * (length // 2)}, "one")
    text = python_module(held, "production")

    assert _ruff("format", text=text) == text


@given(documents())
@settings(max_examples=20)
def test_a_linter_finds_nothing_in_any_module(drawn: dict[str, str]) -> None:
    _ruff("check", text=python_module(drawn, "production"))


def test_other_line_breaks_are_no_difference() -> None:
    text = python_module(SENSIBLE, "production")
    wide = _ruff("format", "--line-length=200", "--config=format.skip-magic-trailing-comma=true", text=text)

    assert wide != text
    assert same_code(wide, text)


def test_another_default_is_a_difference_and_so_is_what_is_no_python() -> None:
    text = python_module(SENSIBLE, "production")

    assert not same_code(text, text.replace("default: bool = False", "default: bool = True"))
    assert not same_code(text, "def")
    assert not same_code(text, "\0")


def test_it_type_checks_strictly(tmp_path: Path) -> None:
    file = tmp_path / "flags.py"
    file.write_text(python_module(SENSIBLE, "production"), "utf-8")

    command = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(tmp_path), str(file)]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)

    assert result.returncode == 0, result.stdout


@given(TEXTS | st.text(alphabet="'\"\\\n"))
def test_a_text_literal_gives_the_text_on_one_visible_line(text: str) -> None:
    literal = text_literal(text)

    assert eval(literal, {"__builtins__": {}}) == text  # noqa: S307 - that it is nothing but a literal is what is tested
    assert literal.isprintable()
