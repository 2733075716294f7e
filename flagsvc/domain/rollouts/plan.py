"""What a rollout is going to do: what it moves and in which order, its steps, and what they wait for. Frozen values.

Weights are whole numbers of 1/100 000 of all units, times are seconds.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from flagsvc.domain.analysis.spec import Analysis

FORMAT = 1
Strategy = Literal["canary", "blue-green", "rolling", "recreate", "dark-launch"]
GateKind = Literal["approval", "checklist", "smoke", "webhook", "analysis", "share"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One HTTP request of a smoke test, and what its answer must be."""

    url: str
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str = ""
    statuses: tuple[int, ...] = (200,)
    contains: str = ""
    timeout_seconds: float = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Hook:
    """A POST to somebody else's program, asked again until it says done or no; see docs/reference/hooks.md."""

    url: str
    body: Mapping[str, Any] = field(default_factory=dict)
    timeout_seconds: float = 10.0
    every_seconds: float = 5.0
    deadline_seconds: float = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """What a step, the start or the end waits for. `checks` for smoke, `hook` for webhook; `title` is for people.

    A smoke test fails after `attempts` tries in a row; any gate fails when it is still open after `deadline_seconds`
    (0: it may stay open for ever).
    """

    name: str
    kind: GateKind
    title: str = ""
    checks: tuple[Check, ...] = ()
    hook: Hook | None = None
    attempts: int = 3
    every_seconds: float = 5.0
    deadline_seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanTarget:
    """One place that is moved: the default (or the rule `rule`) of a flag or a traffic split.

    `candidate` gets the weight of each step, `baseline` what the others leave.
    """

    name: str
    kind: Literal["flag", "split"]
    key: str
    candidate: str
    baseline: str
    rule: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """`weights`: target → weight of its candidate, or all weights of the place by variant; who is left out stays.

    The step holds from when every target was applied (routers read back) and `hook` said done; it is over when
    `hold_seconds` have passed and every gate is passed. `undo` is called on the way back, for steps that were begun.
    """

    name: str
    weights: Mapping[str, int | Mapping[str, int]] = field(default_factory=dict)
    hold_seconds: float = 0.0
    gates: tuple[Gate, ...] = ()
    hook: Hook | None = None
    undo: Hook | None = None
    say: str = ""
    """Said to people when the step begins: that the service is down from here on, for instance."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Targets are moved in their order, and go back in the reverse one: first the last.

    `before`: gates of the start (the pre-deployment checklist); `after`: gates of the end (the post-deployment
    verification). `on_failure`: what follows when a gate, a hook or a router fails; what follows an unhealthy verdict
    is always the way back. `apply_seconds`: how long routers may take to read back a step before that is a failure.
    `cooldown_seconds`: after a rollback nothing that this plan moves is rolled out for so long. `back`: whether
    traffic goes back before the undo hooks are called, or after (an instance that is put back must be whole again).
    `reminder`: what is to be done by people when it is over.
    """

    strategy: Strategy
    targets: tuple[PlanTarget, ...]
    steps: tuple[Step, ...]
    before: tuple[Gate, ...] = ()
    after: tuple[Gate, ...] = ()
    analysis: Analysis | None = None
    on_failure: Literal["rollback", "pause"] = "rollback"
    apply_seconds: float = 120.0
    cooldown_seconds: float = 1800.0
    back: Literal["traffic-first", "hooks-first"] = "traffic-first"
    downtime: str = ""
    reminder: str = ""
    format: int = FORMAT

    def target(self, name: str) -> PlanTarget:
        """Find a target by its name."""
        return next(target for target in self.targets if target.name == name)

    def moved_in(self, step: int) -> tuple[PlanTarget, ...]:
        """Give the targets that a step moves, in order."""
        return tuple(target for target in self.targets if target.name in self.steps[step].weights)
