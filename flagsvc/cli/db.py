"""`flagsvc db`: the schema, its backfills, the history, and copies of it all."""

import json
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from flagsdk.wire import time_of
from flagsvc import store
from flagsvc.app import intent
from flagsvc.app.founding import now
from flagsvc.cli.backup_files import readable, whole_file
from flagsvc.cli.common import DIFFERENT, ERROR, USAGE, fail, opened_store
from flagsvc.domain.instants import text_of
from flagsvc.ports import Store
from flagsvc.usecases import history, setup

db = typer.Typer(
    no_args_is_help=True,
    help="The database: schema, backfills, history, copies. Exit codes: 0 done, and nothing is left to do; 1 it cannot "
    "be done, and nothing was changed; 2 wrong words or settings; 3 something is left to do, or not as it should be.",
)

Yes = Annotated[bool, typer.Option("--yes", help="Do it without asking.")]
After = Annotated[str | None, typer.Option(help="An epoch that readers hold: the new one is later than it, too.")]
Output = Annotated[Literal["table", "json"], typer.Option("-o", "--output", help="Form of what is printed.")]
BackupFile = Annotated[Path | None, typer.Argument(help="A backup; the database unless given.")]
Replace = Annotated[bool, typer.Option("--replace", help="Drop what is in the database first.")]
KeepEpoch = Annotated[
    bool, typer.Option("--keep-epoch", help="Nothing was lost: readers go on. For moving to another database.")
]
Broken = Annotated[bool, typer.Option("--accept-broken-history", help="Restore though the history does not verify.")]
Batch = Annotated[int, typer.Option(min=1, max=10_000, help="Most rows of a batch.")]
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
def backfill(*, pause: Pause = 0.1, batch: Batch = 200) -> None:
    """Do what the backfills have left, in small batches; may be stopped at any time, and goes on where it was."""
    with opened_store() as opened:
        store.demand_current(opened.engine)
        while moved := store.take_batch(opened, text_of(now()), most=batch):
            typer.echo(f"{moved.name}: {moved.done} done, {moved.left} left", err=True)
            time.sleep(pause if moved.left else 0)
    typer.echo("done")


@db.command()
def verify(file: BackupFile = None) -> None:
    """Check the history against every stored text, or with FILE a backup; exit 3 when something is not as it was."""
    if file is not None:
        with readable(file):
            typer.echo(_described(file, store.examine(file)))
        return
    with opened_store() as opened:
        store.demand_current(opened.engine)
        broken = _broken(opened)
    for line in broken:
        typer.echo(line)
    if broken:
        raise typer.Exit(DIFFERENT)
    typer.echo("every change and every document is as it was written")


@db.command()
def backup(file: Path) -> None:
    """Write the whole database to FILE ("-": standard output) while it is in use; FILE changes only when all is there.

    It holds names, rules, listed units and hashes of tokens: keep it as you keep the database.
    """
    with opened_store() as opened, whole_file(file) as target:
        counts = store.back_up(opened.engine, target, text_of(now()))
    if str(file) != "-":
        with readable(file):
            store.examine(file)
    typer.echo(f"{sum(counts.values())} rows of {len(counts)} tables", err=True)


@db.command()
def restore(
    file: Path, *, replace: Replace = False, yes: Yes = False, keep_epoch: KeepEpoch = False, broken: Broken = False
) -> None:
    """Put a backup into an empty database and begin a new epoch. Stop every flagsvc that uses the database before.

    All of it happens at once, or, when anything is wrong, nothing.
    """
    if replace and not yes and not (sys.stdin.isatty() and typer.confirm("Lose what is in the database now?")):
        fail("say --yes to replace what is in the database", USAGE)

    def finish(restored: Store) -> str:
        found = _broken(restored)
        if found and not broken:
            raise store.Damaged("; ".join(found) + ". Nothing was changed; --accept-broken-history restores it so.")
        if keep_epoch:
            return "kept"
        because = intent("flagsvc db restore")
        setup.initialise(restored, setup.first_epoch(because), because)
        return setup.new_epoch(restored, because)

    with opened_store() as opened, readable(file):
        epoch = store.restore(opened.engine, file, finish, replace=replace)
    typer.echo(f"restored; epoch {epoch}")


def _broken(opened: Store) -> list[str]:
    verdicts = history.verify_audit(opened)["environments"]
    return [
        f"{each['environment']}: the history is broken at revision {each['firstBroken']}: {each['detail']}"
        for each in verdicts
        if not each["ok"]
    ]


def _described(file: Path, header: store.Header) -> str:
    rows = sum(header.rows.values())
    return (
        f"{file} is whole: {rows} rows of {len(header.rows)} tables, schema {header.revision}, taken at "
        f"{header.created_at} by flagsvc {header.created_by} from {header.database}"
    )


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
