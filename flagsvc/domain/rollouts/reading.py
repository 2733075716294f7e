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
    plan: Plan = _read(Plan, PLAN, members)
    return plan


def plan_members(plan: Plan) -> dict[str, Any]:
    """Write a plan as members, defaults left out where they say nothing; `plan_of` gives the very same plan back."""
    return _write(PLAN, plan)


def plan_part(document: Members) -> dict[str, Any]:
    """Take from a document of kind "plan" what belongs to the plan: not its key, its texts, or what answers add."""
    return {name: document[name] for name in PLAN if name in document}


def _read(kind: Callable[..., Any], table: Table, members: Members) -> Any:
    given = {name: member for name, member in table.items() if members.get(name) is not None}
    return kind(**{member.attribute: member.read(members[name]) for name, member in given.items()})


def _write(table: Table, value: Any) -> dict[str, Any]:
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


def _plain(attribute: str, *, shown: bool = False) -> Member:
    return Member(attribute, _same, _same, shown)


def _number(attribute: str, *, shown: bool = False) -> Member:
    return Member(attribute, float, _same, shown)


def _time(attribute: str, *, shown: bool = False) -> Member:
    return Member(attribute, seconds_of, duration_of, shown)


def _mapping(attribute: str, *, shown: bool = False) -> Member:
    return Member(attribute, dict, dict, shown)


def _one(attribute: str, kind: Callable[..., Any], table: Table) -> Member:
    return Member(attribute, lambda members: _read(kind, table, members), lambda value: _write(table, value))


def _list(attribute: str, read: Callable[[Any], Any], write: Callable[[Any], Any], *, shown: bool = False) -> Member:
    return Member(attribute, lambda items: tuple(map(read, items)), lambda values: list(map(write, values)), shown)


def _objects(attribute: str, kind: Callable[..., Any], table: Table, *, shown: bool = False) -> Member:
    return _list(
        attribute, lambda members: _read(kind, table, members), lambda value: _write(table, value), shown=shown
    )


def _steps(items: Iterable[Members]) -> tuple[Step, ...]:
    return tuple(_read(Step, STEP, {"name": f"step {number}", **item}) for number, item in enumerate(items, 1))


def _weights(weights: Members) -> dict[str, Any]:
    return {name: dict(weight) if isinstance(weight, Mapping) else weight for name, weight in weights.items()}


def _metric(members: Members) -> Metric:
    metric: Metric = _read(Metric, METRIC, {"guard": GUARDS[members["kind"]], **members})
    return metric


CHECK: Table = {
    "url": _plain("url"),
    "method": _plain("method"),
    "headers": _mapping("headers"),
    "body": _plain("body"),
    "statuses": _list("statuses", _same, _same),
    "contains": _plain("contains"),
    "timeout": _time("timeout_seconds"),
}

HOOK: Table = {
    "url": _plain("url"),
    "body": _mapping("body"),
    "timeout": _time("timeout_seconds"),
    "every": _time("every_seconds"),
    "deadline": _time("deadline_seconds"),
}

GATE: Table = {
    "name": _plain("name"),
    "kind": _plain("kind"),
    "title": _plain("title"),
    "checks": _objects("checks", Check, CHECK),
    "hook": _one("hook", Hook, HOOK),
    "attempts": _plain("attempts"),
    "every": _time("every_seconds"),
    "deadline": _time("deadline_seconds"),
}

TARGET: Table = {
    "name": _plain("name"),
    "kind": _plain("kind"),
    "key": _plain("key"),
    "rule": _plain("rule"),
    "candidate": _plain("candidate"),
    "baseline": _plain("baseline"),
}

STEP: Table = {
    "name": _plain("name"),
    "weights": Member("weights", _weights, _weights, shown=True),
    "hold": _time("hold_seconds", shown=True),
    "gates": _objects("gates", Gate, GATE),
    "hook": _one("hook", Hook, HOOK),
    "undo": _one("undo", Hook, HOOK),
    "say": _plain("say"),
}

METRIC: Table = {
    "name": _plain("name"),
    "kind": _plain("kind"),
    "source": _plain("source"),
    "query": _mapping("query", shown=True),
    "guard": _number("guard", shown=True),
    "weight": _number("weight"),
    "of": _plain("of"),
    "better": _plain("better"),
    "minimum": _number("minimum"),
    "maximum": _number("maximum"),
    "breaches": _plain("breaches"),
    "bound": _time("bound_seconds"),
}

ANALYSIS: Table = {
    "metrics": _list("metrics", _metric, lambda metric: _write(METRIC, metric), shown=True),
    "alpha": _number("alpha", shown=True),
    "beta": _number("beta"),
    "proveRatio": _number("prove_ratio"),
    "nullRatio": _number("null_ratio"),
    "every": _time("every_seconds", shown=True),
    "warmup": _time("warmup_seconds", shown=True),
    "advanceWhen": _plain("advance_when", shown=True),
    "evidence": _plain("evidence", shown=True),
    "onUnknown": _plain("on_unknown", shown=True),
    "unknownFor": _time("unknown_seconds", shown=True),
    "minEvents": _plain("min_events"),
}

PLAN: Table = {
    "format": _plain("format", shown=True),
    "strategy": _plain("strategy"),
    "targets": _objects("targets", PlanTarget, TARGET),
    "before": _objects("before", Gate, GATE),
    "steps": Member("steps", _steps, lambda steps: [_write(STEP, step) for step in steps]),
    "after": _objects("after", Gate, GATE),
    "analysis": _one("analysis", Analysis, ANALYSIS),
    "onFailure": _plain("on_failure", shown=True),
    "applyWithin": _time("apply_seconds", shown=True),
    "cooldown": _time("cooldown_seconds", shown=True),
    "downtime": _plain("downtime"),
    "reminder": _plain("reminder"),
}
