"""Every flag in every open environment at once, from documents read in bulk and kept by revision."""

import json
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from flagsvc.domain.cells import cell_of, moved_state
from flagsvc.domain.records import CATALOG, Document, Head, Ref
from flagsvc.domain.rollouts.legible import Illegible, legible_plan, legible_state, targets_of
from flagsvc.domain.rollouts.records import StoredRollout
from flagsvc.domain.rollouts.state import LIVE
from flagsvc.domain.rollouts.weights import coming_weights
from flagsvc.ports import Store, View
from flagsvc.usecases.hourly import NO_HOURS, Hours, hours_after
from flagsvc.usecases.reading import members_of, required_head

Cells = Mapping[str, Mapping[str, Any]]


class Side(NamedTuple):
    """One environment at one head: its flags by key, ready to be shown. The catalogue's has the environments, too."""

    head: Head
    flags: Cells
    environments: Cells


@dataclass(frozen=True, slots=True)
class Matrix:
    """All that the table shows. Two with equal fingerprints, read by one process, show the same."""

    catalogue: Side
    sides: Mapping[str, Side]
    rollouts: Mapping[tuple[str, str], Mapping[str, Any]]
    moved: Hashable
    hours: Hours

    @property
    def fingerprint(self) -> Hashable:
        """What it was made of: heads, the states of live rollouts, and when uses were last read."""
        heads = tuple((key, side.head) for key, side in self.sides.items())
        return self.catalogue.head, heads, self.moved, self.hours.read_at

    def shown(self, *, archived: bool) -> dict[str, Any]:
        """Render it: {"environments", "items"}, by key; `archived`: archived flags, too."""
        wanted = (flag for flag in self.catalogue.flags.values() if archived or not flag["archived"])
        known = {key: members for key, members in self.catalogue.environments.items() if key in self.sides}
        environments = [{**members, "revision": self.sides[key].head.revision} for key, members in known.items()]
        return {"environments": environments, "items": [self._item(flag) for flag in wanted]}

    def _item(self, flag: Mapping[str, Any]) -> dict[str, Any]:
        key = flag["key"]
        cells = {name: self._cell(name, key, side.flags[key]) for name, side in self.sides.items() if key in side.flags}
        return {**flag, "environments": cells}

    def _cell(self, environment: str, key: str, flag: Mapping[str, Any]) -> dict[str, Any]:
        place = environment, key
        rollout = self.rollouts.get(place)
        return {
            **flag,
            "state": moved_state(flag["state"], rollout["phase"] if rollout else None),
            "rollout": rollout,
            "lastEvaluatedAt": self.hours.last.get(place),
            "uses": self.hours.rows.get(place),
        }


@dataclass(slots=True)
class MatrixMemory:
    """What is kept between readings. Its values are replaced whole, so that any thread may read and write it."""

    sides: Mapping[str, Side] = field(default_factory=dict)
    hours: Hours = NO_HOURS


def read_matrix(store: Store, memory: MatrixMemory, now: datetime) -> Matrix:
    """Read what changed since the last time; uses are at most a minute old. Raises Unavailable."""
    before = memory.sides
    with store.reading() as view:
        heads = {CATALOG: required_head(view, CATALOG), **dict(sorted(view.heads().items()))}
        sides = {key: _side(view, before, key, head) for key, head in heads.items()}
        catalogue = sides[CATALOG]
        environments = {key: side for key, side in sides.items() if key != CATALOG}
        flags = {key: list(side.flags) for key, side in environments.items()}
        hours = hours_after(view, memory.hours, flags, now)
        live = [each for each in view.rollouts(None, LIVE) if each.environment in environments]
        rollouts = {place: shown for each in live for place, shown in _moved_by(view, each)}
    memory.sides, memory.hours = sides, hours
    moved = tuple((each.environment, each.key, each.version) for each in live)
    return Matrix(catalogue, environments, rollouts, moved, hours)


def _side(view: View, before: Mapping[str, Side], environment: str, head: Head) -> Side:
    known = before.get(environment)
    if known is not None and known.head == head:
        return known
    documents = view.documents(environment, "flag")
    if environment != CATALOG:
        return Side(head, {document.ref.key: _configured(document) for document in documents}, {})
    environments = view.documents(CATALOG, "environment")
    return Side(
        head,
        {document.ref.key: _defined(document) for document in documents},
        {document.ref.key: _environment(document) for document in environments},
    )


def _defined(document: Document) -> dict[str, Any]:
    members = json.loads(document.text)
    texts = {name: members.get(name) for name in ("name", "description", "owner", "expires")}
    return {
        "key": document.ref.key,
        **texts,
        "type": members["type"],
        "tags": members["tags"],
        "variants": list(members["variants"]),
        "archived": document.archived,
        "createdAt": document.created_at,
        **_written(document),
    }


def _configured(document: Document) -> dict[str, Any]:
    return {**cell_of(json.loads(document.text)), **_written(document)}


def _environment(document: Document) -> dict[str, Any]:
    members = members_of(document)
    policy = {name: members[name] for name in ("protected", "requireReason")}
    return {"key": document.ref.key, "name": members.get("name"), **policy}


def _written(document: Document) -> dict[str, Any]:
    return {"version": document.version, "changedAt": document.changed_at, "changedBy": document.changed_by}


def _moved_by(view: View, stored: StoredRollout) -> Iterator[tuple[tuple[str, str], dict[str, Any]]]:
    """Yield the flags that a rollout moves, and how far it is with each."""
    members = members_of(view.document(Ref(stored.environment, "rollout", stored.key)))["plan"]
    shown: dict[str, Any] = {"key": stored.key, "phase": stored.phase, "step": None, "steps": None}
    weights: dict[str, int | None] = {}
    coming: dict[str, int] = {}
    released: set[str] = set()
    try:
        plan, state = legible_plan(members), legible_state(stored.text)
    except Illegible:
        pass  # begun by a newer version: its phase and its targets are known all the same
    else:
        shown |= {"step": state.step + 1 if state.step >= 0 else None, "steps": len(plan.steps)}
        weights = {target.name: target.weight for target in state.targets}
        coming = coming_weights(plan, state)
        released = {target.name for target in state.targets if target.released}
    for target in targets_of(members):
        if target.kind == "flag" and target.name not in released:
            moved = {"weight": weights.get(target.name), "nextWeight": coming.get(target.name)}
            yield (stored.environment, target.key), {**shown, **moved}
