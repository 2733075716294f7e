"""What is new since one last looked, over all environments, for those who follow the service live."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

from flagsvc.domain.instants import text_of
from flagsvc.domain.live import Mark, News, Place
from flagsvc.domain.members import SPLIT
from flagsvc.domain.records import CATALOG, Change, Head, Ref
from flagsvc.domain.routing.records import StoredState
from flagsvc.domain.routing.state import state_of_text
from flagsvc.ports import View
from flagsvc.usecases.driving import drivers_of

OVERLAP_SECONDS = 120.0
"""How far back one looks for what moved: its time is older than its commit by what a transaction may take."""

MOST_CHANGES, MOST_DOCUMENTS = 32, 500
"""More at once are not told one by one: the heads are told again, and whoever follows reads what differs."""


class Counted(NamedTuple):
    """A binding as it was last seen: its version, the split behind it, and the requests of each backend."""

    version: int
    split: str
    requests: Mapping[str, Mapping[str, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """Everything that was there when one looked; `seconds`: when, Unix seconds by the database's clock."""

    seconds: float
    heads: Mapping[str, Head]
    rollouts: Mapping[Place, int]
    bindings: Mapping[Place, Counted]


def first_sight(view: View) -> Sight:
    """Look for the first time: from here on there is news."""
    seconds = view.seconds()
    since = _text(seconds - OVERLAP_SECONDS)
    return Sight(
        seconds=seconds,
        heads=_heads(view),
        rollouts={mark.place: mark.version for mark in view.rollout_marks(since)},
        bindings=_bindings(view, view.binding_marks(since), {}),
    )


def next_sight(view: View, before: Sight) -> tuple[Sight, Sequence[News]]:
    """Look again: what is there now, and what is new; of a rollout or binding that moved often, once."""
    heads = _heads(view)
    since = _text(before.seconds - OVERLAP_SECONDS)
    rollouts = [mark for mark in view.rollout_marks(since) if mark.place.environment in heads]
    marks = [mark for mark in view.binding_marks(since) if mark.place.environment in heads]
    after = Sight(
        seconds=view.seconds(),
        heads=heads,
        rollouts={mark.place: mark.version for mark in rollouts},
        bindings=_bindings(view, marks, before.bindings),
    )
    news = [
        *_changes(view, before, after),
        *_rollouts(view, rollouts, before, after),
        *_moved_bindings(view, before, after),
    ]
    return after, news


def hello(sight: Sight) -> News:
    """Tell where every open environment and the catalogue stand."""
    heads = {name: {"epoch": head.epoch, "revision": head.revision} for name, head in sorted(sight.heads.items())}
    return News("hello", {"heads": heads, "at": _text(sight.seconds)})


def _heads(view: View) -> Mapping[str, Head]:
    catalogue = view.head(CATALOG)
    return {**({CATALOG: catalogue} if catalogue else {}), **view.heads()}


def _changes(view: View, before: Sight, after: Sight) -> Iterator[News]:
    steps = {name: head.revision - _known(before, name) for name, head in after.heads.items()}
    if _is_another_history(before, after) or sum(steps.values()) > MOST_CHANGES:
        yield hello(after)
        return
    found = [
        change
        for name, step in sorted(steps.items())
        if step
        for change in view.trail(name, after.heads[name].revision - step, step)
    ]
    if sum(len(change.edits) for change in found) > MOST_DOCUMENTS:
        yield hello(after)
        return
    yield from map(_told, found)


def _known(sight: Sight, environment: str) -> int:
    head = sight.heads.get(environment)
    return head.revision if head else 0


def _is_another_history(before: Sight, after: Sight) -> bool:
    """Whether an environment has a new epoch, or went back within its own."""
    both = before.heads.keys() & after.heads.keys()
    return any(
        before.heads[name].epoch != after.heads[name].epoch or before.heads[name].revision > after.heads[name].revision
        for name in both
    )


def _told(change: Change) -> News:
    return News(
        "change",
        {
            "environment": change.environment,
            "revision": change.revision,
            "action": change.action,
            "actor": {"kind": change.actor.kind, "name": change.actor.name},
            "at": change.at,
            "documents": [{"kind": edit.kind, "key": edit.key} for edit in change.edits],
        },
    )


def _rollouts(view: View, marks: Iterable[Mark], before: Sight, after: Sight) -> Iterator[News]:
    moved = {mark.place: mark for mark in marks if before.rollouts.get(mark.place) != mark.version}
    for place in _watched_shares(view, before, after):
        stored = None if place in moved else view.rollout(*place)
        if stored is not None:
            moved[place] = Mark(place, stored.version, stored.phase)
    for place, mark in sorted(moved.items()):
        yield News("rollout", {**place._asdict(), "number": mark.version, "phase": mark.phase})


def _watched_shares(view: View, before: Sight, after: Sight) -> set[Place]:
    """Find the live rollouts of which another share is seen: routers have counted requests of what they move."""
    splits = {
        Ref(place.environment, SPLIT, now.split)
        for place, now in after.bindings.items()
        if now.split and now.requests != (before.bindings[place].requests if place in before.bindings else {})
    }
    drivers = (driver for split in sorted(splits) for driver in drivers_of(view, split))
    return {Place(driver.rollout.environment, driver.rollout.key) for driver in drivers}


def _moved_bindings(view: View, before: Sight, after: Sight) -> Iterator[News]:
    moved = [place for place, now in after.bindings.items() if _version(before, place) != now.version]
    numbers = view.binding_numbers(moved)
    for place in sorted(moved):
        yield News("binding", {**place._asdict(), "number": numbers.get(place, 0)})


def _version(sight: Sight, place: Place) -> int:
    return sight.bindings[place].version if place in sight.bindings else 0


def _bindings(view: View, marks: Iterable[Mark], known: Mapping[Place, Counted]) -> Mapping[Place, Counted]:
    """Read those that moved; the others are as they were."""
    found = {mark.place: known[mark.place] for mark in marks if _is_known(mark, known)}
    moved = [mark.place for mark in marks if mark.place not in found]
    read = {Place(state.environment, state.key): _counted(state) for state in view.binding_states_at(moved)}
    return {**found, **read}


def _is_known(mark: Mark, known: Mapping[Place, Counted]) -> bool:
    return mark.place in known and known[mark.place].version == mark.version


def _counted(stored: StoredState) -> Counted:
    try:
        state = state_of_text(stored.text)
    except (AttributeError, KeyError, TypeError, ValueError):  # nobody can read it: that it moved is told all the same
        return Counted(stored.version, "", {})
    split = state.desired.split.partition("/")[2] if state.desired else ""
    return Counted(stored.version, split, {name: share.counted for name, share in state.shares.items()})


def _text(seconds: float) -> str:
    return text_of(datetime.fromtimestamp(seconds, UTC))
