"""From what a caller sends to the document that would be stored: defaults filled in, server-owned members added."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flagsvc.domain.errors import Fault
from flagsvc.domain.members import (
    BINDING,
    CONFIGURATION,
    CONFIGURED,
    DEFINED,
    DEFINITION,
    ENVIRONMENT,
    FREEZE,
    PLAN,
    SEGMENT,
    SPLIT,
    completed,
    environment_faults,
    fixed_faults,
    unknown_members,
)
from flagsvc.domain.rollouts.check import plan_problems
from flagsvc.domain.rollouts.reading import plan_members, plan_of, plan_part
from flagsvc.domain.shaping import SALT_LENGTH, Shaper

_POLICY = ("enabled", "drift", "onFailure", "deadlineSeconds")
Body = Mapping[str, Any]
Mint = Callable[[], str]


@dataclass(frozen=True, slots=True)
class Draft:
    """A document about to be stored, what is wrong with the request already, and which splits would be drawn anew."""

    document: dict[str, Any]
    faults: list[Fault] = field(default_factory=list)
    redrawn: list[str] = field(default_factory=list)


def environment_draft(body: Body, before: Body) -> Draft:
    """Draft an environment; `before` is {} at creation."""
    document = completed(ENVIRONMENT, {**_fixed(before, ("key",)), **body})
    return Draft(document, environment_faults(body) + _fixed_faults(ENVIRONMENT, body, before))


def definition_draft(body: Body, before: Body, mint: Mint, now: str) -> Draft:
    """Draft what a flag has for all environments; a boolean flag has variants on and off unless it says otherwise."""
    kept = _fixed(before, ("key", "type", "salt"))
    document = completed(DEFINITION, {**kept, **_without_nulls(body, ("type", "salt", "key"))})
    document["createdAt"] = before.get("createdAt", now)
    document.setdefault("salt", mint()[:SALT_LENGTH])
    if document.get("type") == "boolean":
        document.setdefault("variants", {"on": True, "off": False})
    return Draft(document, unknown_members(DEFINITION, body) + _fixed_faults(DEFINITION, body, before))


def configuration_draft(body: Body, before: Body, definition: Body, mint: Mint) -> Draft:
    """Draft a flag in one environment: the definition as it is, with the configuration that is sent."""
    sent = {name: body[name] for name in CONFIGURED if body.get(name) is not None}
    document = {**completed(CONFIGURATION, sent), **{name: definition[name] for name in DEFINED if name in definition}}
    variants = definition.get("variants")
    off = default_off(variants if isinstance(variants, Mapping) else {})
    document.setdefault("offVariant", off)
    document.setdefault("default", {"serve": default_on(definition, document["offVariant"])})
    shaper = Shaper(before, str(definition.get("salt")), _name(document["offVariant"]), mint)
    faults = unknown_members(CONFIGURATION, body) + fixed_faults(CONFIGURATION, body, definition)
    return Draft(shaper.shape(document), faults, shaper.redrawn)


def segment_draft(body: Body, before: Body) -> Draft:
    """Draft a segment."""
    return Draft(completed(SEGMENT, {**_fixed(before, ("key",)), **body}), _fixed_faults(SEGMENT, body, before))


def split_draft(body: Body, before: Body, mint: Mint) -> Draft:
    """Draft a traffic split: everybody gets the stable backend unless it says otherwise."""
    document = completed(SPLIT, {**_fixed(before, ("key", "salt")), **_without_nulls(body, ("salt", "default"))})
    document.setdefault("salt", mint()[:SALT_LENGTH])
    document.setdefault("default", {"serve": document.get("stable")})
    shaper = Shaper(before, str(document["salt"]), _name(document.get("stable")), mint)
    return Draft(shaper.shape(document), _fixed_faults(SPLIT, body, before), shaper.redrawn)


def binding_draft(body: Body, before: Body) -> Draft:
    """Draft a binding; `attempt` is 0 at first, and stays as it is."""
    document = completed(BINDING, {**_fixed(before, ("key",)), **_without_nulls(body, ("key", *_POLICY))})
    document["attempt"] = before.get("attempt", 0)
    return Draft(document, _fixed_faults(BINDING, body, before))


def plan_draft(body: Body, before: Body) -> Draft:
    """Draft a plan; one that is sound gets the form that equal plans share, defaults told where they matter."""
    document = completed(PLAN, {**_fixed(before, ("key",)), **_without_nulls(body, ("key",))})
    members = plan_part(document)
    if not plan_problems(members):
        texts = {name: value for name, value in document.items() if name not in members}
        document = {**texts, **plan_members(plan_of(members))}
    return Draft(document, _fixed_faults(PLAN, body, before))


def freeze_draft(body: Body, before: Body) -> Draft:
    """Draft a freeze."""
    return Draft(completed(FREEZE, {**_fixed(before, ("key",)), **body}), _fixed_faults(FREEZE, body, before))


def default_off(variants: Body) -> str:
    """Name the off variant of a flag that has none: off, control, a false value, or else the first name."""
    falses = sorted(name for name, value in variants.items() if value is False)
    named = [name for name in ("off", "control") if name in variants]
    return next(iter([*named, *falses, *sorted(variants)]), "off")


def default_on(definition: Body, off: str) -> str:
    """Name what an enabled flag serves unless it says otherwise: true for a boolean flag, else its off variant."""
    variants = definition.get("variants")
    trues = sorted(name for name, value in variants.items() if value is True) if isinstance(variants, Mapping) else []
    return trues[0] if trues and definition.get("type") == "boolean" else off


def _fixed(before: Body, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: before[name] for name in names if name in before}


def _fixed_faults(kind: str, body: Body, before: Body) -> list[Fault]:
    return fixed_faults(kind, body, before) if before else []


def _without_nulls(body: Body, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if value is not None or name not in names}


def _name(value: Any) -> str | None:
    return value if isinstance(value, str) else None
