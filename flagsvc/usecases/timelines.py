"""A rollout as a chart shows it."""

from collections import OrderedDict
from threading import Lock
from typing import Any, NamedTuple

from flagsvc.domain.errors import NotFound
from flagsvc.domain.members import ROLLOUT
from flagsvc.domain.page import Page
from flagsvc.domain.records import Ref
from flagsvc.domain.rollouts.legible import Illegible, legible_log, legible_plan, legible_state
from flagsvc.domain.rollouts.timeline import MOST_POINTS, Present, Tale
from flagsvc.ports import Store, View
from flagsvc.usecases.observing import observed_shares
from flagsvc.usecases.reading import demand_open, members_of, required, required_head

MOST_TALES = 8
"""How many logs are remembered; each chart that is watched asks for the same one every few seconds."""


class _Told(NamedTuple):
    """A tale, and the lock of whoever goes on with it."""

    tale: Tale
    lock: Lock


class Timelines:
    """Tells rollouts as timelines. Remembers the last few logs, so that only what is new is told again."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._told: OrderedDict[tuple[str, str, str], _Told] = OrderedDict()

    def read(self, store: Store, environment: str, key: str, points: int = MOST_POINTS) -> dict[str, Any]:
        """Tell a rollout as at most so many points, with markers and bounds, as of now; raises NotFound.

        Of one that a newer version began there is none of it, and `held` says why.
        """
        with store.reading() as view:
            demand_open(view, environment)
            ref = Ref(environment, ROLLOUT, key)
            members = members_of(required(view, ref))
            name = (environment, required_head(view, environment).epoch, key)
            try:
                told = self._begun(name, members["plan"])
                with told.lock:
                    return {**_timeline(view, ref, told.tale, points), "held": ""}
            except Illegible as error:
                self._forget(name)
                return {"points": [], "markers": [], "bounds": None, "held": str(error)}

    def _begun(self, name: tuple[str, str, str], plan: dict[str, Any]) -> _Told:
        with self._lock:
            if name not in self._told:
                self._told[name] = _Told(Tale(legible_plan(plan)), Lock())
            self._told.move_to_end(name)
            while len(self._told) > MOST_TALES:
                self._told.popitem(last=False)
            return self._told[name]

    def _forget(self, name: tuple[str, str, str]) -> None:
        with self._lock:
            self._told.pop(name, None)


def _timeline(view: View, ref: Ref, tale: Tale, points: int) -> dict[str, Any]:
    stored = view.rollout(ref.environment, ref.key)
    if stored is None:
        raise NotFound(ROLLOUT, ref.key, ref.environment)
    if (missing := stored.version - tale.number) > 0:  # entries are numbered as the states that they led to
        entries, _ = view.rollout_log(ref.environment, ref.key, Page(limit=missing))
        with legible_log():
            tale.tell(entry for entry in entries[::-1] if entry.number > tale.number)
    is_behind = tale.number > stored.version  # another reader, who began later, has told more of it
    state = tale.state if is_behind and tale.state else legible_state(stored.text)
    observed = observed_shares(view, ref.environment, tale.plan)
    return tale.timeline(Present(state, view.seconds(), observed), points)
