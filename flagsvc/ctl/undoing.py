"""`rollout undo`: back to what was before a rollout that is over."""

from dataclasses import dataclass
from functools import partial
from typing import Annotated

import typer

from flagsvc.ctl.facts import Json, is_over, status_of
from flagsvc.ctl.failure import Failure
from flagsvc.ctl.flags import described
from flagsvc.ctl.names import Subject, checked, subject_of
from flagsvc.ctl.options import Writing
from flagsvc.ctl.session import Session
from flagsvc.ctl.writing import Write, carry_out


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
        raise Failure("it is under way", remedy=f"flagctl rollout rollback {options.key}")
    for subject, before in _moved(session, found):
        if options.to is None and before is None:
            raise Failure(f"nothing is known of {subject.name} before it", remedy="Say which revision: --to.")
        _revert(session, options, subject, options.to or before)


def _moved(session: Session, rollout: Json) -> list[tuple[Subject, int | None]]:
    """List what it moved, in the order of the way back, each once, with the revision before."""
    moved: dict[tuple[str, str], int | None] = {}
    for target in reversed(status_of(rollout).get("targets") or ()):
        if target.get("standing") != "idle":
            moved.setdefault((target["kind"], target["key"]), target.get("revisionBefore"))
    if not moved:
        raise Failure("it moved nothing")
    places = ((subject_of(session.environment, key, split=kind == "split"), at) for (kind, key), at in moved.items())
    return list(places)


def _revert(session: Session, options: Undo, subject: Subject, revision: int | None) -> None:
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
