"""`flagsvc db`: the schema, its backfills, the history, and copies of it all."""

import json
import sys
import time
from dataclasses import asdict
from typing import Annotated, Any, Literal

import typer

from flagsdk.wire import time_of
from flagsvc import store
from flagsvc.app import intent
from flagsvc.app.founding import now
from flagsvc.cli.common import DIFFERENT, ERROR, USAGE, fail, opened_store
from flagsvc.domain.instants import text_of
from flagsvc.usecases import setup

db = typer.Typer(
    no_args_is_help=True,
    help="The database: schema, backfills, history, copies. Exit codes: 0 done, and nothing is left to do; 1 it cannot "
    "be done, and nothing was changed; 2 wrong words or settings; 3 something is left to do, or not as it should be.",
)

Yes = Annotated[bool, typer.Option("--yes", help="Do it without asking.")]
After = Annotated[str | None, typer.Option(help="An epoch that readers hold: the new one is later than it, too.")]
Output = Annotated[Literal["table", "json"], typer.Option("-o", "--output", help="Form of what is printed.")]
Pause = Annotated[float, typer.Option(min=0.0, max=60.0, help="Seconds to rest after each batch.")]


@db.command()
def upgrade() -> None:
    """Bring the schema up to date; several at once wait for one another. Backfills are left to the service."""
    with opened_store() as opened:
        store.upgrade(opened.engine)
        found = store.standing(opened.engine)
    if found.sentence:
        typer.echo(found.sentence, err=True)
    typer.echo(found.state.value)


@db.command()
def current() -> None:
    """Print how the schema relates to this program: empty, older, current or newer."""
    with opened_store() as opened:
        typer.echo(store.current(opened.engine).value)


@db.command()
def status(*, output: Output = "table") -> None:
    """Tell versions, pending migrations and backfills; exit 3 when some are pending, 1 when this program is too old."""
    with opened_store() as opened:
        found = store.status(opened.engine)
    typer.echo(json.dumps(_told(found), indent=2) if output == "json" else _table(found))
    if found.standing.state is store.SchemaState.NEWER and not found.standing.usable:
        fail(found.standing.sentence, ERROR)
    if not found.settled:
        raise typer.Exit(DIFFERENT)


@db.command()
def check() -> None:
    """Compare the tables with what this program expects; exit 3 when they differ."""
    with opened_store() as opened:
        differences = store.check(opened.engine)
    for difference in differences:
        typer.echo(difference)
    if differences:
        raise typer.Exit(DIFFERENT)


@db.command()
def backfill(*, pause: Pause = 0.1) -> None:
    """Do what the backfills have left, in small batches; may be stopped at any time, and goes on where it was."""
    with opened_store() as opened:
        store.demand_current(opened.engine)
        while moved := store.take_batch(opened, text_of(now())):
            typer.echo(f"{moved.name}: {moved.done} done, {moved.left} left", err=True)
            time.sleep(pause if moved.left else 0)
    typer.echo("done")


@db.command("new-epoch")
def new_epoch(*, yes: Yes = False, after: After = None) -> None:
    """After a restore that lost changes: begin a new epoch, so that readers accept the older history."""
    if not yes and not (sys.stdin.isatty() and typer.confirm("Begin a new epoch in every environment?")):
        fail("say --yes to begin a new epoch", USAGE)
    if after is not None and time_of(after) is None:
        fail(f"--after: {after!r} is no epoch with a date", USAGE)
    with opened_store() as opened:
        store.demand_current(opened.engine)
        because = intent("flagsvc db new-epoch")
        setup.initialise(opened, setup.first_epoch(because), because)
        typer.echo(setup.new_epoch(opened, because, after))


def _told(found: store.Status) -> dict[str, Any]:
    """Shape of `-o json`."""
    stands = found.standing
    return {
        "code": stands.code,
        "state": stands.state.value,
        "usable": stands.usable,
        "settled": found.settled,
        "schema": {"revision": stands.revision, "release": stands.release, "head": stands.head},
        "oldestCode": stands.oldest,
        "pending": [asdict(each) for each in found.pending],
        "backfills": [
            {
                **{name: getattr(each, name) for name in ("name", "revision", "done", "left")},
                "startedAt": each.started_at,
                "movedAt": each.moved_at,
                "finishedAt": each.finished_at,
            }
            for each in found.backfills
        ],
    }


def _table(found: store.Status) -> str:
    stands = found.standing
    rows = [
        ("code", f"flagsvc {stands.code}, which knows up to {stands.head}"),
        ("schema", f"{stands.revision or 'none'}: {stands.state.value}"),
        ("oldest code", f"flagsvc {stands.oldest}" if stands.oldest else "any"),
    ]
    rows += [("pending", f"{each.revision} {each.kind}: {each.title}") for each in found.pending]
    rows += [("backfill", f"{each.name}: {each.done} done, {each.left} left") for each in found.backfills]
    return "\n".join(f"{name:<12} {text}" for name, text in rows)
