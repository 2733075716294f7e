"""What changed between two answers about a rollout, one line each. Pure."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from flagsvc.ctl.facts import (
    BACK,
    Json,
    exposure_lines,
    is_over,
    metric_lines,
    open_gates,
    place,
    status_of,
    step_facts,
    step_share,
    warnings_of,
)
from flagsvc.ctl.figures import clean, clock, percent
from flagsvc.ctl.spans import plain


def news(before: Json | None, after: Json, now: datetime) -> list[str]:
    """Say what changed between two answers, one line each with the time; `before` None: everything that is so now."""
    old, new = status_of(before or {}), status_of(after)
    said = [
        *_phase_news(old, new),
        *_frozen_news(old, new),
        *_step_news(old, new, after),
        *_target_news(old, new),
        *_gate_news(old, new),
        *_verdict_news(old, new, after),
    ]
    if is_over(after) is not None and old.get("phase") != new.get("phase"):
        said += [plain(line).strip() for line in exposure_lines(new)]
        said += [f"left to do: {clean(new['reminder'])}"] if is_over(after) and new.get("reminder") else []
    known = warnings_of(old)
    said += [f"warning: {text}" for text in warnings_of(new) if text not in known]
    return [f"{clock(now)} {text}" for text in said]


def _phase_news(old: Json, new: Json) -> Iterator[str]:
    if old.get("phase") != new.get("phase"):
        cause = clean(new.get("cause") or "")
        yield clean(new.get("phase", "unknown")) + (f": {cause}" if cause else "")


def _frozen_news(old: Json, new: Json) -> Iterator[str]:
    was, now = old.get("frozen") or "", new.get("frozen") or ""
    if now != was:
        yield f"held by a freeze: {clean(now)}" if now else "the freeze is over"


def _step_news(old: Json, new: Json, rollout: Json) -> Iterator[str]:
    states = {step.get("number"): step.get("state") for step in old.get("steps") or ()}
    steps = new.get("steps") or ()
    for step in steps:
        was, is_ = states.get(step.get("number")), step.get("state")
        if is_ not in {was, "next"} and (is_ == "done" or new.get("phase") not in BACK):
            share = step_share(step, new)
            facts = "".join(f", {fact}" for fact in step_facts(step, share))
            yield f"step {step.get('number')}/{len(steps)} {'done' if is_ == 'done' else 'begins'}: {share}{facts}"
            if is_ == "current" and step.get("say"):
                yield clean(step["say"])


def _target_news(old: Json, new: Json) -> Iterator[str]:
    known = {each.get("name"): (each.get("weight"), each.get("standing")) for each in old.get("targets") or ()}
    for target in new.get("targets") or ():
        now = (target.get("weight"), target.get("standing"))
        if now != known.get(target.get("name"), (None, "idle")):
            weight = "" if now[0] is None else f" {clean(target.get('candidate'))} {percent(now[0])}"
            yield f"{place(target)}{weight} {clean(now[1] or '')}"


def _gate_news(old: Json, new: Json) -> Iterator[str]:
    known = {name: gate.get("standing") for name, gate in _all_gates(old).items()}
    for name, gate in _all_gates(new).items():
        if gate.get("standing") != known.get(name, "") and _told(gate, new):
            by, detail = clean(gate.get("by") or ""), clean(gate.get("detail") or "")
            said = (f" by {by}" if by else "") + (f": {detail}" if detail else "")
            yield f"gate {clean(gate.get('name', ''))} {clean(gate.get('standing') or '')}{said}"


def _all_gates(status: Json) -> dict[tuple[Any, Any], Json]:
    found = {("", gate.get("name")): gate for gate in status.get("gates") or ()}
    steps = status.get("steps") or ()
    of_steps = {(step.get("number"), gate.get("name")): gate for step in steps for gate in step.get("gates") or ()}
    shown = {name for _, name in of_steps}
    return of_steps | {key: gate for key, gate in found.items() if key[1] not in shown}


def _told(gate: Json, status: Json) -> bool:
    """Leave out gates that are open only because their step has not come."""
    return gate.get("standing") in {"passed", "failed"} or any(
        gate.get("name") == each.get("name") for each in open_gates(status)
    )


def _verdict_news(old: Json, new: Json, rollout: Json) -> Iterator[str]:
    was, now = (old.get("verdict") or {}).get("kind", "unknown"), new.get("verdict") or {}
    if now.get("kind", "unknown") != was:
        yield f"{now.get('kind')}: {clean(now.get('reason') or '')}"
        yield from (plain(line) for line in metric_lines(rollout))
