"""What can happen to a rollout, as values: the only things that move it. Times are Unix seconds by the database."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from flagsvc.domain.analysis.measurement import Measurement
from flagsvc.domain.rollouts.notice import Urgency

Order = Literal["start", "pause", "resume", "promote", "promote-full", "retry", "abort", "roll-back", "pass", "fail"]
Outcome = Literal["passed", "failed", "waiting"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """Somebody asks for something; `gate` names the gate that is passed or failed by hand."""

    at: float
    order: Order
    by: str = ""
    reason: str = ""
    gate: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """Time has passed. Only this advances a rollout. `frozen`: why nothing may advance now, "" when it may."""

    at: float
    frozen: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Routed:
    """How far those are who are told about a target: the routers of its bindings; nobody is told is applied."""

    at: float
    target: str
    standing: Literal["applied", "waiting", "failed"]
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What became of asking a gate ("gate:NAME"), the step's hook ("hook") or an undo ("undo").

    `asked`: where the rollout was when that was asked (`gates.moment_of_asking`); "" counts wherever it is.
    """

    at: float
    what: str
    outcome: Outcome
    detail: str = ""
    asked: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Windows of metrics were read, which are whole only `lag_seconds` after their end.

    `budget`: whether a rollback by itself is still allowed in this hour. `observed`: target → share of its candidate as
    routers had counted it then, in 1/100 000; no decision rests on it.
    """

    at: float
    measurements: tuple[Measurement, ...]
    budget: bool = True
    lag_seconds: float = 0.0
    observed: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Primed:
    """Windows of the baseline of before the rollout were read: how much its requests scatter. Once, perhaps empty."""

    at: float
    measurements: tuple[Measurement, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """How the traffic of a target really splits; `observed`: the candidate's share as counted, in 1/100 000."""

    at: float
    target: str
    verdict: Literal["ok", "off", "unknown"]
    detail: str = ""
    observed: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Interfered:
    """Somebody else changed what a rollout drives; `released`: on purpose (a revert), so it is not put back."""

    at: float
    targets: tuple[str, ...]
    detail: str
    released: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """What a target was to become was refused: it no longer fits, or its routers cannot be told so."""

    at: float
    target: str
    detail: str


Event = Command | Tick | Routed | Answered | Measured | Primed | Shared | Interfered | Refused

KINDS: Mapping[str, type[Event]] = {
    kind.__name__.lower(): kind
    for kind in (Command, Tick, Routed, Answered, Measured, Primed, Shared, Interfered, Refused)
}
"""The names under which events are stored."""


class Note(NamedTuple):
    """What is said about a transition: a word of NOTES, and what exactly happened."""

    kind: str
    detail: str


class Meaning(NamedTuple):
    """What a note means, and how much it concerns people."""

    text: str
    urgency: Urgency


NOTES: Mapping[str, Meaning] = {
    "started": Meaning("the rollout began", "info"),
    "step": Meaning("a step began", "info"),
    "applied": Meaning("everything that the step moves has been read back", "info"),
    "gate-open": Meaning("somebody has to pass a gate", "attention"),
    "gate-passed": Meaning("a gate was passed", "info"),
    "gate-failed": Meaning("a gate failed", "attention"),
    "verdict": Meaning("the verdict on the candidate changed", "info"),
    "unknown": Meaning("nothing was known about the candidate for too long", "attention"),
    "frozen": Meaning("a freeze holds the rollout", "info"),
    "thawed": Meaning("the freeze is over", "info"),
    "paused": Meaning("the rollout is paused", "attention"),
    "resumed": Meaning("the rollout goes on", "info"),
    "promoted": Meaning("somebody ended a step early", "info"),
    "retried": Meaning("somebody had it tried again", "info"),
    "share-off": Meaning("the traffic does not split as it was told to", "attention"),
    "interfered": Meaning("somebody else changed what the rollout drives", "attention"),
    "refused": Meaning("something could not be moved", "attention"),
    "budget": Meaning("too many rollbacks in an hour: it is paused instead of rolled back", "page"),
    "verifying": Meaning("every step is done; the end is being verified", "info"),
    "rolling-back": Meaning("everything goes back to what it was", "page"),
    "restored": Meaning("a target has what it had before the rollout", "info"),
    "undo-failed": Meaning("what a step did could not be undone", "page"),
    "late": Meaning("the way back takes too long; it goes on", "page"),
    "rolled-back": Meaning("everything has been read back as it was before", "attention"),
    "aborted": Meaning("the rollout ended before it moved anything", "info"),
    "succeeded": Meaning("the rollout reached its end", "info"),
    "reminder": Meaning("something is left for people to do", "attention"),
}
"""Kind → what it means."""


@dataclass(frozen=True, slots=True)
class Move:
    """Give a target the weights of the step under way."""

    target: str
    weights: int | Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Restore:
    """Give a target back what it served before the rollout, its allocation included."""

    target: str


Effect = Move | Restore
