"""The strict check of a plan before it is stored or started: every fault at once, each with its place and the fix.

Whether its flags, splits, variants and metric sources exist is for `places` and the pre-flight check.
"""

from collections.abc import Iterator
from typing import Any

from flagsdk.core.allocation import WHOLE
from flagsdk.core.validate import Problem
from flagsdk.core.validate.cursor import Cursor, Scope, shown
from flagsdk.core.validate.limits import KEY_LENGTH, VARIANTS
from flagsdk.core.validate.shapes import Member, Shape, is_list, is_object, key, text
from flagsvc.domain.rollouts.check_analysis import analysis
from flagsvc.domain.rollouts.check_gates import MAX_TEXT, MAX_WAIT, gates, hook
from flagsvc.domain.rollouts.check_parts import duration, name, objects, one_of, unique, whole
from flagsvc.domain.rollouts.plan import FORMAT

MAX_TARGETS = 20
MAX_STEPS = 100
STRATEGIES = ("canary", "blue-green", "rolling", "recreate", "dark-launch")


def plan_problems(members: Any) -> list[Problem]:
    """List everything that is wrong with the members of a plan; empty means that `reading.plan_of` can read them.

    Never raises for any JSON value.
    """
    place = Cursor(members, Scope("plan", {}))
    plan(place, PLAN)
    return place.scope.problems


def plan(place: Cursor, shape: Shape) -> None:
    """Check an object against a shape with the members of a plan, and what they say together."""
    if is_object(place, shape):
        _weighs_its_targets(place)
        _can_be_analysed(place)


def targets(place: Cursor) -> None:
    """Check what is moved; nothing is, where the plan only judges or calls what somebody else moves."""
    if not is_list(place, MAX_TARGETS):
        return
    for item in place.items():
        if is_object(item, TARGET) and _told(item, "candidate") == _told(item, "baseline") is not None:
            item.at("candidate").report("same", "Candidate and baseline must differ: nothing would move.")
    unique(((target.at("name"), target.value["name"]) for target in _having(place, "name")), "The target")
    unique(((target, _place_of(target)) for target in _having(place, "kind", "key")), "The place")


def _place_of(target: Cursor) -> str:
    rule = target.value.get("rule") or ""
    where = f", rule {rule}" if rule else ""
    return f"{target.value['kind']} {target.value['key']}{where}"


def _steps(place: Cursor) -> None:
    if is_list(place, MAX_STEPS, least=1):
        for item in place.items():
            is_object(item, STEP)


def _weights(place: Cursor) -> None:
    if not isinstance(place.value, dict):
        place.wrong("an object: names of targets and the weight of each")
    elif len(place.value) <= MAX_TARGETS:  # unknown names are reported anyhow
        for weight in place.members():
            _weight(weight)


def _weight(place: Cursor) -> None:
    if not isinstance(place.value, dict):
        whole(0, WHOLE)(place)
    elif len(place.value) > VARIANTS:
        place.report("too-many", f"At most {VARIANTS} variants are allowed.")
    else:
        for share in place.members():
            text(KEY_LENGTH)(Cursor(share.path[-1], share.scope, share.path))
            whole(0, WHOLE)(share)
        total = sum(share for share in place.value.values() if type(share) is int)
        if total != WHOLE:
            place.report("wrong-sum", f"The weights add up to {shown(total)}, not to {WHOLE}.")


def _weighs_its_targets(place: Cursor) -> None:
    """Compare the targets that steps name with those that there are: none unknown, none idle."""
    named = {target.value["name"]: target for target in _having(place.at("targets"), "name")}
    moved: set[str] = set()
    for weights in _all_weights(place):
        moved |= weights.value.keys()
        for weight in weights.members():
            if weight.path[-1] not in named:
                Cursor(weight.path[-1], weight.scope, weight.path).unknown("target", named)
    for unmoved in sorted(named.keys() - moved):
        detail = f"No step moves {shown(unmoved)}: give it weights in a step, or take it out."
        named[unmoved].report("never-moved", detail)


def _all_weights(place: Cursor) -> Iterator[Cursor]:
    for step in list(objects(place.at("steps")))[:MAX_STEPS]:
        if isinstance(step.value.get("weights"), dict):
            yield step.at("weights")


def _can_be_analysed(place: Cursor) -> None:
    if place.value.get("analysis") is not None:
        return
    steps = list(objects(place.at("steps")))[:MAX_STEPS]
    for holder in (*(step.at("gates") for step in steps), place.at("after")):
        for gate in objects(holder):
            if gate.value.get("kind") == "analysis":
                gate.at("kind").report("no-analysis", "The plan has no 'analysis': say which metrics are compared.")


def _having(place: Cursor, *members: str) -> Iterator[Cursor]:
    """Yield the objects of a list that have texts in these members."""
    return (item for item in objects(place) if all(isinstance(item.value.get(each), str) for each in members))


def _told(place: Cursor, member: str) -> str | None:
    value = place.value.get(member)
    return value if isinstance(value, str) else None


def _format(place: Cursor) -> None:
    if type(place.value) is not int or place.value != FORMAT:
        detail = f"This service reads plans of format {FORMAT}, not {shown(place.value)}."
        place.report("unknown-format", detail)


NOTE = text(MAX_TEXT, least=0)
_NAME = text(KEY_LENGTH)

TARGET: Shape = {
    "name": Member(name, required=True),
    "kind": Member(one_of("flag", "split"), required=True),
    "key": Member(key, required=True),
    "rule": Member(text(KEY_LENGTH, least=0)),
    "candidate": Member(_NAME, required=True),
    "baseline": Member(_NAME, required=True),
}

STEP: Shape = {
    "name": Member(_NAME),
    "weights": Member(_weights),
    "hold": Member(duration(0, MAX_WAIT)),
    "gates": Member(gates()),
    "hook": Member(hook, nullable=True),
    "undo": Member(hook, nullable=True),
    "say": Member(NOTE),
}

PLAN: Shape = {
    "format": Member(_format),
    "strategy": Member(one_of(*STRATEGIES), required=True),
    "targets": Member(targets, required=True),
    "before": Member(gates(started=False)),
    "steps": Member(_steps, required=True),
    "after": Member(gates()),
    "analysis": Member(analysis, nullable=True),
    "onFailure": Member(one_of("rollback", "pause")),
    "applyWithin": Member(duration(1, MAX_WAIT)),
    "cooldown": Member(duration(0, MAX_WAIT)),
    "back": Member(one_of("traffic-first", "hooks-first")),
    "downtime": Member(NOTE),
    "reminder": Member(NOTE),
}
"""The members of a plan; their meaning is told by `plan.Plan`."""
