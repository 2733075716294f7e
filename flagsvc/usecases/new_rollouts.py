"""A rollout before it begins: what its document says, what must hold for what it moves, and its first state."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from flagsdk.core.validate import nearest
from flagsdk.wire import canonical
from flagsvc.domain.errors import Fault, Invalid, NotFound
from flagsvc.domain.instants import moment_of
from flagsvc.domain.members import ROLLOUT, pointer_to, unknown_member
from flagsvc.domain.records import Ref
from flagsvc.domain.rollouts.check import plan_problems
from flagsvc.domain.rollouts.deployment import moment
from flagsvc.domain.rollouts.filling import filled, with_bounds
from flagsvc.domain.rollouts.machine import scheduled
from flagsvc.domain.rollouts.places import place_of
from flagsvc.domain.rollouts.plan import Plan, PlanTarget
from flagsvc.domain.rollouts.reading import plan_members, plan_of, plan_part
from flagsvc.domain.rollouts.records import LogEntry, StoredRollout
from flagsvc.domain.rollouts.replay import created_text
from flagsvc.domain.rollouts.text import text_of_notes, text_of_state
from flagsvc.ports import Transaction, View
from flagsvc.usecases.driving import drivers_of
from flagsvc.usecases.intent import Intent
from flagsvc.usecases.reading import NOUNS, members_of

MEMBERS = ("key", "name", "description", "owner", "plan", "planKey", "deployment", "startAt", "override")
DEPLOYMENT = ("version", "commit", "deployer", "url")


def new_members(
    tx: Transaction, intent: Intent, environment: str, body: Mapping[str, Any], bounds: Mapping[str, float]
) -> dict[str, Any]:
    """Make the members of a new rollout's document; raises Invalid with what is wrong with the body, and NotFound."""
    faults = [unknown_member(name, MEMBERS) for name in body if name not in MEMBERS]
    plan, at = plan_given(tx, environment, body)
    faults += [Fault(at + problem.pointer, problem.code, problem.detail) for problem in plan_problems(plan)]
    faults += list(_deployment_faults(body.get("deployment")))
    if faults:
        raise Invalid(faults)
    ready = with_bounds(filled(environment, plan_of(plan)), bounds)
    if unbounded := list(_unbounded(ready, at)):
        raise Invalid(unbounded)
    frozen = plan_members(ready)
    texts = {name: body[name] for name in ("name", "description", "owner") if body.get(name)}
    origin = {"planKey": body["planKey"]} if body.get("planKey") else {}
    return {
        "key": body.get("key") or _free_key(tx, environment, frozen),
        "tags": [],
        **texts,
        **origin,
        "plan": frozen,
        "deployment": {**(body.get("deployment") or {}), "status": "scheduled"},
        "startAt": body.get("startAt"),
        "override": None,
        "startedBy": intent.actor.name,
    }


def _unbounded(plan: Plan, at: str) -> Iterator[Fault]:
    for index, metric in enumerate(plan.analysis.metrics if plan.analysis else ()):
        if metric.kind == "latency" and not metric.bound_seconds:
            detail = f"{metric.source} cannot say how slow the baseline is: say in 'bound' what is slow."
            yield Fault(at + pointer_to("analysis", "metrics", index, "bound"), "no-bound", detail)


def plan_given(view: View, environment: str, body: Mapping[str, Any]) -> tuple[dict[str, Any], str]:
    """Give the members of the plan that a body means, and their place in it; raises Invalid and NotFound."""
    if (body.get("plan") is None) == (body.get("planKey") is None):
        raise Invalid([Fault("/plan", "missing", "Give one of `plan` and `planKey`.")])
    if body.get("plan") is not None:
        return body["plan"], "/plan"
    document = view.document(Ref(environment, "plan", str(body["planKey"])))
    if document is None or document.archived:
        raise NotFound("plan", str(body["planKey"]), environment)
    return plan_part(members_of(document)), "/planKey"


def _deployment_faults(deployment: Any) -> Iterator[Fault]:
    for name, value in (deployment or {}).items():
        if name not in DEPLOYMENT:
            yield unknown_member(name, DEPLOYMENT)._replace(pointer=pointer_to("deployment", name))
        elif not isinstance(value, str):
            yield Fault(pointer_to("deployment", name), "wrong-type", "Expected a text.")


def _free_key(tx: Transaction, environment: str, plan: Mapping[str, Any]) -> str:
    stem = str(plan["targets"][0]["key"] if plan["targets"] else plan["strategy"])[:90]
    number = 1
    while tx.document(Ref(environment, ROLLOUT, f"{stem}-{number}")) is not None:
        number += 1
    return f"{stem}-{number}"


def demand_movable(tx: Transaction, environment: str, plan: Plan) -> None:
    """Pass where every target is there, switched on, and nobody else's; all faults at once."""
    faults = []
    for index, target in enumerate(plan.targets):
        pointer = pointer_to("plan", "targets", index)
        faults += [
            Fault(pointer + place, code, detail) for place, code, detail in _target_faults(tx, environment, target)
        ]
        for driver in drivers_of(tx, Ref(environment, target.kind, target.key)):
            if driver.target.rule == target.rule:
                detail = f"The rollout {driver.rollout.key!r} is moving it: let it end, or abort it."
                faults.append(Fault(pointer, "rollout-active", detail))
    if faults:
        raise Invalid(faults)


def _target_faults(tx: Transaction, environment: str, target: PlanTarget) -> Iterator[tuple[str, str, str]]:
    document = tx.document(Ref(environment, target.kind, target.key))
    if document is None or document.archived:
        yield "/key", "unknown-document", f"There is no {NOUNS[target.kind]} {target.key!r} in {environment!r}."
        return
    members = members_of(document)
    names = sorted(members["variants"]) if target.kind == "flag" else members["backends"]
    for place, name in (("/candidate", target.candidate), ("/baseline", target.baseline)):
        if name not in names:
            yield place, "unknown-variant", f"There is no {name!r}{nearest(name, names)}"
    if not members["enabled"]:
        yield "/key", "disabled", f"The {NOUNS[target.kind]} {target.key!r} is switched off: switch it on first."
    if place_of(members, target.rule) is None:
        yield "/rule", "unknown-rule", f"There is no rule {target.rule!r}."


def first_state(tx: Transaction, ref: Ref, plan: Plan, start_at: str | None) -> tuple[StoredRollout, LogEntry]:
    """Make the state in which a rollout waits for its start, and the first line of its log."""
    now = tx.seconds()
    state = scheduled(plan, start_seconds(start_at), now)
    at = moment(now)
    stored = StoredRollout(ref.environment, ref.key, state.phase, text_of_state(state), 1, at)
    made = created_text(state.start_at, now)
    entry = LogEntry(ref.environment, ref.key, 1, at, state.phase, made, text_of_notes(()), canonical([]))
    return stored, entry


def start_seconds(start_at: str | None) -> float:
    """Read when a rollout shall start, in Unix seconds: 0 for at once. Raises Invalid."""
    if start_at is None:
        return 0.0
    try:
        moment_at: datetime = moment_of(start_at)
        return moment_at.astimezone(UTC).timestamp() if moment_at.tzinfo else _bad_start()
    except (ValueError, OverflowError):  # the latter for years that only other zones have
        return _bad_start()


def _bad_start() -> float:
    raise Invalid([Fault("/startAt", "wrong-form", "Expected an RFC 3339 time with its offset: 2026-12-01T08:00:00Z.")])
