"""A plan as JSON members and as a frozen value: tables of members, read and written by the same few lines.

`check` judges members before they are read; here everything is taken to be sound.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, Field, fields
from typing import Any, NamedTuple

from flagsvc.domain.analysis.spec import Analysis, Metric
from flagsvc.domain.durations import duration_of, seconds_of
from flagsvc.domain.rollouts.plan import Check, Gate, Hook, Plan, PlanTarget, Step

Members = Mapping[str, Any]

GUARDS: Mapping[str, float] = {"errors": 2.0, "latency": 1.5, "mean": 0.05, "ratio": 0.05, "value": 0.0}
"""The guard of a metric that says none, by its kind."""


class Member(NamedTuple):
    """One member: its attribute, the ways from and to JSON; `shown` is written even where it has its default."""

    attribute: str
    read: Callable[[Any], Any]
    write: Callable[[Any], Any]
    shown: bool = False


Table = Mapping[str, Member]


def plan_of(members: Members) -> Plan:
    """Read a plan from members without problems (`check.plan_problems`); those that no plan has are passed over."""
    plan: Plan = read_members(Plan, PLAN, members)
    return plan


def plan_members(plan: Plan) -> dict[str, Any]:
    """Write a plan as members, defaults left out where they say nothing; `plan_of` gives the very same plan back."""
    return write_members(PLAN, plan)


def plan_part(document: Members) -> dict[str, Any]:
    """Take from a document of kind "plan" what belongs to the plan: not its key, its texts, or what answers add."""
    return {name: document[name] for name in PLAN if name in document}


def read_members(kind: Callable[..., Any], table: Table, members: Members) -> Any:
    """Make a frozen value of those members that the table knows; the others and nulls are passed over."""
    given = {name: member for name, member in table.items() if members.get(name) is not None}
    return kind(**{member.attribute: member.read(members[name]) for name, member in given.items()})


def write_members(table: Table, value: Any) -> dict[str, Any]:
    """Write a frozen value as members; what has its default is left out unless it is to be shown."""
    defaults = {field.name: _default(field) for field in fields(value)}
    return {
        name: member.write(attribute)
        for name, member in table.items()
        if (attribute := getattr(value, member.attribute)) != defaults[member.attribute] or member.shown
    }


def _default(field: Field[Any]) -> Any:
    return field.default_factory() if field.default_factory is not MISSING else field.default


def _same(value: Any) -> Any:
    return value


def plain_member(attribute: str, *, shown: bool = False) -> Member:
    """Make a member that is the attribute: a text, a word, a whole number, true or false."""
    return Member(attribute, _same, _same, shown)


def number_member(attribute: str, *, shown: bool = False) -> Member:
    """Make a member that is a number, whole or not."""
    return Member(attribute, float, _same, shown)


def time_member(attribute: str, *, shown: bool = False) -> Member:
    """Make a member that is a duration: text outside, seconds inside."""
    return Member(attribute, seconds_of, duration_of, shown)


def mapping_member(attribute: str, *, shown: bool = False) -> Member:
    """Make a member that is an object with members of somebody else's choice."""
    return Member(attribute, dict, dict, shown)


def object_member(attribute: str, kind: Callable[..., Any], table: Table) -> Member:
    """Make a member that is an object with a table of its own."""
    return Member(
        attribute, lambda members: read_members(kind, table, members), lambda value: write_members(table, value)
    )


def list_member(
    attribute: str, read: Callable[[Any], Any] = _same, write: Callable[[Any], Any] = _same, *, shown: bool = False
) -> Member:
    """Make a member that is a list, each entry read and written in the same way."""
    return Member(attribute, lambda items: tuple(map(read, items)), lambda values: list(map(write, values)), shown)


def objects_member(attribute: str, kind: Callable[..., Any], table: Table) -> Member:
    """Make a member that is a list of objects, all with the same table."""
    return list_member(
        attribute, lambda members: read_members(kind, table, members), lambda value: write_members(table, value)
    )


def _steps(items: Iterable[Members]) -> tuple[Step, ...]:
    return tuple(read_members(Step, STEP, {"name": f"step {number}", **item}) for number, item in enumerate(items, 1))


def _weights(weights: Members) -> dict[str, Any]:
    return {name: dict(weight) if isinstance(weight, Mapping) else weight for name, weight in weights.items()}


def _metric(members: Members) -> Metric:
    metric: Metric = read_members(Metric, METRIC, {"guard": GUARDS[members["kind"]], **members})
    return metric


CHECK: Table = {
    "url": plain_member("url"),
    "method": plain_member("method"),
    "headers": mapping_member("headers"),
    "body": plain_member("body"),
    "statuses": list_member("statuses"),
    "contains": plain_member("contains"),
    "timeout": time_member("timeout_seconds"),
}

HOOK: Table = {
    "url": plain_member("url"),
    "body": mapping_member("body"),
    "timeout": time_member("timeout_seconds"),
    "every": time_member("every_seconds"),
    "deadline": time_member("deadline_seconds"),
}

GATE: Table = {
    "name": plain_member("name"),
    "kind": plain_member("kind"),
    "title": plain_member("title"),
    "checks": objects_member("checks", Check, CHECK),
    "hook": object_member("hook", Hook, HOOK),
    "attempts": plain_member("attempts"),
    "every": time_member("every_seconds"),
    "deadline": time_member("deadline_seconds"),
}

TARGET: Table = {
    "name": plain_member("name"),
    "kind": plain_member("kind"),
    "key": plain_member("key"),
    "rule": plain_member("rule"),
    "candidate": plain_member("candidate"),
    "baseline": plain_member("baseline"),
}

STEP: Table = {
    "name": plain_member("name"),
    "weights": Member("weights", _weights, _weights, shown=True),
    "hold": time_member("hold_seconds", shown=True),
    "gates": objects_member("gates", Gate, GATE),
    "hook": object_member("hook", Hook, HOOK),
    "undo": object_member("undo", Hook, HOOK),
    "say": plain_member("say"),
}

METRIC: Table = {
    "name": plain_member("name"),
    "kind": plain_member("kind"),
    "source": plain_member("source"),
    "query": mapping_member("query", shown=True),
    "guard": number_member("guard", shown=True),
    "weight": number_member("weight"),
    "of": plain_member("of"),
    "better": plain_member("better"),
    "minimum": number_member("minimum"),
    "maximum": number_member("maximum"),
    "breaches": plain_member("breaches"),
    "bound": time_member("bound_seconds"),
}

ANALYSIS: Table = {
    "metrics": list_member("metrics", _metric, lambda metric: write_members(METRIC, metric), shown=True),
    "alpha": number_member("alpha", shown=True),
    "beta": number_member("beta"),
    "proveRatio": number_member("prove_ratio"),
    "nullRatio": number_member("null_ratio"),
    "every": time_member("every_seconds", shown=True),
    "warmup": time_member("warmup_seconds", shown=True),
    "advanceWhen": plain_member("advance_when", shown=True),
    "evidence": plain_member("evidence", shown=True),
    "onUnknown": plain_member("on_unknown", shown=True),
    "unknownFor": time_member("unknown_seconds", shown=True),
    "minEvents": plain_member("min_events"),
}

PLAN: Table = {
    "format": plain_member("format", shown=True),
    "strategy": plain_member("strategy"),
    "targets": objects_member("targets", PlanTarget, TARGET),
    "before": objects_member("before", Gate, GATE),
    "steps": Member("steps", _steps, lambda steps: [write_members(STEP, step) for step in steps]),
    "after": objects_member("after", Gate, GATE),
    "analysis": object_member("analysis", Analysis, ANALYSIS),
    "onFailure": plain_member("on_failure", shown=True),
    "applyWithin": time_member("apply_seconds", shown=True),
    "cooldown": time_member("cooldown_seconds", shown=True),
    "back": plain_member("back", shown=True),
    "downtime": plain_member("downtime"),
    "reminder": plain_member("reminder"),
}
