"""`rollout undo`: back to what was before a rollout that is over."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any

import typer

from flagsvc.ctl.api import path_of
from flagsvc.ctl.facts import Json, is_over, status_of
from flagsvc.ctl.failure import USAGE, Failure
from flagsvc.ctl.flags import described
from flagsvc.ctl.names import Subject, checked, subject_of
from flagsvc.ctl.options import Writing
from flagsvc.ctl.session import Session
from flagsvc.ctl.writing import Write, carry_out

MOST_CHANGES = 2000


@dataclass(frozen=True, kw_only=True)
class Undo(Writing):
    """Options of `rollout undo`."""

    key: Annotated[str, typer.Argument(help="Key of the rollout.", metavar="KEY")]
    to: Annotated[
        int | None, typer.Option("--to", min=1, help="This revision instead of the one before it.", metavar="N")
    ] = None


def undo(options: Undo) -> None:
    """Put back what a rollout moved, after it is over: each flag and split as it was before, the last one first.

    Each is a change of its own, told and asked about; edits that others made since go back, too. For a rollout that
    is under way there is `rollout rollback`.
    """
    session = Session(options)
    rollout = Subject(session.environment, "rollouts", options.key)
    with checked(session.api, rollout):
        found = session.api.get(rollout.path).content
    if is_over(found) is None:
        raise Failure("it is under way", USAGE, f"flagctl rollout rollback {options.key}")
    for subject in _moved(session, found):
        revision = options.to or _before(session, subject, str(status_of(found)["startedAt"]))
        _revert(session, options, subject, revision)


def _moved(session: Session, rollout: Json) -> Iterator[Subject]:
    """Name what it moved, in the order of the way back, each once."""
    targets = status_of(rollout).get("targets") or ()
    if not targets or not status_of(rollout).get("startedAt"):
        raise Failure("it never moved anything")
    places = dict.fromkeys((target["kind"], target["key"]) for target in reversed(targets))
    for kind, key in places:
        yield subject_of(session.environment, key, split=kind == "split")


def _before(session: Session, subject: Subject, started: str) -> int:
    """Find the revision at which a document was last changed before a time."""
    path = path_of("environments", session.environment, "changes")
    kind = subject.plural.removesuffix("s")
    changes: list[Mapping[str, Any]] = session.api.every(path, MOST_CHANGES, kind=kind, key=subject.key)
    earlier = next((each for each in changes if each["at"] < started), None)
    if earlier is None:
        raise Failure(f"{subject.name} has no change before {started}", remedy="Say which revision: --to.")
    return int(earlier["revision"])


def _revert(session: Session, options: Undo, subject: Subject, revision: int) -> None:
    before = session.api.get(subject.path).content
    write = Write(
        method="POST",
        path=subject.under("revert"),
        name=subject.name,
        body={"revision": revision},
        version=before["version"],
    )
    describe = partial(described, subject, before)
    carry_out(session, options, write, describe, f"Put {subject.name} back as it was at revision {revision}?")
