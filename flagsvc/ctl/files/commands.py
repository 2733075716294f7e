"""`apply` and `export`."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from flagsvc.ctl.failure import USAGE, Failure
from flagsvc.ctl.files.applying import Applying, Outcome
from flagsvc.ctl.files.exporting import exported, yaml_of
from flagsvc.ctl.files.reading import read
from flagsvc.ctl.options import Common, DryRun, Reason, Yes, register
from flagsvc.ctl.output import Output, ask, note, print_line
from flagsvc.ctl.session import Session

Rerandomise = Annotated[bool, typer.Option("--rerandomise", help="Allow changes that draw units of a split anew.")]


@dataclass(frozen=True, kw_only=True)
class Apply(Common):
    """Options of `apply`."""

    files: Annotated[
        list[str], typer.Option("-f", "--file", help="A file or a folder; may be given often.", metavar="PATH")
    ]
    reason: Reason = ""
    dry_run: DryRun = False
    yes: Yes = False
    rerandomise: Rerandomise = False


@dataclass(frozen=True, kw_only=True)
class Export(Common):
    """Options of `export`."""

    environments: Annotated[
        list[str] | None,
        typer.Option("-e", "--environment", help="Only this one; may be given often.", metavar="ENV"),
    ] = None
    folder: Annotated[str, typer.Option("--dir", help="A file for each document in this folder.", metavar="DIR")] = ""


def apply(options: Apply) -> None:
    """Bring flags, segments, traffic splits and bindings into force as files have them: all of them, or none.

    You see what changes and who moves, first. Nothing is archived. What a file leaves to operators, what a rollout
    moves and what somebody has switched off stays as it is.
    """
    documents = read(options.files)
    if not documents:
        raise Failure(f"no documents in {', '.join(options.files)}", USAGE)
    session = Session(options)
    applying = Applying(session.api, documents, options.reason, options.rerandomise)
    tried = applying.tried()
    if options.dry_run:
        _print(session.out, tried, [*tried.lines()] or ["nothing changes"])
        return
    for line in tried.lines():
        note(line)
    if not tried.changes:
        _print(session.out, tried, ["nothing changes"])
        return
    ask("Apply this?", yes=options.yes)
    done = applying.done(tried)
    revisions = ", ".join(f"{environment} revision {number}" for environment, number in done.content["heads"].items())
    _print(session.out, done, [f"saved: {revisions or 'texts of flags'}, request {done.answer.request_id}"])


def export(options: Export) -> None:
    """Write what there is as files: applied again, they change nothing."""
    session = Session(options)
    documents = exported(session.api, options.environments or ())
    if not options.folder:
        print_line("---\n".join(yaml_of(each) for each in documents).rstrip("\n"))
        return
    for document in documents:
        path = Path(options.folder, f"{document['kind'].lower()}s", f"{document['metadata']['key']}.yaml")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(yaml_of(document), encoding="utf-8")
        except OSError as error:
            raise Failure(f"{path}: {error.strerror}", USAGE) from None
    note(f"{len(documents)} documents in {options.folder}")


def add(app: typer.Typer) -> None:
    """Add the commands."""
    register(app, "apply", apply)
    register(app, "export", export)


def _print(out: Output, outcome: Outcome, lines: list[str]) -> None:
    content = {**outcome.content, "requestId": outcome.answer.request_id}
    out.data(content, lambda: lines, lambda: outcome.changed)
