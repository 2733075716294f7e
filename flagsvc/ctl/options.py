"""The options that commands share, as frozen values; and the way from such a value to a command."""

import inspect
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import MISSING, dataclass, fields
from typing import Annotated, Any, TypeVar, get_args, get_type_hints

import typer
from typer.models import ArgumentInfo

from flagsvc.ctl.failure import Failure
from flagsvc.ctl.output import Format, note

Options = TypeVar("Options")
_END = re.compile(r"[.:;,](?:\s|$)")
Environment = Annotated[str, typer.Option("-e", "--environment", help="The environment.", metavar="ENV")]
Reason = Annotated[str, typer.Option("--reason", help="Why, for the audit trail.", metavar="TEXT")]
Yes = Annotated[bool, typer.Option("-y", "--yes", help="Do not ask.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Check and tell everything, change nothing.")]
IfVersion = Annotated[
    int | None,
    typer.Option("--if-version", help="Only if the document is at this version; exit 4 if not.", metavar="N"),
]
Wait = Annotated[bool, typer.Option("--wait", help="Return when every client and router has confirmed.")]
Timeout = Annotated[
    str, typer.Option("--timeout", help="How long to wait, with a unit; exit 6 after it.", metavar="TIME")
]
Split = Annotated[bool, typer.Option("--split", help="KEY is a traffic split, not a flag.")]
Key = Annotated[str, typer.Argument(help="Key of the flag or traffic split.", metavar="KEY")]


@dataclass(frozen=True, kw_only=True)
class Common:
    """What every command takes that asks a service."""

    output: Annotated[
        Format | None, typer.Option("-o", "--output", help="Form of what is printed; json where there is no terminal.")
    ] = None
    url: Annotated[str, typer.Option("--url", help="Address of the service.", metavar="URL")] = ""
    profile: Annotated[str, typer.Option("--profile", help="The profile to go by.", metavar="NAME")] = ""
    token_file: Annotated[
        str, typer.Option("--token-file", help="A file that holds the token; - for standard input.", metavar="FILE")
    ] = ""
    debug: Annotated[bool, typer.Option("--debug", help="Show what is asked and answered, without secrets.")] = False


@dataclass(frozen=True, kw_only=True)
class InEnvironment(Common):
    """A command about one environment."""

    environment: Environment = ""


@dataclass(frozen=True, kw_only=True)
class Writing(InEnvironment):
    """A command that changes something."""

    reason: Reason = ""
    dry_run: DryRun = False
    yes: Yes = False


def register(app: typer.Typer, name: str, run: Callable[[Options], None]) -> None:
    """Make a command of a function that takes one value of options: its fields are the options, its docstring the help.

    A Failure ends the command with its code, in one or two lines on standard error.
    """
    model = next(iter(get_type_hints(run).values()))

    def command(**given: Any) -> None:
        _guarded(run, model(**given))

    parameters = list(_parameters(model))
    command.__doc__ = run.__doc__
    command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # what typer reads
    command.__annotations__ = {each.name: each.annotation for each in parameters}
    app.command(name, short_help=summary_of(run))(command)


def summary_of(run: Callable[[Options], None]) -> str:
    """Give what a command does in a few words: the first of its docstring, up to a colon or full stop."""
    return _END.split((run.__doc__ or "").strip(), maxsplit=1)[0].replace("\n", " ")


def _guarded(run: Callable[[Options], None], options: Options) -> None:
    try:
        run(options)
    except Failure as failure:
        for line in _lines(failure):
            note(line)
        raise typer.Exit(failure.code) from None
    except BrokenPipeError:
        sys.stdout = None  # whoever read is gone: nothing is left to be flushed
        raise typer.Exit(1) from None


def _lines(failure: Failure) -> Iterator[str]:
    yield f"flagctl: {failure.detail}"
    if failure.remedy:
        yield f"  {failure.remedy}"


def _parameters(model: type[Any]) -> Iterator[inspect.Parameter]:
    """Yield the fields as parameters: arguments in their order, then options, a class's own before inherited ones."""
    hints = get_type_hints(model, include_extras=True)
    places = {name: place for place, each in enumerate(model.__mro__) for name in vars(each).get("__annotations__", {})}
    order = sorted(fields(model), key=lambda field: -1 if _is_argument(hints[field.name]) else places[field.name])
    for field in order:
        default = inspect.Parameter.empty if field.default is MISSING else field.default
        yield inspect.Parameter(
            field.name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=hints[field.name]
        )


def _is_argument(hint: Any) -> bool:
    return any(isinstance(each, ArgumentInfo) for each in get_args(hint))
