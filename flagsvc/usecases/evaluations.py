"""Ask what somebody would get, and why, now or at any moment of the history."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from flagsdk.core.evaluate import evaluate as decide_flag
from flagsdk.core.evaluate import evaluate_split as decide_split
from flagsdk.core.explain import explain
from flagsdk.core.snapshot import Snapshot
from flagsvc.domain.errors import Fault, Invalid, NotFound
from flagsvc.ports import Store
from flagsvc.usecases.conditions import demand_clean
from flagsvc.usecases.reading import NOUNS
from flagsvc.usecases.snapshots import whole_of

KINDS = {"flag": decide_flag, "split": decide_split}
MEMBERS = {*KINDS, "context", "revision", "at", "explain"}


def evaluate(store: Store, environment: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """Decide one flag or traffic split for a context, which is not kept.

    `body`: {"flag" or "split": key, "context": {…}, "revision" or "at" (optional), "explain": bool}. Answers
    {"environment", "revision", "decision"} and, with `explain`, "trace". Raises NotFound, Invalid.
    """
    demand_clean(body)
    kind, key, context = _question(body)
    at = body.get("at")
    with store.reading() as view:
        moment = datetime.fromisoformat(at) if isinstance(at, str) else at
        whole = whole_of(view, environment, body.get("revision"), moment)
    if f"{kind}/{key}" not in whole.documents:
        raise NotFound(NOUNS[kind], key, environment, _when(body, whole.revision))
    snapshot = Snapshot.load(whole.environment, whole.epoch, whole.revision, whole.documents)
    answer = {"environment": environment, "revision": whole.revision}
    decision = asdict(KINDS[kind](snapshot, key, context))
    if not body.get("explain"):
        return {**answer, "decision": decision}
    return {**answer, "decision": decision, "trace": explain(snapshot, key, context, kind=kind)}


def _when(body: Mapping[str, Any], revision: int) -> str:
    """Say as of when nothing was there; now needs no word."""
    past = body.get("revision") is not None or body.get("at") is not None
    return f" at revision {revision}" if past else ""


def _question(body: Mapping[str, Any]) -> tuple[str, str, Mapping[str, Any]]:
    asked = [(kind, body[kind]) for kind in KINDS if body.get(kind) is not None]
    context = {} if body.get("context") is None else body["context"]
    faults = [Fault(f"/{name}", "unknown-member", "This has no meaning here.") for name in body if name not in MEMBERS]
    if len(asked) != 1 or not isinstance(asked[0][1], str):
        faults.append(Fault("", "missing", "Name exactly one flag or split."))
    if not isinstance(context, dict):
        faults.append(Fault("/context", "wrong-type", "The context is an object."))
    if faults:
        raise Invalid(faults)
    return asked[0][0], asked[0][1], context
