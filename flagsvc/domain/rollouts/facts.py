"""The few facts that a strategy makes a plan of: as members, as a frozen value, and what can be wrong with them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from flagsdk.core.allocation import WHOLE
from flagsdk.core.validate import Problem
from flagsdk.core.validate.cursor import Cursor, Scope, shown
from flagsdk.core.validate.limits import KEY_LENGTH
from flagsdk.core.validate.shapes import Member, Shape, boolean, is_key, is_list, is_object, text
from flagsvc.domain.analysis.spec import Analysis
from flagsvc.domain.rollouts.check import NOTE, STRATEGIES, targets
from flagsvc.domain.rollouts.check_analysis import analysis
from flagsvc.domain.rollouts.check_gates import MAX_WAIT, checks, hook
from flagsvc.domain.rollouts.check_parts import duration, objects, one_of, unique, whole
from flagsvc.domain.rollouts.plan import Check, Hook, PlanTarget, Strategy
from flagsvc.domain.rollouts.reading import (
    ANALYSIS,
    CHECK,
    HOOK,
    TARGET,
    Table,
    list_member,
    mapping_member,
    object_member,
    objects_member,
    plain_member,
    read_members,
    time_member,
)

MAX_NAME = 80
"""Of a target: dark launches make longer names of it."""
MAX_STEPS = 50
MAX_INSTANCES = 30
"""Each is three steps of the plan."""
INSTANCE = "{instance}"
"""Stands in the address of a check for the name of the instance that is updated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a strategy is told; None and "" mean the strategy's own way.

    `weights`: the steps of a canary. `hold_seconds`: of every step that holds. `checks`: a smoke test. `hook`: the
    program that does the work (it is told the `action`). `instances`: the backends of a rolling update, in order, with
    `shares` of them (equal ones when it is empty). `internal_rule`, `beta_rule`: rules of the flag, by id, that a dark
    launch opens first. `keep_seconds`: how long the old side of blue and green is kept. `drain_seconds`: what an
    instance gets to end its requests.
    """

    strategy: Strategy
    targets: tuple[PlanTarget, ...] = ()
    weights: tuple[int, ...] = ()
    hold_seconds: float | None = None
    checks: tuple[Check, ...] = ()
    hook: Hook | None = None
    analysis: Analysis | None = None
    approval: bool | None = None
    share: bool = True
    checklist: bool = True
    verification: bool = True
    keep_seconds: float = 3_600.0
    drain_seconds: float = 30.0
    instances: tuple[str, ...] = ()
    shares: Mapping[str, int] = field(default_factory=dict)
    internal_rule: str = ""
    beta_rule: str = ""
    downtime: str = ""
    reminder: str = ""


def facts_of(members: Mapping[str, Any]) -> Facts:
    """Read facts from members without problems."""
    facts: Facts = read_members(Facts, FACTS, members)
    return facts


def facts_problems(members: Any) -> list[Problem]:
    """List everything that is wrong with facts; empty means that a plan can be made of them. Never raises for JSON."""
    place = Cursor(members, Scope("facts", {}))
    if is_object(place, SHAPE):
        _suit_the_strategy(place)
    return place.scope.problems


def _suit_the_strategy(place: Cursor) -> None:
    strategy = place.value.get("strategy")
    if strategy not in STRATEGIES:
        return
    for name in place.value:
        if name in SHAPE and name not in COMMON and name not in OWN[strategy]:
            place.at(name).report("misplaced", f"A plan of strategy {strategy!r} has no use for {name!r}.")
    for name in NEEDED[strategy]:
        if place.value.get(name) in (None, [], {}, ""):
            place.at(name).report("missing", f"A plan of strategy {strategy!r} needs {name!r}.")
    _agree(place)
    if strategy != "rolling":
        _names_no_instance(place.at("checks"), strategy)
    if strategy in _ONE_TARGET:
        _has_one_target(place.at("targets"), _ONE_TARGET[strategy], strategy)


def _names_no_instance(place: Cursor, strategy: str) -> None:
    for check in objects(place):
        if isinstance(check.value.get("url"), str) and INSTANCE in check.value["url"]:
            check.at("url").report("misplaced", f"A plan of strategy {strategy!r} has no instances to name.")


def _has_one_target(place: Cursor, kind: str, strategy: str) -> None:
    found = [target.value.get("kind") for target in objects(place)]
    if found and found != [kind]:
        words = {"flag": "one flag", "split": "one traffic split"}[kind]
        place.report("wrong-targets", f"A plan of strategy {strategy!r} moves exactly {words}.")


def _targets(place: Cursor) -> None:
    targets(place)
    for target in objects(place):
        name = target.value.get("name")
        if isinstance(name, str) and len(name) > MAX_NAME:
            target.at("name").report("wrong-length", f"This may have {MAX_NAME} characters, not {len(name)}.")


def _weights(place: Cursor) -> None:
    if not is_list(place, MAX_STEPS, least=1):
        return
    for item in place.items():
        whole(1, WHOLE)(item)
    numbers = [weight for weight in place.value if type(weight) is int]
    if numbers != sorted(set(numbers)):
        place.report("wrong-order", "The weights must grow from step to step.")
    elif numbers and numbers[-1] != WHOLE:
        place.report("wrong-end", f"The last step must move everybody: {WHOLE}, not {shown(numbers[-1])}.")


def _instances(place: Cursor) -> None:
    if not is_list(place, MAX_INSTANCES):
        return
    if len(place.value) == 1:
        place.report("too-few", "Two instances are needed: one serves while the other is updated.")
    for item in place.items():
        if not is_key(item.value):
            item.report("bad-name", f"An instance is a backend of the traffic split; {shown(item.value)} is no name.")
    unique(((item, item.value) for item in place.items() if isinstance(item.value, str)), "The instance")


def _shares(place: Cursor) -> None:
    if not isinstance(place.value, dict):
        place.wrong("an object: names of instances and their weights")
        return
    for share in place.members():
        whole(1, WHOLE)(share)
    total = sum(share for share in place.value.values() if type(share) is int)
    if place.value and total != WHOLE:
        place.report("wrong-sum", f"The weights add up to {shown(total)}, not to {WHOLE}.")


def _agree(place: Cursor) -> None:
    """Compare shares with the instances; each must be named in both."""
    shares, instances = place.value.get("shares"), place.value.get("instances")
    if isinstance(shares, dict) and shares and isinstance(instances, list):
        for name in sorted(shares.keys() ^ {each for each in instances if isinstance(each, str)}):
            place.at("shares").report("wrong-instances", f"{shown(name)} must stand in 'instances' and 'shares' alike.")


def _checks(place: Cursor) -> None:
    """Check a smoke test; the address of a check may name the instance."""
    checks(replace(place, value=_with_instance(place.value)))


def _with_instance(value: Any) -> Any:
    if not isinstance(value, list):
        return value
    return [dict(_addressed(item)) if isinstance(item, dict) else item for item in value]


def _addressed(check: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in check.items():
        yield name, value.replace(INSTANCE, "instance") if name == "url" and isinstance(value, str) else value


COMMON = frozenset({"strategy", "targets", "checks", "analysis", "checklist", "verification", "downtime", "reminder"})
"""Facts that mean something to every strategy."""

OWN: Mapping[str, frozenset[str]] = {
    "canary": frozenset({"weights", "hold", "approval", "share"}),
    "blue-green": frozenset({"hook", "keep", "approval", "share"}),
    "rolling": frozenset({"hook", "hold", "drain", "instances", "shares", "share"}),
    "recreate": frozenset({"hook", "hold", "approval"}),
    "dark-launch": frozenset({"hold", "approval", "share", "internalRule", "betaRule"}),
}
"""Facts that only this strategy has a use for, beside `COMMON`."""

NEEDED: Mapping[str, tuple[str, ...]] = {
    "canary": ("targets",),
    "blue-green": ("targets",),
    "rolling": ("targets", "instances", "hook"),
    "recreate": ("hook",),
    "dark-launch": ("targets",),
}

_ONE_TARGET = {"rolling": "split", "dark-launch": "flag"}
_RULE = text(KEY_LENGTH, least=0)
_HOLD = duration(0, MAX_WAIT)

SHAPE: Shape = {
    "strategy": Member(one_of(*STRATEGIES), required=True),
    "targets": Member(_targets),
    "weights": Member(_weights),
    "hold": Member(_HOLD, nullable=True),
    "checks": Member(_checks),
    "hook": Member(hook, nullable=True),
    "analysis": Member(analysis, nullable=True),
    "approval": Member(boolean, nullable=True),
    "share": Member(boolean),
    "checklist": Member(boolean),
    "verification": Member(boolean),
    "keep": Member(_HOLD),
    "drain": Member(_HOLD),
    "instances": Member(_instances),
    "shares": Member(_shares),
    "internalRule": Member(_RULE),
    "betaRule": Member(_RULE),
    "downtime": Member(NOTE),
    "reminder": Member(NOTE),
}

FACTS: Table = {
    "strategy": plain_member("strategy"),
    "targets": objects_member("targets", PlanTarget, TARGET),
    "weights": list_member("weights"),
    "hold": time_member("hold_seconds"),
    "checks": objects_member("checks", Check, CHECK),
    "hook": object_member("hook", Hook, HOOK),
    "analysis": object_member("analysis", Analysis, ANALYSIS),
    "approval": plain_member("approval"),
    "share": plain_member("share"),
    "checklist": plain_member("checklist"),
    "verification": plain_member("verification"),
    "keep": time_member("keep_seconds"),
    "drain": time_member("drain_seconds"),
    "instances": list_member("instances"),
    "shares": mapping_member("shares"),
    "internalRule": plain_member("internal_rule"),
    "betaRule": plain_member("beta_rule"),
    "downtime": plain_member("downtime"),
    "reminder": plain_member("reminder"),
}
