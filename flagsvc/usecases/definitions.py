"""What every write to a flag's definition shares: the definition and its copies in all environments change together."""

import json
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from flagsdk.core.validate import problems_of
from flagsvc.domain.drafts import Draft, configuration_draft
from flagsvc.domain.errors import Fault, InUse, Invalid
from flagsvc.domain.members import CONFIGURED
from flagsvc.domain.records import CATALOG, Document, Edit, Ref
from flagsvc.domain.references import parents_of, variants_used
from flagsvc.ports import Transaction, View
from flagsvc.usecases.conditions import demand_reason, demand_version, parsed
from flagsvc.usecases.intent import Intent
from flagsvc.usecases.reading import members_of, open_environments, required
from flagsvc.usecases.writing import edit_of

Body = Mapping[str, Any]


def lock_everything(tx: Transaction) -> list[str]:
    """Lock all open environments (the catalogue is locked already) and list them."""
    environments = open_environments(tx)
    tx.lock(environments)
    return environments


def editable_flag(tx: Transaction, intent: Intent, key: str) -> Document:
    """Read a definition for a write, with all conditions of the write checked but that it is not archived."""
    environments = lock_everything(tx)
    current = required(tx, Ref(CATALOG, "flag", key))
    demand_reason(tx, intent, environments)
    demand_version(tx, intent, current, environments)
    return current


def demand_sound(draft: Draft) -> None:
    """Pass for a definition that would make a sound flag; raises Invalid with pointers into the definition."""
    document = draft.document
    flag = configuration_draft({}, {}, document, str).document
    problems = problems_of("flag", flag, {f"flag/{document.get('key')}": flag})
    own = [problem for problem in problems if problem.pointer.split("/")[1:2] not in [[name] for name in CONFIGURED]]
    faults = [*draft.faults, *(Fault(*problem) for problem in own)]
    if faults:
        raise Invalid(faults)


def demand_unused(
    view: View, key: str, before: Body, after: Body, edited: Mapping[Ref, str] = MappingProxyType({})
) -> None:
    """Pass when no configuration names a variant that goes; raises InUse.

    `edited`: texts that documents get together with the definition.
    """
    gone = set(before.get("variants", ())) - set(after.get("variants", ()))
    if not gone:
        return
    users = [user for document in view.across("flag", [key]) for user in _users_of(view, document, gone, edited)]
    if users:
        raise InUse(f"Variant {', '.join(map(repr, sorted(gone)))} of the flag {key!r}", users)


def copies(view: View, definition: Body) -> list[Edit]:
    """Make the edits that bring a definition into every open environment; configurations stay as they are."""
    return [
        edit_of(document.ref, document, {**_configuration(document), **definition})
        for document in view.across("flag", [definition["key"]])
    ]


def summaries(view: View, keys: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Say in a few members how each flag is served in each environment."""
    found: dict[str, dict[str, Any]] = {key: {} for key in keys}
    for document in view.across("flag", keys):
        members = members_of(document)
        found[document.ref.key][document.ref.environment] = {
            "enabled": members["enabled"],
            "version": document.version,
            "default": members["default"],
            "rules": len(members["rules"]),
        }
    return found


def _configuration(document: Document) -> dict[str, Any]:
    members = json.loads(document.text)
    return {name: members[name] for name in CONFIGURED if name in members}


def _users_of(view: View, document: Document, gone: set[str], edited: Mapping[Ref, str]) -> list[str]:
    def members(ref: Ref) -> dict[str, Any]:
        return parsed(edited[ref]) if ref in edited else members_of(view.document(ref))

    environment, key = document.ref.environment, document.ref.key
    users = [document.ref.name] if variants_used(members(document.ref)) & gone else []
    for name in view.users(environment, document.ref.name):
        user = members(Ref(environment, "flag", name.partition("/")[2]))
        users += [name] if parents_of(user, key) & gone else []
    return [f"{environment}/{name}" for name in users]
