"""Environments side by side: which flags, segments and traffic splits differ, and in what."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from flagsvc.domain.comparison import content_of, differences, draw_of
from flagsvc.domain.errors import BadQuery
from flagsvc.domain.records import CATALOG, READER_KINDS, Document, Ref
from flagsvc.ports import Store, View
from flagsvc.usecases.reading import demand_open, members_of, required, required_head

Texts = Mapping[str, Mapping[str, str]]


def compare(store: Store, environments: Sequence[str], *, everything: bool = False) -> dict[str, Any]:
    """Compare environments; without `everything` only what copying from one to another would change is told.

    The ids of rules do not count: the service draws them. Raises BadQuery for an environment named twice, NotFound.
    """
    if len(set(environments)) != len(environments):
        raise BadQuery("environments", "names an environment twice")
    with store.reading() as view:
        for environment in environments:
            demand_open(view, environment)
        shown = [_environment(view, environment) for environment in environments]
        texts = {environment: _texts(view, environment) for environment in environments}
    names = sorted(set().union(*texts.values()))
    found = (_item(name, {key: texts[key].get(name) for key in environments}, everything) for name in names)
    return {"environments": shown, "items": [item for item in found if item]}


def _environment(view: View, environment: str) -> dict[str, Any]:
    members = members_of(required(view, Ref(CATALOG, "environment", environment)))
    head = required_head(view, environment)
    return {
        "key": environment,
        "name": members.get("name"),
        "protected": members["protected"],
        "revision": head.revision,
    }


def _texts(view: View, environment: str) -> dict[str, str]:
    return {document.ref.name: document.text for document in view.documents(environment) if _counts(document)}


def _counts(document: Document) -> bool:
    return document.ref.kind in READER_KINDS and not document.archived


def _item(name: str, texts: Mapping[str, str | None], everything: bool) -> dict[str, Any] | None:  # noqa: FBT001
    if len(set(texts.values())) == 1 and not everything:
        return None
    kind, _, key = name.partition("/")
    members = {environment: None if text is None else json.loads(text) for environment, text in texts.items()}
    present = {environment: each for environment, each in members.items() if each is not None}
    sides = {environment: each and content_of(kind, each) for environment, each in members.items()}
    found = list(differences(sides)) if len(present) == len(members) else []
    differs = bool(found) or len(present) != len(members)
    same_units = None if differs else len({draw_of(each) for each in present.values()}) == 1
    if not (differs or same_units is False or everything):
        return None
    return {
        "kind": kind,
        "key": key,
        "name": next(iter(present.values())).get("name"),
        "differs": differs,
        "sameUnits": same_units,
        "sides": sides,
        "differences": [difference._asdict() for difference in found],
    }
