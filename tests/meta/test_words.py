"""One word per idea (docs/architecture.md, "Words"): the synonyms that crept into other systems are banned here."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.tree import ROOT, tracked

PRODUCT = ("flagsvc/", "sdk/", "docs/", "examples/", "benchmarks/", "README.md", "CHANGELOG.md", "CONTRIBUTING.md")
# Never, not even in prose: "flag" and "variant" are the words.
BANNED_WORDS = re.compile(r"\b(toggles?|toggled|toggling|treatments?)\b", re.IGNORECASE)
# Not as a name in code. A weight is a whole number of 1/100 000, and what an environment counts is its revision;
# "percentage" in prose, and the version of a document, a program or a format, are other things.
BANNED_NAMES = re.compile(
    r"percentages?(_|$)|((environment|snapshot|config|flag_set|state)_version(_|$))|rollout_percent|canary_percent"
)
HOME = re.compile(r"(?<![\w.])/(root|home/[a-z]\w*|Users/\w+)/")


def _product() -> list[Path]:
    return [path for path in tracked() if path.relative_to(ROOT).as_posix().startswith(PRODUCT)]


def _names(path: Path) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.lineno, node.name
        elif isinstance(node, ast.Name):
            yield node.lineno, node.id
        elif isinstance(node, ast.arg | ast.keyword) and node.arg:
            yield node.lineno, node.arg
        elif isinstance(node, ast.Attribute):
            yield node.lineno, node.attr


def test_a_flag_is_no_toggle_and_a_variant_no_treatment() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in _product()
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if BANNED_WORDS.search(line)
    ]

    assert found == []


def test_a_weight_is_not_called_percentage_nor_a_revision_version() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}: {name}"
        for path in _product()
        if path.suffix == ".py"
        for number, name in _names(path)
        if BANNED_NAMES.search(name)
    ]

    assert found == []


@pytest.mark.parametrize("name", ["percentage", "rollout_percent", "percentages_of", "snapshot_version"])
def test_the_ban_finds_the_names(name: str) -> None:
    assert BANNED_NAMES.search(name)


@pytest.mark.parametrize("name", ["version", "expected_version", "percentile", "schema_version", "__version__"])
def test_the_ban_spares_other_names(name: str) -> None:
    assert not BANNED_NAMES.search(name)


def test_no_file_knows_a_path_of_one_machine() -> None:
    here = re.compile(rf"(?<![\w.]){re.escape(str(ROOT))}/")

    found = [
        str(path.relative_to(ROOT))
        for path in tracked()
        for text in [path.read_text(errors="replace")]
        if HOME.search(text) or here.search(text)
    ]

    assert found == []
