"""The fenced blocks of the documentation, and what is kept about each: the test that runs it, or why none does.

tests/documents/executed.toml and docs/not-executed.toml name blocks by page, language and place among the blocks of
that language on the page: `"sh 2-4"`, `"python *"` for all of them. A page may be a pattern, `docs/runbooks/*.md`.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from typing import Any

from tests.support.tree import ROOT, tracked

EXECUTED, NOT_EXECUTED = ROOT / "tests/documents/executed.toml", ROOT / "docs/not-executed.toml"
DEMANDED = {"sh", "console", "bash", "shell", "python", "py", "yaml", "yml", "json"}
FENCE = re.compile(
    r"^(?P<indent> *)(?P<mark>`{3,})(?P<language>[\w-]*)[^\n`]*\n(?P<text>.*?)^(?P=indent)(?P=mark)[ \t]*$",
    re.MULTILINE | re.DOTALL,
)
RANGE = re.compile(r"(?P<language>\w+) (?:(?P<all>\*)|(?P<first>\d+)(?:-(?P<last>\d+))?)")


@dataclass(frozen=True, order=True)
class Block:
    """The `number`th block of its language on a page; `text` is without the indentation of the fence."""

    page: str
    language: str
    number: int
    text: str = ""

    @property
    def name(self) -> str:
        """Its name, as the two files write it."""
        return f"{self.language} {self.number}"


@dataclass(frozen=True)
class Entry:
    """A line of one of the two files: the blocks it names, and what it says of them."""

    page: str
    blocks: str
    says: str

    def names(self, block: Block) -> bool:
        """Whether it speaks of a block."""
        found = RANGE.fullmatch(self.blocks)
        if not found or not fnmatchcase(block.page, self.page) or found["language"] != block.language:
            return False
        first = int(found["first"] or 1)
        return bool(found["all"]) or first <= block.number <= int(found["last"] or first)


def blocks_in(page: str, text: str) -> Iterator[Block]:
    """Yield the blocks of a text in their order."""
    counts: dict[str, int] = {}
    for found in FENCE.finditer(text):
        language = found["language"]
        counts[language] = counts.get(language, 0) + 1
        lines = (line.removeprefix(found["indent"]) for line in found["text"].splitlines(keepends=True))
        yield Block(page, language, counts[language], "".join(lines))


@cache
def demanded() -> tuple[Block, ...]:
    """Give every block of the documentation that a program could execute or read."""
    pages = [path for path in tracked() if path.suffix == ".md" and "tests" not in path.relative_to(ROOT).parts]
    return tuple(
        block
        for path in sorted(pages)
        for block in blocks_in(path.relative_to(ROOT).as_posix(), path.read_text("utf-8"))
        if block.language in DEMANDED
    )


def block(page: str, name: str) -> str:
    """Give the text of one block, named as in the two files."""
    [found] = [each for each in demanded() if (each.page, each.name) == (page, name)]
    return found.text


def entries(table: Mapping[str, Any]) -> tuple[Entry, ...]:
    """Give the entries of one of the two files; tables of other things than pages are not meant."""
    return tuple(
        Entry(page, blocks, says)
        for page, lines in table.items()
        if page.endswith(".md")
        for blocks, says in lines.items()
    )


@cache
def executed() -> tuple[Entry, ...]:
    """Give what tests/documents/executed.toml says: which test runs a block."""
    return entries(tomllib.loads(EXECUTED.read_text("utf-8")))


@cache
def not_executed() -> tuple[tuple[Entry, ...], Mapping[str, str]]:
    """Give what docs/not-executed.toml says: the short reason of a block, and what each reason means."""
    table = tomllib.loads(NOT_EXECUTED.read_text("utf-8"))
    return entries(table), table["reasons"]
