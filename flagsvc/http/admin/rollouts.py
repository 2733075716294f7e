"""Rollouts: /api/v1/environments/{environment}/rollouts, their log, and what is asked of them."""

from dataclasses import replace

from flagsvc.domain.members import ROLLOUT
from flagsvc.domain.rollouts.events import Order
from flagsvc.http.admin.documents import ROOT
from flagsvc.http.call import Answer, Call
from flagsvc.http.conditional import etag
from flagsvc.http.looking import look_of
from flagsvc.http.operation import Operations
from flagsvc.http.parameters import DocumentQuery, PageQuery, RolloutQuery, WriteQuery
from flagsvc.http.rendering import REVISION_HEADER, listed, written
from flagsvc.http.schemas.rollout_lines import RolloutLinePage
from flagsvc.http.schemas.rollouts import Rollout, RolloutCreate, RolloutLogPage, RolloutPage, RolloutWritten, Said
from flagsvc.http.schemas.timelines import Timeline, TimelineQuery
from flagsvc.http.schemas.writes import json_body
from flagsvc.usecases import preflight, rollouts, rollouts_everywhere

COLLECTION = f"{ROOT}/rollouts"
ITEM = f"{COLLECTION}/{{key}}"
_PLAN = {
    "strategy": "canary",
    "targets": [
        {"name": "edge", "kind": "split", "key": "checkout", "candidate": "canary", "baseline": "stable"},
    ],
    "steps": [
        {"name": "5 %", "weights": {"edge": 5000}, "hold": "15m"},
        {"name": "everybody", "weights": {"edge": 100_000}},
    ],
}

operations = Operations("Rollouts")


@operations(f"GET {COLLECTION}", "List rollouts", answer=RolloutPage, query=DocumentQuery)
def list_rollouts(call: Call) -> Answer:
    """By key, those that have ended, too; each with where it stands."""
    return listed(call, rollouts.list_rollouts(call.store, call.environment, call.page()))


@operations(
    "GET /api/v1/rollouts",
    "List the rollouts of all environments",
    answer=RolloutLinePage,
    query=RolloutQuery,
    everywhere=True,
    errors=("not-found",),
)
def list_all_rollouts(call: Call) -> Answer:
    """List them newest first, of open environments; each says whether somebody has to look at it now, and why."""
    query = call.query
    found = rollouts_everywhere.list_all_rollouts(
        call.store, call.paging(), state=query.state, environment=query.environment
    )
    return listed(call, found)


@operations(f"GET {ITEM}", "Read a rollout", answer=Rollout)
def get_rollout(call: Call) -> Answer:
    """With where it stands; `status` changes without the version, so this never answers 304."""
    found = rollouts.get_rollout(call.store, call.ref(ROLLOUT))
    return Answer(found.document, 200, {"ETag": etag(found.version), REVISION_HEADER: str(found.revision)})


@operations(
    f"POST {COLLECTION}",
    "Begin a rollout",
    name="createRollout",
    answer=RolloutWritten,
    success=201,
    query=WriteQuery,
    body=json_body(RolloutCreate),
    example={"plan": _PLAN, "deployment": {"version": "2.4.0", "commit": "9f1c2ab", "deployer": "ci"}},
    writes=True,
    errors=("exists", "rollout-active", "held-back", "not-found"),
)
def create_rollout(call: Call) -> Answer:
    """At once, or at `startAt`. The plan is copied: later edits of a plan change no rollout that has begun."""
    bounds = preflight.fixed_bounds(call.store, call.environment, call.body, look_of(call))
    result = rollouts.create_rollout(call.store, call.intent, call.environment, call.body, bounds)
    key = (result.document or {}).get("key", "")
    return written(call, result, f"{COLLECTION}/{key}".format(**call.path))


@operations(f"GET {ITEM}/log", "List what moved a rollout", answer=RolloutLogPage, query=PageQuery)
def list_rollout_log(call: Call) -> Answer:
    """Newest first: every event that changed its state, with its inputs, so that each decision can be replayed."""
    return listed(call, rollouts.rollout_log(call.store, call.ref(ROLLOUT), call.paging()))


@operations(
    f"GET {ITEM}/timeline", "Read a rollout as a chart", name="getRolloutTimeline", answer=Timeline, query=TimelineQuery
)
def get_rollout_timeline(call: Call) -> Answer:
    """Its log told once more: weights, shares, evidence and rates over time, what is marked on them, and the bounds.

    Thinned evenly to `points`, the first, the last and those around each marker kept; the last one is the rollout now.
    """
    return Answer(call.services.timelines.read(call.store, call.environment, call.key, call.query.points))


def _commanded(call: Call, order: Order, gate: str = "") -> Answer:
    body = call.body or {}
    intent = replace(call.intent, override=body.get("override"))
    reason = str(body.get("reason") or "")
    return written(call, rollouts.command(call.store, intent, call.ref(ROLLOUT), order, gate, reason))


def _add_order(order: Order, summary: str, description: str) -> None:
    def ask(call: Call) -> Answer:
        return _commanded(call, order)

    ask.__doc__ = description
    words = "".join(word.capitalize() for word in order.split("-"))
    register = operations(
        f"POST {ITEM}/{order}",
        summary,
        name=f"{words[0].lower()}{words[1:]}Rollout",
        answer=RolloutWritten,
        query=WriteQuery,
        body=json_body(Said),
        bodiless=True,
        example={"reason": "looks good"},
        writes=True,
        errors=("wrong-phase", "held-back"),
    )
    register(ask)


_ORDERS: tuple[tuple[Order, str, str], ...] = (
    ("start", "Start a scheduled rollout now", "Before its `startAt`."),
    ("pause", "Pause a rollout", "Weights stay as they are; a candidate that turns out bad is still rolled back."),
    ("resume", "Resume a paused rollout", "Go on where it was paused; the hold went on meanwhile."),
    ("promote", "End the step under way", "Whatever its hold, gates and verdict wait for; the next step begins."),
    ("promote-full", "Go to the last step", "At once; what would be left out must be nothing but weights."),
    ("retry", "Try the step under way again", "Its weights, its hook and its gates, after a pause."),
    ("abort", "Abort a rollout", "Everything goes back to what it was before, the last target first."),
    ("roll-back", "Roll a rollout back", "Everything goes back to what it was before, the last target first."),
)
for _order in _ORDERS:
    _add_order(*_order)


def _add_gate(order: Order, summary: str) -> None:
    def ask(call: Call) -> Answer:
        return _commanded(call, order, call.path["gate"])

    ask.__doc__ = "An approval, an item of a checklist, or any other open gate but an analysis."
    register = operations(
        f"POST {ITEM}/gates/{{gate}}/{order}",
        summary,
        name=f"{order}Gate",
        answer=RolloutWritten,
        query=WriteQuery,
        body=json_body(Said),
        bodiless=True,
        example={"reason": "checked by hand"},
        writes=True,
        errors=("wrong-phase",),
    )
    register(ask)


_add_gate("pass", "Pass a gate")
_add_gate("fail", "Fail a gate")
