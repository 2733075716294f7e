"""The page docs/reference/flagctl.md, made from the program's own commands, exit codes and variables."""

from collections.abc import Callable, Iterator
from typing import Any

from typer.main import get_command

from flagsvc.ctl.failure import EXIT_CODES
from flagsvc.ctl.main import application
from flagsvc.ctl.options import Common
from flagsvc.ctl.values import VARIABLES

HEAD = """# flagctl

Every command and option of `flagctl`, made from its code by `python -m scripts.reference`. How to begin:
[how-to/flagctl](../how-to/flagctl.md). `flagctl COMMAND --help` says the same.

Data go to standard output and everything else to standard error. Where standard output is no terminal, data are JSON.
Questions are asked at a terminal only; elsewhere say `--yes`, or the command ends with 2 and tells the question.
"""
SHARED = """
## Options of every command that asks a service

An option goes before a variable, a variable before the profile. A profile's token goes to that profile's address only.
"""


def page() -> str:
    """Write the page; equal programs give equal pages."""
    found = list(commands(get_command(application()), "flagctl"))
    shared = set(Common.__dataclass_fields__)
    parts = [HEAD, *_exit_codes(), *_variables(), SHARED, *table(_shared(found, shared))]
    for path, command in found:
        parts += ["", *_command(path, command, shared)]
    return "\n".join(parts).rstrip("\n") + "\n"


def _exit_codes() -> Iterator[str]:
    yield "## Exit codes\n\n| code | meaning |\n|---|---|"
    yield from (f"| {code} | {meaning} |" for code, meaning in EXIT_CODES.items())


def _variables() -> Iterator[str]:
    yield "\n## Environment variables\n\n| variable | meaning |\n|---|---|"
    yield from (f"| `{name}` | {meaning} |" for name, meaning in VARIABLES.items())


def commands(command: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Yield every command that does something, with the words that call it."""
    inner = getattr(command, "commands", None)
    if inner is None:
        yield path, command
    for name, each in (inner or {}).items():
        yield from commands(each, f"{path} {name}")


def _shared(found: list[tuple[str, Any]], shared: set[str]) -> list[tuple[str, str]]:
    """Tell the shared options, by a command that has them all."""
    command = next(each for _, each in found if shared <= {parameter.name for parameter in each.params})
    return records(command, lambda parameter: parameter.name in shared)


def _command(path: str, command: Any, shared: set[str]) -> Iterator[str]:
    mine = records(command, lambda parameter: parameter.name not in shared)
    yield f"## `{path}`\n\n```\n{' '.join([path, *arguments(command), '[OPTIONS]'])}\n```\n"
    yield "\n\n".join(" ".join(text.split()) for text in command.help.split("\n\n"))
    if mine:
        yield ""
        yield from table(mine)
    if not shared <= {each.name for each in command.params}:
        yield f"\nIt asks no service{'; of the shared options it takes `--output`' if _takes_output(command) else ''}."


def arguments(command: Any) -> Iterator[str]:
    """Yield a command's arguments as its help writes them; those that may be left out in brackets."""
    for each in command.params:
        if each.param_type_name == "argument":
            name = each.metavar or each.name.upper()
            yield name if each.required else f"[{name}]"


def _takes_output(command: Any) -> bool:
    return "output" in {each.name for each in command.params}


def records(command: Any, wanted: Callable[[Any], bool]) -> list[tuple[str, str]]:
    """Give name and help of a command's parameters, as its own help says them."""
    context = _context(command)
    found = (each.get_help_record(context) for each in command.params if wanted(each))
    return [(record[0].removesuffix(" <str>"), " ".join(record[1].split())) for record in found if record]


def _context(command: Any) -> Any:
    return command.make_context(command.name, [], resilient_parsing=True)


def table(found: list[tuple[str, str]]) -> Iterator[str]:
    """Yield the lines of a table of names and meanings."""
    yield "| option | meaning |\n|---|---|"
    for name, meaning in found:
        shown = name.replace("|", "\\|")
        yield f"| `{shown}` | {meaning} |"
