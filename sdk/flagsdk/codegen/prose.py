"""Docstrings from names and descriptions: shown as they are, except for what could end the docstring or hide in it."""

import textwrap
from collections.abc import Sequence

from flagsdk.codegen.layout import INDENT, WIDTH
from flagsdk.codegen.subject import Subject

DESCRIPTION_LENGTH = 400


def docstring(first: str, rest: Sequence[str] = (), indent: int = 1) -> str:
    """Write a docstring, indented: `first` is our own sentence (made safe here, too), `rest` are further lines."""
    start, quotes = INDENT * indent, '"""'
    lines = [_safe(line) for line in (first, *rest)]
    if len(lines) == 1:
        return f"{start}{quotes}{lines[0]}{quotes}"
    body = "\n".join(start + line if line else "" for line in lines[1:])
    return f"{start}{quotes}{lines[0]}\n\n{body}\n{start}{quotes}"


def about(subject: Subject, indent: int = 2) -> list[str]:
    """Lines that say what a document says of itself: name and description, owner, expiry."""
    room = WIDTH - len(INDENT) * indent
    said = ": ".join(filter(None, (_one_line(subject.name), _first_paragraph(subject.description))))
    facts = {"Owner": subject.owner, "Expires": subject.expires}
    told = " ".join(f"{label}: {visible(_one_line(text))}." for label, text in facts.items() if text.strip())
    paragraphs = [_wrapped(visible(said), room), _wrapped(told, room)]
    blocks = ["\n".join(lines) for lines in paragraphs if lines]
    return "\n\n".join(blocks).split("\n") if blocks else []


def visible(text: str) -> str:
    """Write what cannot be seen (controls, bidirectional marks, lone surrogates) as its escape."""
    return "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in text)


def _safe(line: str) -> str:
    return visible(line).replace("\\", "\\\\").replace('"""', "'''").rstrip()


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _first_paragraph(text: str) -> str:
    paragraph = _one_line(text.strip().partition("\n\n")[0])
    return textwrap.shorten(paragraph, DESCRIPTION_LENGTH, placeholder=" …")


def _wrapped(text: str, room: int) -> list[str]:
    return textwrap.wrap(text, room, break_long_words=False, break_on_hyphens=False)
