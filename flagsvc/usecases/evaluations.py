"""Ask what somebody would get, and why, now or at any moment of the history, or after a draft."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any, NamedTuple

from flagsdk.core.evaluate import evaluate as decide_flag
from flagsdk.core.evaluate import evaluate_split as decide_split
from flagsdk.core.explain import explain
from flagsdk.core.membership import membership
from flagsdk.core.snapshot import Snapshot
from flagsvc.domain.errors import Fault, Invalid, NotFound
from flagsvc.domain.records import Ref, Whole
from flagsvc.ports import Store
from flagsvc.usecases.conditions import demand_clean
from flagsvc.usecases.intent import Intent
from flagsvc.usecases.reading import NOUNS
from flagsvc.usecases.snapshots import whole_of
from flagsvc.usecases.what_if import what_if

KINDS = {"flag": decide_flag, "split": decide_split}
MEMBERS = {*KINDS, "context", "revision", "at", "explain", "draft"}
MEMBERS_OF_ALL = {"context", "flags", "revision", "at"}
MEMBERS_OF_MATCH = {"context", "revision", "at", "draft"}


class Scene(NamedTuple):
    """What a question is asked of: a snapshot, and the one after the draft, if there is one."""

    now: Snapshot
    then: Snapshot | None


def evaluate(store: Store, environment: str, body: Mapping[str, Any], intent: Intent | None = None) -> dict[str, Any]:
    """Decide one flag or traffic split for a context, which is not kept.

    `body`: {"flag" or "split": key, "context": {…}, "revision" or "at" (optional), "explain": bool, "draft": …}.
    Answers {"environment", "revision", "decision"}, with `explain` "trace", and with a draft, which needs the intent
    of a dry run, {"draft": the same after saving it}. Raises NotFound, Invalid, and what saving the draft would raise.
    """
    demand_clean(body)
    kind, key = question_of(body, MEMBERS)
    context = context_of(body)
    scene = scene_of(store, environment, kind, key, body, intent)
    asked = (kind, key, context, bool(body.get("explain")))
    answer = {"environment": environment, "revision": scene.now.revision, **_decided(scene.now, *asked)}
    return {**answer, "draft": _decided(scene.then, *asked)} if scene.then else answer


def evaluate_all(store: Store, environment: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """Decide every flag that is not archived (or those named in `flags`, whatever they are) for one context.

    Answers {"environment", "revision", "items": [{"flag", "decision"}]}, by key. Raises NotFound, Invalid.
    """
    demand_clean(body)
    if faults := _unknown(body, MEMBERS_OF_ALL):
        raise Invalid(faults)
    context = context_of(body)
    snapshot = loaded(whole_at(store, environment, body))
    asked = body.get("flags")
    keys = sorted(snapshot.everything.decide(context)) if asked is None else sorted(set(asked))
    items = [{"flag": key, "decision": asdict(decide_flag(snapshot, key, context))} for key in keys]
    return {"environment": environment, "revision": snapshot.revision, "items": items}


def match_segment(
    store: Store, environment: str, key: str, body: Mapping[str, Any], intent: Intent | None = None
) -> dict[str, Any]:
    """Say whether a context, which is not kept, is in a segment.

    `body`: {"context": {…}, "revision" or "at" (optional), "draft": …}. Answers {"environment", "revision", "matched",
    "trace", "faults"}, and with a draft, which needs the intent of a dry run, {"draft": the same after saving it}.
    Raises NotFound (also where it is archived: no rule can name it), Invalid, and what saving the draft would raise.
    """
    demand_clean(body)
    if faults := _unknown(body, MEMBERS_OF_MATCH):
        raise Invalid(faults)
    context = context_of(body)
    scene = scene_of(store, environment, "segment", key, body, intent)
    found = membership(scene.now, key, context)
    answer = {"environment": environment, "revision": scene.now.revision, **found}
    return {**answer, "draft": membership(scene.then, key, context)} if scene.then else answer


def scene_of(
    store: Store, environment: str, kind: str, key: str, body: Mapping[str, Any], intent: Intent | None
) -> Scene:
    """Find what is asked: the present, a moment of the past, or the present and what a draft would make of it."""
    if body.get("draft") is None:
        whole = whole_at(store, environment, body)
        if f"{kind}/{key}" not in whole.documents:
            raise NotFound(NOUNS[kind], key, environment, _when(body, whole.revision))
        return Scene(loaded(whole), None)
    if intent is None or _is_past(body):
        raise Invalid([Fault("/draft", "not-now", "A draft is compared with the present: leave out revision and at.")])
    found = what_if(store, intent, Ref(environment, kind, key), body["draft"])
    now = loaded(found.now)
    return Scene(now, now.apply(found.then.revision, found.edits()))


def whole_at(store: Store, environment: str, body: Mapping[str, Any]) -> Whole:
    """Read an environment as of the body's `revision` or `at`, or now; raises NotFound, BadQuery."""
    at = body.get("at")
    moment = datetime.fromisoformat(at) if isinstance(at, str) else at
    with store.reading() as view:
        return whole_of(view, environment, body.get("revision"), moment)


def loaded(whole: Whole) -> Snapshot:
    """Make an environment ready for evaluation."""
    return Snapshot.load(whole.environment, whole.epoch, whole.revision, whole.documents)


def question_of(body: Mapping[str, Any], members: set[str]) -> tuple[str, str]:
    """Give the kind and the key of what is asked; raises Invalid."""
    asked = [(kind, body[kind]) for kind in KINDS if body.get(kind) is not None]
    faults = _unknown(body, members)
    if len(asked) != 1 or not isinstance(asked[0][1], str):
        faults.append(Fault("", "missing", "Name exactly one flag or split."))
    if faults:
        raise Invalid(faults)
    return asked[0]


def context_of(body: Mapping[str, Any]) -> dict[str, Any]:
    """Give the context of a body, {} without one; raises Invalid."""
    context = {} if body.get("context") is None else body["context"]
    if not isinstance(context, dict):
        raise Invalid([Fault("/context", "wrong-type", "The context is an object.")])
    return context


def _decided(snapshot: Snapshot, kind: str, key: str, context: Mapping[str, Any], explained: bool) -> dict[str, Any]:  # noqa: FBT001
    decision = asdict(KINDS[kind](snapshot, key, context))
    if not explained:
        return {"decision": decision}
    return {"decision": decision, "trace": explain(snapshot, key, context, kind=kind)}


def _unknown(body: Mapping[str, Any], members: set[str]) -> list[Fault]:
    return [Fault(f"/{name}", "unknown-member", "This has no meaning here.") for name in body if name not in members]


def _is_past(body: Mapping[str, Any]) -> bool:
    return body.get("revision") is not None or body.get("at") is not None


def _when(body: Mapping[str, Any], revision: int) -> str:
    """Say as of when nothing was there; now needs no word."""
    return f" at revision {revision}" if _is_past(body) else ""
