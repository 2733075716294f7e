"""The check before a rollout, places: what is moved, who else moves it, and whether its routers can hold each step."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flagsdk.core.allocation import WHOLE
from flagsdk.wire import canonical
from flagsvc.domain.errors import Invalid
from flagsvc.domain.rollouts.check_document import target_problems
from flagsvc.domain.rollouts.finding import Finding, error, warning
from flagsvc.domain.rollouts.places import place_of, weights_now, weights_wanted, with_served
from flagsvc.domain.rollouts.plan import Plan, PlanTarget
from flagsvc.domain.rollouts.reading import plan_members
from flagsvc.domain.rollouts.weights import weights_at
from flagsvc.domain.routing.capabilities import Capabilities
from flagsvc.domain.routing.fitness import misfits, surprises
from flagsvc.domain.routing.target import Target, target_of

Members = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What is around the targets: documents in force by name, and by target who is told and which rollout is live."""

    environment: str
    documents: Mapping[str, Members]
    routers: Mapping[str, Mapping[str, Capabilities]] = field(default_factory=dict)
    rollouts: Mapping[str, str] = field(default_factory=dict)


def place_findings(plan: Plan, around: Around) -> list[Finding]:
    """Find what is wrong with the places that a plan moves; the rest is looked at only where they are there."""
    problems = target_problems(plan_members(plan), around.documents)
    found = [Finding("error", *problem) for problem in problems]
    if not problems:
        for index, target in enumerate(plan.targets):
            found += _of_target(plan, around, index, target)
        found += _cohorts(plan, around.documents)
        found += _uncounted(plan, around)
    return found


def _uncounted(plan: Plan, around: Around) -> Iterator[Finding]:
    """Find the first gate that waits for a share which no router counts: somebody has to pass it, every time."""
    moved = [target.name for target in plan.targets if target.kind == "split"]
    if any(able.counts for name in moved for able in around.routers.get(name, {}).values()):
        return
    for number, step in enumerate(plan.steps):
        for index, gate in enumerate(step.gates):
            if gate.kind == "share":
                detail = (
                    f"Nobody counts the share for which the gate {gate.name!r} waits: no target is a traffic split "
                    "with a router that counts requests. Leave the gate out, or promote each step by hand."
                )
                yield warning(("steps", number, "gates", index), "uncounted", detail)
                return


def _of_target(plan: Plan, around: Around, index: int, target: PlanTarget) -> Iterator[Finding]:
    document = around.documents[f"{target.kind}/{target.key}"]
    path = ("targets", index)
    if not document["enabled"]:
        yield error((*path, "key"), "disabled", f"{_named(target)} is switched off: switch it on first.")
    if rollout := around.rollouts.get(target.name):
        yield error(path, "rollout-active", f"The rollout {rollout!r} is moving it: let it end, or abort it.")
    if target.rule and around.routers.get(target.name):
        detail = f"Rules decide only where the service is asked: the routers of {_named(target)} are not told of this."
        yield warning((*path, "rule"), "untold", detail)
    yield from _walked(plan, around, target, document)
    last = weights_at(plan, len(plan.steps) - 1).get(target.name, WHOLE)
    if last < WHOLE and not _by_variant(plan, target):
        detail = f"The plan ends with {last / 1000:g} % for {target.candidate!r}: somebody has to go on from there."
        yield warning(path, "ends-early", detail)


def _walked(plan: Plan, around: Around, target: PlanTarget, document: Members) -> Iterator[Finding]:
    """Walk one target through the steps, each on top of the one before, and look at what its routers would get."""
    said: set[tuple[str, str]] = set()
    before = weights_now(document, target.rule).get(target.candidate, 0)
    for number, step in enumerate(plan.steps):
        if target.name not in step.weights:
            continue
        path = ("steps", number, "weights", target.name)
        try:
            wanted = weights_wanted(document, target, step.weights[target.name])
        except Invalid as refused:
            yield error(path, refused.faults[0].code, refused.faults[0].detail)
            return
        if wanted.get(target.candidate, 0) < before and not isinstance(step.weights[target.name], Mapping):
            yield _downwards(path, target, before, wanted.get(target.candidate, 0))
        before = wanted.get(target.candidate, 0)
        document = _weighed(document, target.rule, wanted)
        for finding in _told(around, target, document, path):
            if (finding.code, finding.detail) not in said:
                said.add((finding.code, finding.detail))
                yield finding


def _downwards(path: Sequence[str | int], target: PlanTarget, before: int, after: int) -> Finding:
    detail = f"{target.candidate!r} has {before / 1000:g} % before this step, and {after / 1000:g} % with it."
    return warning(path, "downwards", detail)


def _weighed(document: Members, rule: str, weights: Mapping[str, int]) -> Members:
    place = place_of(document, rule)
    split = {**((place.split if place else None) or {}), "weights": weights}
    return with_served(document, rule, canonical({"split": split}))


def _told(around: Around, target: PlanTarget, document: Members, path: Sequence[str | int]) -> Iterator[Finding]:
    routers = around.routers.get(target.name, {})
    if target.kind != "split" or target.rule or not routers:
        return
    told: Target = target_of(around.environment, document, "")
    for name, able in routers.items():
        for misfit in misfits(name, able, told):
            yield error(path, misfit.code, misfit.detail)
        for code, detail in surprises(name, able, told):
            yield warning(path, code, detail)


def _cohorts(plan: Plan, documents: Mapping[str, Members]) -> Iterator[Finding]:
    """Compare who is drawn by whom: an edge and a flag agree only while they share their salt."""
    drawn = {target.name: _draw(documents[f"{target.kind}/{target.key}"], target.rule) for target in plan.targets}
    kinds = {target.kind for target in plan.targets}
    if kinds == {"flag", "split"} and len(set(drawn.values())) > 1:
        names = ", ".join(drawn)
        detail = f"{names} do not share their salt: who gets the candidate from one need not get it from the other."
        yield warning(("targets",), "other-cohorts", detail)


def _draw(document: Members, rule: str) -> tuple[Any, ...]:
    place = place_of(document, rule)
    split = (place.split if place else None) or {}
    return split.get("salt", document["salt"]), split.get("hash"), split.get("by")


def _by_variant(plan: Plan, target: PlanTarget) -> bool:
    return any(isinstance(step.weights.get(target.name), Mapping) for step in plan.steps)


def _named(target: PlanTarget) -> str:
    return f"The {'flag' if target.kind == 'flag' else 'traffic split'} {target.key!r}"
