"""What the status of a rollout says, in words: read from the API's JSON, of which any member may be missing."""

from collections.abc import Iterator, Mapping
from typing import Any

from flagsvc.ctl.figures import clean, duration, number, percent, rate
from flagsvc.ctl.spans import BAD, BUSY, GOOD, PLAIN, Line, Span

Json = Mapping[str, Any]

OVER: Mapping[str, bool] = {"succeeded": True, "rolled-back": False, "aborted": False}
"""The phases that nothing follows, and whether the rollout was a success."""
BACK = frozenset({"rolling-back", "rolled-back", "aborted"})
"""The phases of the way back, and where it ends."""
VERDICTS = {"healthy": GOOD, "unhealthy": BAD, "unknown": BUSY}
_SHARES = frozenset({"errors", "latency"})


def status_of(rollout: Json) -> Json:
    """Give what is said about where it is; empty when nothing is."""
    return rollout.get("status") or {}


def is_over(rollout: Json) -> bool | None:
    """Whether the rollout succeeded; None while it is under way."""
    return OVER.get(status_of(rollout).get("phase", ""))


def step_share(step: Json, status: Json) -> str:
    """Write the candidate's weights: one where all targets agree, else each with its name."""
    candidates = {target.get("name"): target.get("candidate") for target in status.get("targets") or ()}
    weights = {name: _weight(value, candidates.get(name)) for name, value in (step.get("weights") or {}).items()}
    known = {name: weight for name, weight in weights.items() if weight is not None}
    if len(set(known.values())) == 1 and len(known) == len(candidates):
        return percent(next(iter(known.values())))
    return ", ".join(f"{clean(name)} {percent(weight)}" for name, weight in known.items())


def _weight(value: Any, candidate: str | None) -> float | None:
    found = value.get(candidate) if isinstance(value, Mapping) else value
    return found if isinstance(found, int | float) else None


def step_facts(step: Json, share: str) -> Iterator[str]:
    """Yield what is to be told of a step beside its share: its name, how long it holds, its gates."""
    name = clean(step.get("name", ""))
    if name and name.replace(" ", "") != share.replace(" ", ""):
        yield name
    if hold := step.get("holdSeconds"):
        yield f"hold {duration(hold)}"
    gates = step.get("gates") or ()
    if not gates or step.get("state") == "current":
        return
    if step.get("state") == "next":
        yield ", ".join(title(gate) for gate in gates)
    elif any(gate.get("standing") for gate in gates):
        yield f"{sum(gate.get('standing') == 'passed' for gate in gates)}/{len(gates)} passed"


def title(gate: Json) -> str:
    """Name a gate for people."""
    return clean(gate.get("title") or gate.get("name") or gate.get("kind") or "gate")


def metric_lines(rollout: Json) -> Iterator[Line]:
    """Yield a line per metric: the candidate's figure against the baseline's, and the verdict."""
    verdict = status_of(rollout).get("verdict") or {}
    metrics = verdict.get("metrics") or ()
    width = max((len(clean(metric.get("metric", ""))) for metric in metrics), default=0)
    for metric in metrics:
        kind = clean(metric.get("kind", "unknown"))
        name = clean(metric.get("metric", ""))
        figures = _figures(metric, _kind_of(rollout, metric.get("metric", "")))
        yield (Span(f"{name:<{width}}  {figures}".rstrip() + "  "), Span(kind, VERDICTS.get(kind, PLAIN)))


def _figures(metric: Json, kind: str) -> str:
    """Write candidate against baseline; shares of requests in percent, everything else as it is."""
    candidate, baseline = metric.get("candidate"), metric.get("baseline")
    if candidate is None and baseline is None:
        return clean(metric.get("detail") or "no data yet")
    write = rate if kind in _SHARES else number
    told = " vs ".join("none" if value is None else write(value) for value in (candidate, baseline))
    return f"{told}  {number(metric['ratio'])} times" if metric.get("ratio") is not None else told


def _kind_of(rollout: Json, metric: str) -> str:
    analysis = (rollout.get("plan") or {}).get("analysis") or {}
    return next((each.get("kind", "") for each in analysis.get("metrics") or () if each.get("name") == metric), "")


def place(target: Json) -> str:
    """Name what a target moves: "flag checkout rule beta"."""
    rule = f" rule {clean(target['rule'])}" if target.get("rule") else ""
    return f"{clean(target.get('kind', ''))} {clean(target.get('key', ''))}{rule}"


def exposure_lines(status: Json) -> Iterator[Line]:
    """Say whom a bad release reached; the interval is the service's, at 95 %."""
    exposure = status.get("exposure") or {}
    if not exposure.get("requests"):
        return
    users = "" if exposure.get("units") is None else f" of at most {number(exposure['units'])} users"
    requests, bad = number(exposure["requests"]), number(exposure.get("bad") or 0)
    excess, low, high = (exposure.get(name) for name in ("excess", "excessLow", "excessHigh"))
    text = (
        f"  blast radius: {requests} requests{users} where judged, {bad} bad: {number(round(excess or 0, 1))} too many"
    )
    if low is not None and high is not None:
        text += f" (95 %: {number(round(low, 1))} to {number(round(high, 1))})"
    yield (Span(text, BAD),)


def warnings_of(status: Json) -> list[str]:
    """List what deserves a second look: of the rollout, and of what is said about the candidate."""
    verdict = status.get("verdict") or {}
    return [clean(text) for text in [*(status.get("warnings") or ()), *(verdict.get("warnings") or ())]]


def open_gates(status: Json) -> list[Json]:
    """List the gates that are waited for now."""
    steps = [step for step in status.get("steps") or () if step.get("state") == "current"]
    found = [*(status.get("gates") or ()), *(gate for step in steps for gate in step.get("gates") or ())]
    return [gate for gate in found if gate.get("standing") == "open"]
