"""The runbooks as values: sections, and the commands and queries in them."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from tests.support.tree import ROOT

FOLDER = ROOT / "docs/runbooks"
PAGES = sorted(path for path in FOLDER.glob("*.md") if path.name != "README.md")
SECTIONS = ("What it means", "What users feel", "Check", "Fix", "When it is over", "Escalate")
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


class Line(NamedTuple):
    """One line of a block."""

    page: str
    section: str
    language: str
    text: str


def sections(page: Path) -> list[tuple[str, str]]:
    """Give headings and what is below them."""
    parts = re.split(r"^## (.+)$", page.read_text(), flags=re.MULTILINE)[1:]
    return list(zip(parts[::2], parts[1::2], strict=True))


def lines(language: str, of: Sequence[str] = SECTIONS) -> Iterator[Line]:
    """Give every line of the blocks in a language, in the sections of these names."""
    for page in PAGES:
        for section, text in sections(page):
            for found, block in BLOCK.findall(text):
                if found == language and section in of:
                    yield from (Line(page.stem, section, language, line) for line in block.splitlines())
