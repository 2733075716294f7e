"""A compiled flag or traffic split, and how one is made from its model."""

from collections.abc import Callable
from dataclasses import dataclass

from .compile_condition import Conditions
from .compile_flag import Body
from .compile_source import Source
from .decision import ErrorCode, Reason
from .model import Flag, Prerequisite, Unsupported
from .outcome import CIRCULAR, Outcome, Outcomes, nowhere
from .prerequisites import Decide, Gate, Gated, gated
from .support import Audience, segments_of, support_of


@dataclass(frozen=True, slots=True, eq=False)
class Compiled:
    """A flag or traffic split ready for evaluation.

    `decide(context)` gives one of `outcomes` and never raises. `rests_on` names the documents, besides its own, that it
    uses directly. `unsupported` says in words what this reader does not know; the rules concerned never match.
    """

    name: str
    flag: Flag | None
    gated: Gated
    outcomes: tuple[Outcome, ...]
    rests_on: tuple[str, ...] = ()
    unsupported: tuple[str, ...] = ()

    @property
    def decide(self) -> Decide:
        """The function from a context to an outcome."""
        return self.gated.decide

    @property
    def found(self) -> bool:
        """Whether there is a flag to ask: it exists, can be read and is not archived."""
        return self.outcomes[0].type is not None


@dataclass(frozen=True, slots=True)
class Parts:
    """What a flag is compiled from besides its model: its parents (compiled before it) and the audiences it uses."""

    parent: Callable[[str], Compiled]
    audience: Callable[[str], Audience]


def constant(name: str, outcome: Outcome, flag: Flag | None = None) -> Compiled:
    """Compile what always comes out the same."""
    return Compiled(name, flag, gated(name, lambda context: outcome, ()), (outcome,))


def absent(name: str) -> Compiled:
    """Compile what is not in the snapshot, or is archived."""
    return constant(name, nowhere(ErrorCode.FLAG_NOT_FOUND, f"there is no {name}"))


def compile_flag(name: str, flag: Flag, parts: Parts, *, circular: bool) -> Compiled:
    """Compile a flag whose parents are compiled; a circular one serves its off variant with an error."""
    outcomes = Outcomes(flag)
    if flag.archived:
        return constant(name, nowhere(ErrorCode.FLAG_NOT_FOUND, f"{name} is archived"), flag)
    if not flag.enabled:
        return constant(name, outcomes.of(flag.off, Reason.DISABLED), flag)
    rests_on = rests_on_of(flag)
    if circular:
        outcome = outcomes.fault(ErrorCode.GENERAL, CIRCULAR)
        return Compiled(name, flag, gated(name, lambda context: outcome, ()), (outcome,), rests_on)
    closed = closed_rules(flag, parts.audience)
    conditions = Conditions(Source(), parts.audience)
    own = Body(flag, outcomes, closed, conditions).decide()
    gates = tuple(_gate(prerequisite, parts.parent, outcomes) for prerequisite in flag.prerequisites)
    whole = gated(name, own, gates)
    return Compiled(name, flag, whole, tuple(outcomes.made), rests_on, unsupported_of(flag, closed))


def parents_of(flag: Flag) -> tuple[str, ...]:
    """Give the names of the documents of a flag's parents, where they are asked at all."""
    if flag.archived or not flag.enabled:
        return ()
    return tuple(dict.fromkeys(f"flag/{prerequisite.flag}" for prerequisite in flag.prerequisites))


def rests_on_of(flag: Flag) -> tuple[str, ...]:
    """Give the names of the documents that a flag uses directly, whether they exist or not."""
    segments = (f"segment/{key}" for rule in flag.rules for key in segments_of(rule.when))
    return tuple(dict.fromkeys((*parents_of(flag), *segments)))


def closed_rules(flag: Flag, audience: Callable[[str], Audience]) -> dict[int, tuple[str, ...]]:
    """Give the rules that never match, by index, each with its faults in words."""
    closed: dict[int, tuple[str, ...]] = {}
    for index, rule in enumerate(flag.rules):
        faults = support_of(rule.when, audience).faults
        if isinstance(rule.serve, Unsupported):
            faults = (*faults, rule.serve.detail)
        if faults:
            closed[index] = faults
    return closed


def unsupported_of(flag: Flag, closed: dict[int, tuple[str, ...]]) -> tuple[str, ...]:
    """Give every fault with its place, for people."""
    faults = [f"/rules/{index}: {fault}" for index, found in closed.items() for fault in found]
    if isinstance(flag.default, Unsupported):
        faults.append(f"/default: {flag.default.detail}")
    return tuple(faults)


def _gate(prerequisite: Prerequisite, parent: Callable[[str], Compiled], outcomes: Outcomes) -> Gate:
    compiled = parent(prerequisite.flag)
    accepted = frozenset(outcome for outcome in compiled.outcomes if meets(outcome, prerequisite))
    return Gate(compiled.gated, accepted, outcomes.unmet(prerequisite.flag))


def meets(outcome: Outcome, prerequisite: Prerequisite) -> bool:
    """Whether a parent that came out so lets evaluation go on."""
    served = outcome.error is None and outcome.reason is not Reason.DISABLED
    return served and outcome.variant in prerequisite.variants
