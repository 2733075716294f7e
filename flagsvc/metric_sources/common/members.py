"""What a query has to name for each kind of metric: members called like the numbers of an arm."""

from collections.abc import Callable, Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from flagsvc.domain.analysis.arms import arms_of
from flagsvc.domain.analysis.spec import Metric, MetricKind
from flagsvc.domain.calls import CallError

NEEDED: Mapping[MetricKind, tuple[str, ...]] = {
    "errors": ("events", "bad"),
    "latency": ("events", "bad", "far"),
    "mean": ("events", "total", "squares"),
    "ratio": ("events", "total"),
    "value": ("value",),
}
ALLOWED: Mapping[MetricKind, tuple[str, ...]] = {"ratio": ("squares",)}
MEANING = {
    "events": "how many there were",
    "bad": "how many of them were bad",
    "far": "how many of them were slower than 1.5 bounds",
    "total": "the sum over them",
    "squares": "the sum of squares over them",
    "value": "one number",
}

Check = Callable[[str, Any, Mapping[str, str]], None]
"""Passes for a member with that content and those variables; ValueError says what is wrong with it."""


def may_be_absent(metric: Metric, name: str) -> bool:
    """Whether nothing at all is zero, where the events are there: what never happened has no series yet."""
    return name in {"bad", "far"} or (metric.kind == "ratio" and name in {"total", "squares"})


def named(metric: Metric) -> tuple[str, ...]:
    """Give the members of the query that are read, in the order of an arm's numbers; raises CallError: one is missing.

    What is not asked for would count as zero.
    """
    missing = [name for name in NEEDED[metric.kind] if name not in metric.query]
    if missing:
        raise CallError(f"the query has no {missing[0]}", permanent=True)
    return tuple(name for name in MEANING if name in metric.query and name in _known(metric))


def faults(
    metric: Metric, check: Check, *, own: tuple[str, ...] = (), instead: Mapping[MetricKind, str] | None = None
) -> Iterator[str]:
    """Say what is wrong with a query: arms, members that are missing or unknown, and what `check` says of each.

    `own`: further members of this source. `instead`: a member that takes the place of all the needed ones.
    """
    variables: Mapping[str, str] = {}
    try:
        variables = arms_of(metric)["candidate"]
    except ValueError as error:
        yield str(error)
    shortcut = (instead or {}).get(metric.kind)
    known = (*_known(metric), *((shortcut,) if shortcut else ()), *own)
    if shortcut not in metric.query:
        missing = [name for name in NEEDED[metric.kind] if name not in metric.query]
        yield from (f"{name}: is needed: {MEANING[name]}{_or(shortcut)}" for name in missing)
    for name, content in metric.query.items():
        if name == "arms":
            continue
        if name not in known:
            members = ", ".join((*known, "arms"))
            yield f"there is no member {name!r}{_meant(name, known)} for {metric.kind}; members: {members}"
            continue
        try:
            check(name, content, variables)
        except ValueError as error:
            yield f"{name}: {error}"


def _known(metric: Metric) -> tuple[str, ...]:
    return (*NEEDED[metric.kind], *ALLOWED.get(metric.kind, ()))


def _or(shortcut: str | None) -> str:
    return f" (or name a {shortcut} in place of all)" if shortcut else ""


def _meant(word: Any, known: tuple[str, ...]) -> str:
    close = get_close_matches(str(word), known, n=1)
    return f" (do you mean {close[0]!r}?)" if close else ""
