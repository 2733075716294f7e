"""Who refers to a document, and where."""

from collections.abc import Iterator
from typing import Any

from flagsvc.domain.records import Ref
from flagsvc.domain.references import references_to
from flagsvc.ports import Store, View
from flagsvc.usecases.reading import demand_open, members_of, required


def list_users(store: Store, ref: Ref) -> list[dict[str, Any]]:
    """List every place of the environment that refers to a document, by kind and key; raises NotFound."""
    with store.reading() as view:
        demand_open(view, ref.environment)
        required(view, ref)
        return list(_users(view, ref))


def _users(view: View, ref: Ref) -> Iterator[dict[str, Any]]:
    for name in view.users(ref.environment, ref.name):
        kind, _, key = name.partition("/")
        members = members_of(view.document(Ref(ref.environment, kind, key)))
        for place in references_to(members, ref.kind, ref.key):
            shown = {"kind": kind, "key": key, "name": members.get("name")}
            yield {**shown, "where": place.where, "pointer": place.pointer}
