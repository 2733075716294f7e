"""Plans for tests: one that uses every member, and strategies for any that is sound."""

import json
from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

from flagsdk.core.allocation import WHOLE
from flagsvc.domain.analysis.spec import Analysis, Metric
from flagsvc.domain.rollouts.plan import Check, Gate, Hook, Plan, PlanTarget, Step

FULL: Mapping[str, Any] = {
    "format": 1,
    "strategy": "canary",
    "targets": [
        {"name": "edge", "kind": "split", "key": "checkout", "candidate": "canary", "baseline": "stable"},
        {"name": "code", "kind": "flag", "key": "new", "rule": "beta", "candidate": "on", "baseline": "off"},
    ],
    "before": [{"name": "tests", "kind": "checklist", "title": "All tests pass"}],
    "steps": [
        {
            "name": "5 %",
            "weights": {"edge": 5_000, "code": {"on": 5_000, "off": 95_000}},
            "hold": "15m",
            "gates": [
                {"name": "healthy", "kind": "analysis"},
                {"name": "share", "kind": "share", "deadline": "1h"},
                {
                    "name": "smoke",
                    "kind": "smoke",
                    "checks": [
                        {
                            "url": "http://127.0.0.1:8080/health?deep=1",
                            "method": "POST",
                            "headers": {"X-Probe": "1"},
                            "body": "{}",
                            "statuses": [200, 204],
                            "contains": "ok",
                            "timeout": "500ms",
                        }
                    ],
                    "attempts": 5,
                    "every": "10s",
                },
                {
                    "name": "tickets",
                    "kind": "webhook",
                    "hook": {"url": "https://ci.example.com/gate", "body": {"queue": "ops"}, "deadline": "1h"},
                },
            ],
            "hook": {"url": "https://ci.example.com/warm", "timeout": "5s", "every": "10s"},
            "undo": {"url": "https://ci.example.com/cool"},
            "say": "The first users get it",
        },
        {"weights": {"edge": 100_000, "code": 100_000}, "hold": "1h30m"},
    ],
    "after": [{"name": "dashboards", "kind": "approval", "title": "Somebody has looked", "deadline": "1d"}],
    "analysis": {
        "metrics": [
            {"name": "errors", "kind": "errors", "source": "own", "query": {"outcome": "error"}, "of": "units"},
            {"name": "slow", "kind": "latency", "source": "prom", "guard": 1.25, "bound": "250ms", "weight": 2.5},
            {"name": "basket", "kind": "mean", "source": "prom", "guard": 0.1, "better": "lower"},
            {
                "name": "cpu",
                "kind": "value",
                "source": "prom",
                "guard": 0,
                "minimum": 0,
                "maximum": 0.9,
                "breaches": 2,
            },
        ],
        "alpha": 0.02,
        "beta": 0.1,
        "proveRatio": 3,
        "nullRatio": 1.5,
        "every": "30s",
        "warmup": "0s",
        "advanceWhen": "proven_or_no_alarm",
        "evidence": "rollout",
        "onUnknown": "hold",
        "unknownFor": "20m",
        "minEvents": 10,
    },
    "onFailure": "pause",
    "applyWithin": "1m",
    "cooldown": "1h",
    "back": "hooks-first",
    "downtime": "none",
    "reminder": "Remove the flag",
}

PLAIN: Mapping[str, Any] = {
    "strategy": "canary",
    "targets": [{"name": "edge", "kind": "split", "key": "checkout", "candidate": "canary", "baseline": "stable"}],
    "steps": [{"weights": {"edge": WHOLE}}],
}


def changed(members: Mapping[str, Any], pointer: str, value: Any) -> Any:
    """Copy a plan with one place set to another value ("" is the whole, `...` takes the member away)."""
    copy = json.loads(json.dumps(members))
    *way, last = pointer.split("/")[1:] if pointer else [""]
    if not pointer:
        return value
    holder = copy
    for step in way:
        holder = holder[int(step)] if isinstance(holder, list) else holder[step]
    place = int(last) if isinstance(holder, list) else last
    if value is ...:
        del holder[place]
    elif isinstance(holder, list) and place == len(holder):
        holder.append(value)
    else:
        holder[place] = value
    return copy


def seconds(least: float, most: float) -> st.SearchStrategy[float]:
    """Durations as people mean them: microseconds and up."""
    return st.integers(int(least * 1_000_000), int(most * 1_000_000)).map(lambda count: count / 1_000_000)


NAMES = ("edge", "code", "a.b", "web-1", "x_9")
names = st.sampled_from(NAMES)
notes = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
urls = st.sampled_from(
    ["http://127.0.0.1:80", "https://x.example/p?q=%20", "http://[::1]:8080/", "https://x.example?a"]
)
scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | notes
free = st.dictionaries(notes, scalars | st.lists(scalars, max_size=3), max_size=3)
numbers = st.floats(0.001, 100)
headers = st.dictionaries(
    st.sampled_from(["Accept", "X-A"]), st.text(st.characters(min_codepoint=32, max_codepoint=126))
)

checks = st.builds(
    Check,
    url=urls,
    method=st.sampled_from(["GET", "POST"]),
    headers=headers,
    body=notes,
    statuses=st.lists(st.integers(100, 599), min_size=1, max_size=3).map(tuple),
    contains=notes,
    timeout_seconds=seconds(0.1, 60),
)
hooks = st.builds(
    Hook,
    url=urls,
    body=free,
    timeout_seconds=seconds(0.1, 60),
    every_seconds=seconds(1, 3600),
    deadline_seconds=seconds(1, 1e6),
)


@st.composite
def gates(draw: st.DrawFn, kinds: tuple[str, ...]) -> Gate:
    kind = draw(st.sampled_from(kinds))
    return Gate(
        name=draw(names),
        kind=kind,  # type: ignore[arg-type]  # drawn from the words of this type
        title=draw(notes),
        checks=tuple(draw(st.lists(checks, min_size=1, max_size=2))) if kind == "smoke" else (),
        hook=draw(hooks) if kind == "webhook" else None,
        attempts=draw(st.integers(1, 100)),
        every_seconds=draw(seconds(1, 3600)),
        deadline_seconds=draw(seconds(0, 1e6)),
    )


def gate_lists(*kinds: str) -> st.SearchStrategy[tuple[Gate, ...]]:
    return st.lists(gates(kinds), max_size=3, unique_by=lambda gate: gate.name).map(tuple)


@st.composite
def metrics(draw: st.DrawFn) -> Metric:
    kind = draw(st.sampled_from(["errors", "latency", "mean", "ratio", "value"]))
    guards = {"errors": st.floats(1, 100), "latency": st.floats(1, 100), "value": st.just(0.0)}
    return Metric(
        name=draw(names),
        kind=kind,  # type: ignore[arg-type]  # drawn from the words of this type
        source=draw(names),
        query=draw(free),
        guard=draw(guards.get(kind, st.floats(0.001, 9))),
        weight=draw(numbers),
        of=draw(st.sampled_from(["requests", "units"])),
        better=draw(st.sampled_from(["higher", "lower"])) if kind in {"mean", "ratio"} else "higher",
        minimum=draw(st.floats(-1e9, 0)) if kind == "value" else None,
        maximum=draw(st.none() | st.floats(0, 1e9)) if kind == "value" else None,
        breaches=draw(st.integers(1, 100)) if kind == "value" else 3,
        bound_seconds=draw(seconds(0, 3600)) if kind == "latency" else 0.0,
    )


@st.composite
def analyses(draw: st.DrawFn) -> Analysis:
    counted = Metric(name="counted", kind="errors", source="own", guard=2.0)  # so that there is something to prove
    found = draw(st.lists(metrics(), max_size=3, unique_by=lambda metric: metric.name))
    return Analysis(
        metrics=(counted, *found),
        alpha=draw(st.floats(0.001, 0.499)),
        beta=draw(st.floats(0.001, 0.499)),
        prove_ratio=draw(st.floats(1.01, 100)),
        null_ratio=draw(st.floats(1, 100)),
        every_seconds=draw(seconds(1, 3600)),
        warmup_seconds=draw(seconds(0, 3600)),
        advance_when=draw(st.sampled_from(["no_alarm", "proven", "proven_or_no_alarm"])),
        evidence=draw(st.sampled_from(["step", "rollout"])),
        on_unknown=draw(st.sampled_from(["rollback", "hold", "pause"])),
        unknown_seconds=draw(seconds(1, 1e6)),
        min_events=draw(st.integers(1, 1_000_000)),
    )


@st.composite
def weights(draw: st.DrawFn) -> int | dict[str, int]:
    own = draw(st.integers(0, WHOLE))
    return own if draw(st.booleans()) else {"canary": own, "stable": WHOLE - own}


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    """Any plan that is sound."""
    called = draw(st.lists(names, max_size=3, unique=True))
    kinds = st.sampled_from(["flag", "split"])
    targets = tuple(
        PlanTarget(name=name, kind=draw(kinds), key=name, candidate="canary", baseline="stable", rule=draw(notes))  # type: ignore[arg-type]
        for name in called
    )
    analysis = draw(st.none() | analyses())
    measured = ("share", "analysis") if analysis else ("share",)
    steps = st.builds(
        Step,
        name=st.text("abc %", min_size=1, max_size=9),
        weights=st.dictionaries(st.sampled_from(called), weights()) if called else st.just({}),
        hold_seconds=seconds(0, 90 * 86_400),
        gates=gate_lists("approval", "checklist", "smoke", "webhook", *measured),
        hook=st.none() | hooks,
        undo=st.none() | hooks,
        say=notes,
    )
    last = Step(name="all", weights=dict.fromkeys(called, WHOLE))
    return Plan(
        strategy=draw(st.sampled_from(["canary", "blue-green", "rolling", "recreate", "dark-launch"])),
        targets=targets,
        steps=(*draw(st.lists(steps, max_size=3)), last),
        before=draw(gate_lists("approval", "checklist", "smoke", "webhook")),
        after=draw(gate_lists("approval", "smoke", *measured)),
        analysis=analysis,
        on_failure=draw(st.sampled_from(["rollback", "pause"])),
        apply_seconds=draw(seconds(1, 1e6)),
        cooldown_seconds=draw(seconds(0, 1e6)),
        back=draw(st.sampled_from(["traffic-first", "hooks-first"])),
        downtime=draw(notes),
        reminder=draw(notes),
    )


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)
"""Any JSON, and what is none: NaN, the infinities, lone surrogates."""


def places(value: Any, pointer: str = "") -> list[str]:
    """Point to every place of a JSON value."""
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [pointer, *(place for name, part in members for place in places(part, f"{pointer}/{name}"))]
