"""Styled words in lines: what a terminal shows in colour and a file as text."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from rich.text import Text

GOOD, BAD, BUSY, FAINT, STRONG, PLAIN = "green", "red", "yellow", "dim", "bold", ""


class Span(NamedTuple):
    """Some words in one style (of rich; empty: none)."""

    text: str
    style: str = PLAIN


Line = tuple[Span, ...]


def plain(line: Line) -> str:
    """Give a line as text."""
    return "".join(span.text for span in line).rstrip()


def painted(lines: Sequence[Line]) -> "Text":
    """Give lines in colour, for rich; what is too wide is cut, not wrapped, so that the picture keeps its height."""
    from rich.text import Text  # noqa: PLC0415  # rich costs a tenth of a second; who prints plain lines pays nothing

    text = Text(no_wrap=True, overflow="ellipsis")
    for index, line in enumerate(lines):
        text.append("\n" if index else "")
        for span in line:
            text.append(span.text, span.style)
    return text
