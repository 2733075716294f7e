"""Blue and green: everything to one backend, or to the other, as one call."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flagsdk.core.allocation import WHOLE
from flagsdk.core.validate import nearest
from flagsvc.domain.errors import Fault, Invalid
from flagsvc.domain.members import unknown_member
from flagsvc.domain.records import Ref
from flagsvc.ports import Store, Transaction
from flagsvc.usecases.conditions import demand_clean, demand_live
from flagsvc.usecases.documents import editable, replacement
from flagsvc.usecases.intent import Intent, Written
from flagsvc.usecases.reading import members_of
from flagsvc.usecases.writing import perform, settle

MEMBERS = ("to", "reason")
PAIR = 2


def swap(store: Store, intent: Intent, ref: Ref, body: Mapping[str, Any]) -> Written:
    """Give the backend `body["to"]` everything, or without it the one of two that has nothing.

    Only the default moves; rules, targets and `stable` stay. Where it has everything already, nothing changes.
    `body["reason"]` stands in for a reason that the intent lacks. Raises what `put_document` raises.
    """
    demand_clean(body)
    if unknown := [name for name in body if name not in MEMBERS]:
        raise Invalid([unknown_member(name, MEMBERS) for name in unknown])
    meant = intent if intent.reason.strip() else replace(intent, reason=str(body.get("reason") or ""))

    def work(tx: Transaction) -> Written:
        current = editable(tx, meant, ref)
        demand_live(current)
        document = members_of(current)
        plan = replacement(meant, "swap", current, _swapped(document, body.get("to")))
        try:
            return settle(tx, meant, plan)
        except Invalid as invalid:  # whatever is wrong now, is so because of the backend that was chosen
            raise Invalid([fault._replace(pointer="/to") for fault in invalid.faults]) from None

    return perform(store, meant, [ref.environment], work)


def _swapped(document: dict[str, Any], to: str | None) -> dict[str, Any]:
    owner = _owner(document["default"])
    goal = _other(document["backends"], owner) if to is None else _known(document["backends"], to)
    if goal == owner:
        return document
    weights = {backend: WHOLE if backend == goal else 0 for backend in document["backends"]}
    return {**document, "default": {"split": {**document["default"].get("split", {}), "weights": weights}}}


def _owner(default: Mapping[str, Any]) -> str | None:
    """Name the backend that has everything, if one does."""
    if "split" not in default:
        return str(default["serve"])
    return next((backend for backend, weight in default["split"]["weights"].items() if weight == WHOLE), None)


def _other(backends: list[str], owner: str | None) -> str:
    if len(backends) != PAIR:
        raise Invalid([Fault("/to", "missing", f"There are {len(backends)} backends: say which one gets everything.")])
    if owner is None:
        detail = f"Neither {backends[0]!r} nor {backends[1]!r} has everything: say which one gets it."
        raise Invalid([Fault("/to", "missing", detail)])
    return next(backend for backend in backends if backend != owner)


def _known(backends: list[str], to: str) -> str:
    if to not in backends:
        raise Invalid([Fault("/to", "unknown-backend", f"There is no backend {to!r}{nearest(to, backends)}")])
    return to
