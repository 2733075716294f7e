"""How far a rollout is: all that is known and not in its plan. Times are Unix seconds by the database's clock."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal, get_args

from flagsvc.domain.analysis.evidence import Evidence
from flagsvc.domain.analysis.measurement import NOTHING, Verdict

Phase = Literal[
    "scheduled",
    "preparing",
    "moving",
    "baking",
    "verifying",
    "paused",
    "rolling-back",
    "succeeded",
    "rolled-back",
    "aborted",
]
TERMINAL: frozenset[Phase] = frozenset({"succeeded", "rolled-back", "aborted"})
LIVE: frozenset[Phase] = frozenset(get_args(Phase)) - TERMINAL
STATE_FORMAT = 1
"""Grows when older versions must not go on from a stored state."""
GateStanding = Literal["open", "passed", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class GateState:
    """Where one gate stands.

    `tries`: failures in a row of a smoke test; of a share, 1 while it is off. `by`: who passed or failed it.
    """

    standing: GateStanding = "open"
    opened_at: float = 0.0
    tries: int = 0
    due_at: float = 0.0
    detail: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetState:
    """Where one target stands.

    `saved`: what the place served before the rollout, as canonical JSON with its allocation ("" before it was moved),
    and `saved_version` the document's version then. `placed`: what the rollout last put there. `standing`: whether
    everybody who is told has read it back. `released`: somebody else took it over, so it is not put back. `refused_at`:
    when it could last not be put back.
    """

    name: str
    saved: str = ""
    saved_version: int = 0
    placed: str = ""
    placed_version: int = 0
    placed_at: float = 0.0
    standing: Literal["idle", "placed", "applied", "restored", "back"] = "idle"
    weight: int | None = None
    released: bool = False
    refused_at: float = 0.0
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RolloutState:
    """`step`: the index of the step under way, -1 before the first. `resume_to`: what is gone on with after a pause.

    `moved`: how many of the step's targets are applied. `held_since`: when the hold began, 0 before. `gates`: of
    the present step (or of the start, or the end). `hook`: where the step's hook stands. `undone`: on the way back, the
    hooks that are through, counted from the last step. `known_at`: when the verdict was last something else than
    unknown, or the step began. `begun`: how many of the steps were begun. `late`: whether it was said that
    the way back takes too long. `attempt`: grows with each retry. `primed`: whether
    windows of before the rollout were taken in. `lag_seconds`: how late the
    metrics of a window are whole. `frozen`: why
    nothing may advance now.
    """

    phase: Phase = "scheduled"
    since: float = 0.0
    start_at: float = 0.0
    step: int = -1
    begun: int = 0
    moved: int = 0
    held_since: float = 0.0
    resume_to: Phase = "preparing"
    cause: str = ""
    automatic: bool = False
    targets: tuple[TargetState, ...] = ()
    gates: Mapping[str, GateState] = field(default_factory=dict)
    hook: GateState | None = None
    undone: int = 0
    known_at: float = 0.0
    evidence: Evidence | None = None
    verdict: Verdict = NOTHING
    started_at: float = 0.0
    ended_at: float = 0.0
    back_since: float = 0.0
    late: bool = False
    attempt: int = 1
    lag_seconds: float = 0.0
    primed: bool = False
    frozen: str = ""

    def target(self, name: str) -> TargetState:
        """Find a target's state."""
        return next(target for target in self.targets if target.name == name)

    def with_target(self, target: TargetState) -> "RolloutState":
        """Replace one target's state."""
        return replace(self, targets=tuple(target if old.name == target.name else old for old in self.targets))
