"""The moments of a rollout that a chart marks: what was said about a transition, in words, and by whom."""

from collections.abc import Iterator, Mapping
from typing import Any

from flagsvc.domain.rollouts.deployment import moment
from flagsvc.domain.rollouts.events import Command, Event, Note
from flagsvc.domain.rollouts.telling import said

KINDS: Mapping[str, str] = {
    "started": "start",
    "step": "step",
    "gate-open": "gate",
    "gate-passed": "gate",
    "gate-failed": "gate",
    "verdict": "verdict",
    "unknown": "verdict",
    "frozen": "freeze",
    "thawed": "freeze",
    "paused": "pause",
    "resumed": "resume",
    "promoted": "promote",
    "retried": "retry",
    "share-off": "share",
    "interfered": "interference",
    "refused": "interference",
    "verifying": "verify",
    "rolling-back": "rollback",
    "undo-failed": "trouble",
    "late": "trouble",
    "rolled-back": "end",
    "aborted": "end",
    "succeeded": "end",
}
"""Note → kind of marker; what is said besides (read back, restored, reminders, budget) is beside another one."""


def markers_of(event: Event | None, notes: tuple[Note, ...], at: float) -> Iterator[dict[str, Any]]:
    """Yield the markers of one transition; `by` is who asked for it, None where nobody did."""
    order = event.order if isinstance(event, Command) else ""
    by = event.by if isinstance(event, Command) else None
    for note in notes:
        kind = KINDS.get(note.kind)
        if kind is not None:
            kind = "abort" if kind == "rollback" and order == "abort" else kind
            yield {"at": moment(at), "kind": kind, "text": said(note), "by": by}
