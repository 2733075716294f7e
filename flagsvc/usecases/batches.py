"""Ask what many units would get, as a distribution: now, at any moment of the history, or after a draft."""

from collections.abc import Mapping, Sequence
from typing import Any

from flagsdk.core.outcome import Outcome
from flagsdk.core.snapshot import Snapshot
from flagsvc.domain.tallies import counts_of, draft_of, split_of
from flagsvc.ports import Store
from flagsvc.usecases.conditions import demand_clean
from flagsvc.usecases.evaluations import KINDS, context_of, question_of, scene_of
from flagsvc.usecases.intent import Intent

MEMBERS = {*KINDS, "units", "by", "context", "revision", "at", "draft", "details"}
Contexts = Sequence[tuple[str, Mapping[str, Any]]]


def evaluate_batch(
    store: Store, environment: str, body: Mapping[str, Any], intent: Intent | None = None
) -> dict[str, Any]:
    """Decide one flag or traffic split for up to many units, each once however often it is named; nothing is kept.

    `body`: {"flag" or "split": key, "units": [texts], "by": the attribute that a unit is (the targeting key),
    "context": what all have in common, "revision" or "at", "draft": what would be saved, "details": bool}. A draft
    needs the intent of a dry run. Raises NotFound, Invalid, and what saving the draft would raise.
    """
    demand_clean(body)
    kind, key = question_of(body, MEMBERS)
    by, common = body.get("by") or "targetingKey", context_of(body)
    scene = scene_of(store, environment, kind, key, body, intent)
    contexts = [(unit, {**common, by: unit}) for unit in dict.fromkeys(body["units"])]
    before = _outcomes(scene.now, kind, key, contexts)
    after = _outcomes(scene.then, kind, key, contexts) if scene.then else None
    split = split_of(before)
    return {
        "environment": environment,
        "revision": scene.now.revision,
        "units": len(contexts),
        "counts": counts_of(before),
        "errors": sum(outcome.error is not None for outcome in before),
        "split": split,
        "expected": split and split["expected"],
        "chiSquare": split and split["chiSquare"],
        "draft": draft_of(before, after) if after else None,
        **({"items": _items(contexts, before, after)} if body.get("details") else {}),
    }


def _outcomes(snapshot: Snapshot, kind: str, key: str, contexts: Contexts) -> list[Outcome]:
    decide = snapshot.decide[key] if kind == "flag" else snapshot.cohorts[key]
    return [decide(context) for _, context in contexts]


def _items(contexts: Contexts, before: Sequence[Outcome], after: Sequence[Outcome] | None) -> list[dict[str, Any]]:
    items = [
        {
            "unit": unit,
            "variant": outcome.variant,
            "reason": outcome.reason,
            "rule": outcome.rule,
            "bucket": outcome.bucket(context),
        }
        for (unit, context), outcome in zip(contexts, before, strict=True)
    ]
    if after is None:
        return items
    return [{**item, "draftVariant": then.variant} for item, then in zip(items, after, strict=True)]
