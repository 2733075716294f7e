"""Every block of the documentation that a program could execute or read has a test that does, or a reason why not."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.documents.blocks import (
    EXECUTED,
    NOT_EXECUTED,
    RANGE,
    Block,
    Entry,
    blocks_in,
    demanded,
    executed,
    not_executed,
)
from tests.support.tree import ROOT

WHAT_TO_DO = """
Each fenced block of a language that a program could run or read needs a line under ["{page}"], in one of two files.
A test runs it, or reads it as the service would (tests/documents/shell.py helps):
  tests/documents/executed.toml:  "{name}" = "tests/….py::test_…"
Nothing here can run it, and [reasons] of that file says why:
  docs/not-executed.toml:         "{name}" = "REASON"
"""
DEPTH = 4


def without_a_line(blocks: tuple[Block, ...], entries: tuple[Entry, ...]) -> list[Block]:
    return [block for block in blocks if not any(entry.names(block) for entry in entries)]


def test_every_block_is_executed_or_listed_as_not() -> None:
    missing = without_a_line(demanded(), (*executed(), *not_executed()[0]))

    named = "\n".join(f"  {block.page}: {block.name} ({block.text.splitlines()[0][:70]})" for block in missing)
    advice = WHAT_TO_DO.format(page=missing[0].page, name=missing[0].name) if missing else ""
    assert missing == [], f"nobody says what becomes of\n{named}\n{advice}"


def test_no_block_has_two_lines() -> None:
    entries = (*executed(), *not_executed()[0])
    told = {block: [entry.blocks for entry in entries if entry.names(block)] for block in demanded()}

    assert {f"{block.page}: {block.name}": lines for block, lines in told.items() if len(lines) > 1} == {}


def test_every_line_speaks_of_blocks_that_there_are() -> None:
    """Of its last block, too: a page that has lost one is noticed."""
    stale = [
        f"{file.name}: {entry.page}: {entry.blocks}"
        for file, entries in ((EXECUTED, executed()), (NOT_EXECUTED, not_executed()[0]))
        for entry in entries
        if not _last_is_there(entry)
    ]

    assert stale == []


def _last_is_there(entry: Entry) -> bool:
    found = RANGE.fullmatch(entry.blocks)
    mine = [block.number for block in demanded() if entry.names(block)]
    return bool(found and mine and (found["all"] or int(found["last"] or found["first"]) in mine))


@pytest.mark.parametrize("test", sorted({entry.says for entry in executed()}))
def test_every_test_that_is_named_is_there_and_knows_its_pages(test: str) -> None:
    file, _, name = test.partition("::")
    source = ROOT / file
    pages = sorted({entry.page for entry in executed() if entry.says == test})

    assert source.is_file(), f"{file} is not there"
    assert name in _functions(source), f"{file} has no {name}"
    texts = [path.read_text("utf-8") for path in _imported(source, DEPTH)]
    unknown = [page for page in pages if not any(_called(page, text) for text in texts)]
    assert unknown == [], f"{test} does not read {unknown}, nor does a module of tests/ or scripts/ that it imports"


def _called(page: str, text: str) -> bool:
    """Whether a source calls a page by its path, its file or its name in quotes; a page is the README of its folder."""
    path = Path(page)
    names = (
        {page, path.name, path.stem}
        if path.stem != "README"
        else {
            page,
            f"{path.parent.name}/README.md",
            path.parent.as_posix(),
            f'{path.parent.parent}" / "{path.parent.name}',
        }
    )
    return any(f'{name}"' in text for name in names)


@cache
def _functions(source: Path) -> frozenset[str]:
    tree = ast.parse(source.read_text("utf-8"))
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


@cache
def _imported(source: Path, depth: int) -> frozenset[Path]:
    """Give a test file and the modules of this tree's tests and scripts that it imports, and so on."""
    found = {source}
    for module in _modules(source) if depth else ():
        path = ROOT.joinpath(*module.split(".")).with_suffix(".py")
        found |= _imported(path, depth - 1) if path.is_file() and path != source else set()
    return frozenset(found)


def _modules(source: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(source.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith(("tests.", "scripts.")):
            yield node.module
        if isinstance(node, ast.ImportFrom) and node.module == "scripts":
            yield from (f"scripts.{alias.name}" for alias in node.names)


def test_every_reason_is_one_that_is_explained_and_each_is_used() -> None:
    entries, reasons = not_executed()

    assert {entry.says for entry in entries} == set(reasons)
    assert all(len(meaning) > 30 for meaning in reasons.values())


def test_blocks_are_found_as_readers_see_them() -> None:
    text = (
        "```sh\na\n```\n\n1. x\n\n   ```json\n   {}\n   ```\n\n````text\n```sh\nno\n```\n````\n```sh title=x\nb\n```\n"
    )

    assert [(block.name, block.text) for block in blocks_in("p.md", text)] == [
        ("sh 1", "a\n"),
        ("json 1", "{}\n"),
        ("text 1", "```sh\nno\n```\n"),
        ("sh 2", "b\n"),
    ]


@pytest.mark.parametrize(
    ("blocks", "named"), [("sh 2", {2}), ("sh 2-3", {2, 3}), ("sh *", {1, 2, 3, 4}), ("bash *", set())]
)
def test_a_line_names_what_it_says(blocks: str, named: set[int]) -> None:
    entry = Entry("p.md", blocks, "")

    assert {number for number in range(1, 5) if entry.names(Block("p.md", "sh", number))} == named
    assert not entry.names(Block("q.md", "sh", 2))


def test_a_block_that_nobody_speaks_of_is_found() -> None:
    blocks = (Block("p.md", "sh", 1), Block("p.md", "sh", 2))

    assert without_a_line(blocks, (Entry("p.md", "sh 1", ""),)) == [blocks[1]]
