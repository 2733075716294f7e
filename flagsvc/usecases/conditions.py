"""Under which conditions a write may go on: the environment's policy, the expected version, and clean input."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from flagsvc.domain.errors import (
    Archived,
    Exists,
    Invalid,
    PreconditionRequired,
    ReasonRequired,
    RerandomiseRequired,
    StaleRevision,
)
from flagsvc.domain.patch import Patch
from flagsvc.domain.records import CATALOG, Document, Ref
from flagsvc.domain.texts import text_faults
from flagsvc.ports import View
from flagsvc.usecases.intent import ABSENT, Intent
from flagsvc.usecases.reading import NOUNS, members_of


def demand_clean(body: Any) -> None:
    """Pass for input that can be stored and read at all; raises Invalid."""
    if faults := list(text_faults(body)):
        raise Invalid(faults)


def edited(patch: Patch, before: Mapping[str, Any]) -> dict[str, Any]:
    """Apply a patch whose result can be stored and read at all; raises BadPatch, Invalid."""
    demand_clean(patch.body)
    body = patch.apply(dict(before))
    demand_clean(body)
    return body


def demand_reason(view: View, intent: Intent, environments: Iterable[str]) -> None:
    """Pass when a reason is given, or none of the environments requires one."""
    demand_clean([intent.reason, intent.actor.name, intent.actor.address, intent.actor.request_id])
    for environment in environments:
        if not intent.reason.strip() and policy_of(view, environment).get("requireReason"):
            raise ReasonRequired(environment)


def demand_version(view: View, intent: Intent, current: Document, environments: Iterable[str]) -> None:
    """Pass when the document is at the version that the writer has seen; on protected environments it must say so."""
    if intent.expected is ABSENT:
        raise Exists(NOUNS[current.ref.kind], current.ref.key, current.ref.environment)
    if isinstance(intent.expected, int) and intent.expected != current.version:
        raise StaleRevision(intent.expected, current.version, current.changed_by)
    if intent.expected is None:
        _demand_unprotected(view, environments)


def demand_revision_seen(view: View, intent: Intent, environment: str, revision: int) -> None:
    """Pass when the whole environment is at the revision that the writer has seen."""
    if isinstance(intent.expected, int) and intent.expected != revision:
        newest = view.change(environment, revision)
        raise StaleRevision(intent.expected, revision, newest.actor.name if newest else "nobody")
    if intent.expected is None:
        _demand_unprotected(view, [environment])


def demand_live(document: Document) -> None:
    """Pass for a document that is not archived."""
    if document.archived:
        raise Archived(NOUNS[document.ref.kind], document.ref.key)


def demand_same_draw(intent: Intent, redrawn: list[str]) -> None:
    """Pass when no split draws its units anew, or that is what is wanted."""
    if redrawn and not intent.rerandomise:
        raise RerandomiseRequired(redrawn)


def policy_of(view: View, environment: str) -> Mapping[str, Any]:
    """Read the members of an environment; {} for one that does not exist yet."""
    return members_of(view.document(Ref(CATALOG, "environment", environment)))


def _demand_unprotected(view: View, environments: Iterable[str]) -> None:
    for environment in environments:
        if policy_of(view, environment).get("protected"):
            raise PreconditionRequired(environment)


def parsed(text: str) -> dict[str, Any]:
    """Parse a stored text."""
    members: dict[str, Any] = json.loads(text)
    return members
