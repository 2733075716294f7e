"""States, events and notes as the store keeps them, and back. Members that are unknown are ignored."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from flagsvc.domain.analysis.judging import evidence_of, verdict_of_members
from flagsvc.domain.analysis.measurement import Arm, Measurement
from flagsvc.domain.rollouts.events import KINDS, Event, Interfered, Measured, Note, Primed
from flagsvc.domain.rollouts.state import STATE_FORMAT, GateState, RolloutState, TargetState


def text_of_state(state: RolloutState) -> str:
    """Write a state."""
    return _written({"format": STATE_FORMAT, **asdict(state)})


def state_of_text(text: str) -> RolloutState:
    """Read a stored state back."""
    members = json.loads(text)
    hook, evidence = members.get("hook"), members.get("evidence")
    shaped = {
        "targets": tuple(TargetState(**_known(TargetState, each)) for each in members["targets"]),
        "gates": {name: GateState(**_known(GateState, each)) for name, each in members["gates"].items()},
        "hook": GateState(**_known(GateState, hook)) if hook else None,
        "evidence": evidence_of(evidence) if evidence else None,
        "verdict": verdict_of_members(members["verdict"]),
    }
    return RolloutState(**{**_known(RolloutState, members), **shaped})


def text_of_event(event: Event) -> str:
    """Write an event, its kind first."""
    return _written({"event": type(event).__name__.lower(), **asdict(event)})


def event_of_text(text: str) -> Event:
    """Read a stored event back; raises KeyError for a kind that a newer writer knows."""
    members = json.loads(text)
    kind = KINDS[members["event"]]
    known = _known(kind, members)
    if kind in {Measured, Primed}:
        known["measurements"] = tuple(_measurement(each) for each in known["measurements"])
    if kind is Interfered:
        known["targets"] = tuple(known["targets"])
    return kind(**known)


def text_of_notes(notes: Sequence[Note]) -> str:
    """Write what was said."""
    return _written([list(note) for note in notes])


def notes_of_text(text: str) -> tuple[Note, ...]:
    """Read it back."""
    return tuple(Note(*each) for each in json.loads(text))


def _measurement(members: Mapping[str, Any]) -> Measurement:
    arms = {name: _arm(members.get(name)) for name in ("baseline", "candidate")}
    return Measurement(**{**_known(Measurement, members), **arms})


def _arm(members: Mapping[str, Any] | None) -> Arm | None:
    return Arm(**_known(Arm, members)) if members else None


def _known(kind: type, members: Mapping[str, Any]) -> dict[str, Any]:
    names = kind.__dataclass_fields__  # type: ignore[attr-defined]
    return {name: value for name, value in members.items() if name in names}


def _written(members: Any) -> str:
    return json.dumps(members, separators=(",", ":"), ensure_ascii=False, allow_nan=True)
