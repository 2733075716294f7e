"""A rollout as a tree of lines. Pure: the JSON of the API and a time in, lines of styled words out."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from flagsvc.ctl.facts import (
    BACK,
    OVER,
    VERDICTS,
    Json,
    exposure_lines,
    metric_lines,
    open_gates,
    place,
    status_of,
    step_facts,
    step_share,
    title,
    warnings_of,
)
from flagsvc.ctl.figures import clean, clock, countdown, duration, moment, percent
from flagsvc.ctl.spans import BAD, BUSY, FAINT, GOOD, PLAIN, STRONG, Line, Span

Branch = tuple[Line, Sequence[Line]]
"""A row, and what hangs below it."""

PHASES: Mapping[str, tuple[str, str]] = {
    "scheduled": ("◷", FAINT),
    "preparing": ("◐", BUSY),
    "moving": ("◐", BUSY),
    "baking": ("◐", BUSY),
    "verifying": ("◐", BUSY),
    "paused": ("‖", BUSY),
    "rolling-back": ("↩", BAD),
    "succeeded": ("✔", GOOD),
    "rolled-back": ("↩", BAD),
    "aborted": ("✘", BAD),
}
"""Mark and style of each phase."""
_GATES = {"open": ("○", BUSY), "passed": ("✔", GOOD), "failed": ("✘", BAD)}


def tree(rollout: Json, environment: str, now: datetime) -> list[Line]:
    """Draw a rollout: `rollout` is what the API answers for it (document and `status`), `now` the service's time."""
    status = status_of(rollout)
    branches = [*_start(rollout), *_steps(rollout), *_end(rollout)]
    return [_head(rollout, environment, now), *_joined(branches), *_remarks(rollout, status)]


def _head(rollout: Json, environment: str, now: datetime) -> Line:
    status = status_of(rollout)
    phase = status.get("phase", "unknown")
    mark, style = PHASES.get(phase, ("?", PLAIN))
    facts = [Span(fact) for fact in _facts(rollout, now)]
    words = [Span(f"{mark} {clean(phase)}", style), *facts]
    name = Span(f"⟳ {clean(rollout.get('key', ''))} @ {environment}", STRONG)
    return (name, *(piece for word in words for piece in (Span("   "), word)))


def _facts(rollout: Json, now: datetime) -> Iterator[str]:
    status = status_of(rollout)
    steps = status.get("steps") or ()
    if release := clean((rollout.get("deployment") or {}).get("version") or ""):
        yield release
    if status.get("step"):
        yield f"step {status['step']}/{len(steps)}"
    target = _leading(status)
    if target is not None and target.get("weight") is not None:
        yield f"target {percent(target['weight'])}"
    if target is not None and target.get("observed") is not None:
        yield f"actual {percent(target['observed'], 1)}"
    if status.get("phase") == "scheduled" and status.get("startAt"):
        yield f"starts {clock(moment(status['startAt']))}"
    elif left := _left(status, now):
        yield left


def _leading(status: Json) -> Json | None:
    """Give the target whose share is told first: one that is observed, else the first."""
    targets = status.get("targets") or ()
    return next((each for each in targets if each.get("observed") is not None), next(iter(targets), None))


def _left(status: Json, now: datetime) -> str:
    if status.get("phase") == "baking" and status.get("holdEndsAt"):
        left = (moment(status["holdEndsAt"]) - now).total_seconds()
        return f"{countdown(left)} left" if left >= 1 else ""
    seconds = (status.get("rollback") or {}).get("seconds")
    if seconds is not None:
        return f"back in {seconds:.1f} s"
    if status.get("phase") in OVER and status.get("startedAt") and status.get("endedAt"):
        taken = moment(status["endedAt"]) - moment(status["startedAt"])
        return f"took {duration(taken.total_seconds())}"
    return ""


def _joined(branches: Sequence[Branch]) -> Iterator[Line]:
    for index, (row, below) in enumerate(branches):
        last = index == len(branches) - 1
        yield (Span("└─ " if last else "├─ ", FAINT), *row)
        for line in below:
            yield (Span("   " if last else "│  ", FAINT), Span("     "), *line)


def _start(rollout: Json) -> Iterator[Branch]:
    status = status_of(rollout)
    if status.get("phase") == "preparing" and status.get("gates"):
        yield (Span("◐ before", BUSY),), [_gate(gate) for gate in status["gates"]]


def _end(rollout: Json) -> Iterator[Branch]:
    status = status_of(rollout)
    if status.get("phase") == "verifying" and status.get("gates"):
        yield (Span("◐ after", BUSY),), [_gate(gate) for gate in status["gates"]]


def _steps(rollout: Json) -> Iterator[Branch]:
    status = status_of(rollout)
    steps = status.get("steps") or ()
    shares = [step_share(step, status) for step in steps]
    width = max((len(share) for share in shares), default=0)
    digits = len(str(len(steps)))
    for step, share in zip(steps, shares, strict=True):
        mark = _mark(step, status)
        facts = step_facts(step, share)
        words = f" {step.get('number', ''):>{digits}}  {share:>{width}}" + "".join(f"   {fact}" for fact in facts)
        style = FAINT if step.get("state") == "next" else PLAIN
        yield (mark, Span(words, style)), [*_below(step, rollout)] if step.get("state") == "current" else ()


def _mark(step: Json, status: Json) -> Span:
    phase = status.get("phase", "")
    match step.get("state"):
        case "done":
            return Span("✔", GOOD)
        case "current" if phase in BACK:
            return Span("✘", BAD)
        case "current":
            return Span(*PHASES.get(phase, ("◐", BUSY)))
        case _:
            return Span("·", FAINT)


def _below(step: Json, rollout: Json) -> Iterator[Line]:
    """Yield what hangs below the step under way: what is said, its hook and gates, then the figures."""
    if step.get("say"):
        yield (Span(clean(step["say"]), STRONG),)
    if hook := step.get("hook"):
        yield _gate({"title": "hook", **hook})
    yield from (_gate(gate) for gate in step.get("gates") or ())
    yield from metric_lines(rollout)


def _gate(gate: Json) -> Line:
    mark, style = _GATES.get(gate.get("standing") or "", ("·", FAINT))
    detail, by = clean(gate.get("detail") or ""), clean(gate.get("by") or "")
    said = "".join([f"  by {by}" if by else "", f"  {detail}" if detail else ""])
    return (Span(mark, style), Span(f" {title(gate)}"), Span(said, FAINT))


def _remarks(rollout: Json, status: Json) -> Iterator[Line]:
    yield from _targets(status)
    if cause := clean(status.get("cause") or ""):
        yield (Span(f"  cause: {cause}", BAD if status.get("phase") in BACK else BUSY),)
    if status.get("phase") in BACK:
        yield from exposure_lines(status)
        if not any(step.get("state") == "current" for step in status.get("steps") or ()):
            yield from ((Span("  "), *line) for line in metric_lines(rollout))
    elif reason := _judged(rollout, status):
        yield (Span(f"  verdict: {reason}", VERDICTS.get(status["verdict"].get("kind", ""), PLAIN)),)
    yield from ((Span(f"  ! {warning}", BUSY),) for warning in warnings_of(status))
    yield from _advice(rollout, status)


def _advice(rollout: Json, status: Json) -> Iterator[Line]:
    """Say what holds it, what a person can do, and at the end what is left to do."""
    if frozen := clean(status.get("frozen") or ""):
        yield (Span(f"  held by a freeze: {frozen}", BUSY),)
    if status.get("phase") == "succeeded" and status.get("reminder"):
        yield (Span(f"  left to do: {clean(status['reminder'])}", STRONG),)
    if status.get("phase") not in OVER and (waiting := _waiting(rollout)):
        yield (Span(f"  {waiting}", STRONG),)


def _judged(rollout: Json, status: Json) -> str:
    """Give the reason of the verdict; "" for what nothing judges."""
    verdict = status.get("verdict") or {}
    judged = (rollout.get("plan") or {}).get("analysis") or verdict.get("metrics")
    return clean(verdict.get("reason") or "") if judged or verdict.get("kind") != "unknown" else ""


def _targets(status: Json) -> Iterator[Line]:
    """Tell the targets where there are several, or where one is not where it shall be."""
    targets = list(status.get("targets") or ())
    if [target.get("standing") for target in targets] in ([each] for each in ("idle", "applied", "back")):
        return
    width = max((len(place(target)) for target in targets), default=0)
    for target in targets:
        yield (Span(f"  {place(target):<{width}}{_shares(target)}  "), Span(clean(target.get("standing", "")), FAINT))


def _shares(target: Json) -> str:
    weight, seen = target.get("weight"), target.get("observed")
    told = "" if weight is None else f"  {clean(target.get('candidate'))} {percent(weight)}"
    return told + ("" if seen is None else f"  actual {percent(seen, 1)}")


def _waiting(rollout: Json) -> str:
    """Say what a person can do now that nothing else will do."""
    status = status_of(rollout)
    if status.get("phase") == "paused":
        return f"paused: flagctl rollout resume {clean(rollout.get('key', ''))}"
    gates = [gate for gate in open_gates(status) if gate.get("kind") in {"approval", "checklist"}]
    if gates:
        key, name = clean(rollout.get("key", "")), clean(gates[0].get("name", ""))
        return f"waits for people: flagctl rollout approve {key} {name}"
    return ""
