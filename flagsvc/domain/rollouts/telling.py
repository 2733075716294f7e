"""What people are told when a rollout moves: one notice for everything that was noted about one transition."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from flagsvc.domain.analysis.judging import exposure_of
from flagsvc.domain.rollouts.blast import blast_sentence
from flagsvc.domain.rollouts.events import NOTES, Note
from flagsvc.domain.rollouts.notice import Notice, Urgency
from flagsvc.domain.rollouts.plan import Plan
from flagsvc.domain.rollouts.records import LogEntry
from flagsvc.domain.rollouts.state import RolloutState
from flagsvc.domain.rollouts.summary import summary_of

RANKS: Mapping[Urgency, int] = {"info": 0, "attention": 1, "page": 2}
DEPLOYMENT = {"version": "version", "commit": "commit", "deployer": "deployed by", "url": "more at"}
"""Member of a deployment → label of the fact."""


def notice_of(
    entry: LogEntry, plan: Plan, state: RolloutState, notes: Sequence[Note], deployment: Mapping[str, Any]
) -> Notice | None:
    """Tell of the transition that an entry of the log stands for; None where nothing was noted.

    Kind and urgency are those of the most urgent note, the first of several; the summary has all of them in order.
    """
    if not notes:
        return None
    chief = max(notes, key=lambda note: RANKS[NOTES[note.kind].urgency])
    return Notice(
        environment=entry.environment,
        rollout=entry.rollout,
        number=entry.number,
        kind=chief.kind,
        urgency=NOTES[chief.kind].urgency,
        summary="; ".join(map(said, _without_echo(notes))),
        at=entry.at,
        facts=dict(_facts(plan, state, deployment)),
    )


def _without_echo(notes: Sequence[Note]) -> Sequence[Note]:
    """Leave out the verdict where the way back gives it as its cause."""
    back = any(note.kind == "rolling-back" for note in notes)
    return [note for note in notes if not (back and note.kind == "verdict")]


def said(note: Note) -> str:
    """Say a note in words; of one that only a newer version knows, its kind."""
    meaning = NOTES.get(note.kind)
    text = meaning.text if meaning else note.kind
    return f"{text}: {note.detail}" if note.detail else text


def _facts(plan: Plan, state: RolloutState, deployment: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield "now", summary_of(plan, state)
    if 0 <= state.step < len(plan.steps):
        yield "step", f"{state.step + 1} of {len(plan.steps)}, {plan.steps[state.step].name}"
    yield from ((label, str(deployment[name])) for name, label in DEPLOYMENT.items() if deployment.get(name))
    if state.back_since and plan.analysis and state.evidence:
        yield "blast radius", blast_sentence(exposure_of(plan.analysis, state.evidence))
