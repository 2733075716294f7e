"""Lines of at most 88 characters, broken where `ruff format` breaks them."""

from dataclasses import dataclass
from unicodedata import east_asian_width

WIDTH = 88
INDENT = "    "


@dataclass(frozen=True, slots=True)
class Group:
    """Parts in brackets: on one line if they fit, else each on its own, with a comma after the last where allowed."""

    head: str
    parts: tuple["Part", ...]
    tail: str
    comma: bool = True


Part = str | Group


def laid(part: Part, indent: int = 0, after: int = 0) -> str:
    """Write a part at a depth of indentation, without the indentation of its first line; `after` follows its end."""
    line = flat(part)
    if isinstance(part, str) or not part.parts or len(INDENT) * indent + width(line) + after <= WIDTH:
        return line
    inner, last = INDENT * (indent + 1), len(part.parts) - 1
    lines = [
        inner + laid(each, indent + 1, 1) + ("," if part.comma or index < last else "")
        for index, each in enumerate(part.parts)
    ]
    return "\n".join([part.head, *lines, INDENT * indent + part.tail])


def labelled(label: str, part: Part) -> Part:
    """Put a text before a part."""
    return Group(label + part.head, part.parts, part.tail, part.comma) if isinstance(part, Group) else label + part


def assignment(target: str, value: str, indent: int = 0) -> str:
    """Write `target = value`, in brackets where only they make both fit."""
    room = WIDTH - len(INDENT) * indent
    broken = max(width(f"{target} = ("), len(INDENT) + width(value))
    if width(f"{target} = {value}") <= room or broken > room:
        return f"{target} = {value}"
    return f"{target} = (\n{INDENT * (indent + 1)}{value}\n{INDENT * indent})"


def flat(part: Part) -> str:
    """Write a part on one line."""
    return part if isinstance(part, str) else part.head + ", ".join(map(flat, part.parts)) + part.tail


def width(text: str) -> int:
    """Columns that a text takes; wide characters take two."""
    return len(text) if text.isascii() else sum(1 + (east_asian_width(letter) in "WF") for letter in text)
