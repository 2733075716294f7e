"""Where words go: data to standard output in the form that was asked for, everything else to standard error."""

import json
import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TextIO

from flagsvc.ctl.failure import USAGE, Failure
from flagsvc.ctl.figures import clean

Format = Literal["table", "json", "yaml", "name"]
BOLD, RESET = "\x1b[1m", "\x1b[0m"


@dataclass(frozen=True, slots=True)
class Output:
    """Prints for one command. `format` None: a table for a terminal, JSON for everything else."""

    format: Format | None = None

    @property
    def form(self) -> Format:
        """The form of data here and now."""
        return self.format or ("table" if sys.stdout.isatty() else "json")

    def data(self, content: Any, table: Callable[[], Iterable[str]], names: Callable[[], Iterable[str]]) -> None:
        """Print what was asked for. `table` and `names` make the lines of their forms when those are wanted."""
        match self.form:
            case "json":
                print_line(json_text(content))
            case "yaml":
                print_line(_yaml(content).rstrip("\n"))
            case "table":
                print_lines(table())
            case "name":
                print_lines(names())

    @property
    def is_for_people(self) -> bool:
        """Whether data are printed as people read them."""
        return self.form == "table"


def print_line(text: str) -> None:
    """Print one line of data."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def print_lines(lines: Iterable[str]) -> None:
    """Print lines of data."""
    for line in lines:
        print_line(line)


def note(text: str) -> None:
    """Say something that is not data."""
    sys.stdout.flush()
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def json_text(content: Any) -> str:
    """Write JSON: indented for people at a terminal, one line for programs."""
    indent = 2 if sys.stdout.isatty() else None
    return json.dumps(content, ensure_ascii=False, indent=indent)


def ask(question: str, *, yes: bool) -> None:
    """Go on when the answer is yes. Raises Failure when it is no, and where nobody is there to be asked."""
    if yes:
        return
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise Failure(f"{question} Nobody is here to answer.", USAGE, "Say --yes to go on without being asked.")
    sys.stderr.write(f"{question} [y/N] ")
    sys.stderr.flush()
    if sys.stdin.readline().strip().lower() not in {"y", "yes"}:
        raise Failure("nothing was changed")


def columns(rows: Sequence[Sequence[object]], *titles: str) -> list[str]:
    """Align rows under titles; cells are cleaned, since much of them was written by others."""
    cells = [[clean(cell) for cell in row] for row in rows]
    widths = [max(len(row[index]) for row in [titles, *cells]) for index in range(len(titles))]
    lines = ["  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)) for row in [titles, *cells]]
    head, *rest = [line.rstrip() for line in lines]
    return [bold(head), *rest]


def bold(text: str) -> str:
    """Make it bold where standard output is in colours."""
    return f"{BOLD}{text}{RESET}" if in_colour(sys.stdout, os.environ) else text


def in_colour(stream: TextIO, variables: Mapping[str, str]) -> bool:
    """Whether a stream gets colours: NO_COLOR goes before FORCE_COLOR, both before what the stream is."""
    if variables.get("NO_COLOR"):
        return False
    return bool(variables.get("FORCE_COLOR")) or (stream.isatty() and variables.get("TERM") != "dumb")


def _yaml(content: Any) -> str:
    from io import StringIO  # noqa: PLC0415  # this and the next: only who wants YAML pays for it

    from ruamel.yaml import YAML  # noqa: PLC0415

    writer, text = YAML(typ="safe", pure=True), StringIO()
    writer.default_flow_style = False
    writer.allow_unicode = True
    writer.dump(content, text)
    return text.getvalue()
