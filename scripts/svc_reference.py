"""The page docs/reference/flagsvc.md, made from the commands of the program that runs the service."""

from collections.abc import Iterator
from typing import Any

from typer.main import get_command

from flagsvc.cli import app
from scripts.ctl_reference import arguments, commands, records, table

HEAD = """# flagsvc

The program that runs the service and looks after its database and files, made from its code by
`python -m scripts.reference`. It is configured by [settings](settings.md), not by options. What asks a running service
is [flagctl](flagctl.md).

## Exit codes

| code | meaning |
|---|---|
| 0 | done |
| 1 | it could not be done; standard error says why |
| 2 | the command, a setting or a file is wrong; standard error names every fault |
| 3 | `db status`, `db check`, `db verify`: something is left to do, or not as it should be |
"""


def page() -> str:
    """Write the page; equal programs give equal pages."""
    parts = [HEAD]
    for path, command in commands(get_command(app), "flagsvc"):
        parts += [*_command(path, command), ""]
    return "\n".join(parts).rstrip("\n") + "\n"


def _command(path: str, command: Any) -> Iterator[str]:
    options = ["[OPTIONS]"] if any(each.param_type_name == "option" for each in command.params) else []
    yield f"## `{path}`\n\n```text\n{' '.join([path, *arguments(command), *options])}\n```\n"
    yield " ".join(command.help.split())
    found = records(command, lambda parameter: True)
    if found:
        yield ""
        yield from table(found)
