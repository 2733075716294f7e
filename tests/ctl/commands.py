"""Every command of the program, as the library that parses them knows it."""

from collections.abc import Iterator
from typing import Any


def commands(command: Any, *path: str) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield each command that does something, with its words."""
    inner = getattr(command, "commands", None)
    if inner is None:
        yield path, command
    for name, each in (inner or {}).items():
        yield from commands(each, *path, name)


def options_of(command: Any) -> list[str]:
    """Name the options of a command."""
    return [name for parameter in command.params for name in parameter.opts if name.startswith("-")]
