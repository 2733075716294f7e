"""The percentage change, as one call."""

from collections.abc import Mapping
from typing import Any

from flagsvc.domain.errors import Fault, Invalid
from flagsvc.domain.members import unknown_member
from flagsvc.domain.records import Ref
from flagsvc.ports import Store, Transaction
from flagsvc.usecases.conditions import demand_clean, demand_live
from flagsvc.usecases.documents import editable, replacement
from flagsvc.usecases.intent import Intent, Written
from flagsvc.usecases.reading import members_of
from flagsvc.usecases.writing import perform, settle

MEMBERS = ("weights", "rule")


def set_weights(store: Store, intent: Intent, ref: Ref, body: Mapping[str, Any]) -> Written:
    """Give the default, or the rule named by `body["rule"]`, new weights; as few units as possible move.

    A place that serves one variant becomes a split with the document's salt that begins with everybody there.
    Raises what `put_document` raises.
    """

    def work(tx: Transaction) -> Written:
        current = editable(tx, intent, ref)
        demand_live(current)
        plan = replacement(intent, "weights", current, reweighed(members_of(current), body))
        try:
            return settle(tx, intent, plan)
        except Invalid as invalid:
            raise Invalid([_in_request(fault) for fault in invalid.faults]) from None

    demand_clean(body)
    if unknown := [name for name in body if name not in MEMBERS]:
        raise Invalid([unknown_member(name, MEMBERS) for name in unknown])
    return perform(store, intent, [ref.environment], work)


def reweighed(document: dict[str, Any], body: Mapping[str, Any]) -> dict[str, Any]:
    """Give a document new weights at its default, or at the rule `body["rule"]`; raises Invalid for no such rule."""
    rule = body.get("rule")
    if rule is None:
        return {**document, "default": _with_weights(document["default"], body.get("weights"))}
    if rule not in [each["id"] for each in document["rules"]]:
        raise Invalid([Fault("/rule", "unknown-rule", f"There is no rule {rule!r}.")])
    rules = [_with_weights(each, body.get("weights")) if each["id"] == rule else each for each in document["rules"]]
    return {**document, "rules": rules}


def _in_request(fault: Fault) -> Fault:
    """Let a pointer to a split's weights lead to the weights that were sent."""
    _, found, rest = fault.pointer.partition("/split/weights")
    return fault._replace(pointer=f"/weights{rest}") if found else fault


def _with_weights(holder: Mapping[str, Any], weights: Any) -> dict[str, Any]:
    rest = {name: value for name, value in holder.items() if name != "serve"}
    return {**rest, "split": {**holder.get("split", {}), "weights": weights}}
