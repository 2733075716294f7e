"""What a rollout hears of its splits: one word about all shares together, and whose doing a change was."""

import json
from collections.abc import Sequence
from typing import Any, cast

import pytest

from flagsvc.domain.records import Document, Ref
from flagsvc.domain.rollouts.events import Interfered, Shared
from flagsvc.domain.rollouts.gates import opened
from flagsvc.domain.rollouts.plan import Gate
from flagsvc.domain.rollouts.state import RolloutState, TargetState
from flagsvc.domain.routing.share import Share
from flagsvc.domain.routing.state import BindingState, text_of_state
from flagsvc.ports import View
from flagsvc.usecases.observing import facts
from tests.rollouts.worlds import canary, step

GATE = Gate(name="share", kind="share")
PLAN = canary(names=("edge", "more"), steps=(step(5_000, "edge", "more", gates=(GATE,)),))
SERVED = {"split": {"weights": {"stable": 95_000, "canary": 5_000}}}


class Sight:
    """Two splits, each with its binding, and what their routers say."""

    def __init__(self, states: dict[str, BindingState], served: Any = SERVED) -> None:
        self._states, self._served = states, served

    def document(self, ref: Ref) -> Document:
        return self._document(ref, {"enabled": True, "default": self._served})

    def documents(self, environment: str, kind: str) -> Sequence[Document]:
        return [self._document(Ref("prod", kind, key), {"enabled": True, "split": key}) for key in self._states]

    def binding_states(self, environment: str) -> Sequence[Any]:
        return [_Stored(key, text_of_state(state)) for key, state in self._states.items()]

    def _document(self, ref: Ref, members: Any) -> Document:
        return Document(
            ref=ref, text=json.dumps(members), version=1, archived=False, created_at="", changed_at="", changed_by=""
        )


class _Stored:
    def __init__(self, key: str, text: str) -> None:
        self.key, self.text = key, text


def moved(standing: Any) -> RolloutState:
    placed = '{"split":{"weights":{"canary":5000,"stable":95000}}}'
    targets = tuple(TargetState(name=name, standing=standing, saved="{}", placed=placed) for name in ("edge", "more"))
    phase: Any = "rolling-back" if standing == "restored" else "baking"
    return RolloutState(phase=phase, step=0, targets=targets, gates=opened([GATE], 0.0))


def heard(sight: Sight, state: RolloutState) -> list[Any]:
    return list(facts(cast("View", sight), "prod", PLAN, state, 100.0))


def counted(verdict: str) -> BindingState:
    return BindingState(shares={"one": Share(verdict=verdict, detail=verdict)})


@pytest.mark.parametrize(
    ("edge", "more", "said"),
    [("ok", "ok", "ok"), ("off", "ok", "off"), ("ok", "off", "off"), ("unknown", "ok", "unknown")],
)
def test_one_gate_hears_of_all_splits_together_as_the_worst_of_them_does(edge: str, more: str, said: str) -> None:
    sight = Sight({"edge": counted(edge), "more": counted(more)})

    found = [each for each in heard(sight, moved("applied")) if isinstance(each, Shared)]

    assert [each.verdict for each in found] == [said]


@pytest.mark.parametrize(("cause", "released"), [("", True), ("one: 403", False)])
def test_what_was_put_back_and_changed_is_somebody_elses_unless_its_routers_refused_it(
    cause: str, *, released: bool
) -> None:
    sight = Sight({"edge": BindingState(cause=cause), "more": BindingState(cause=cause)}, served={"serve": "canary"})
    state = moved("restored")

    found = [each for each in heard(sight, state) if isinstance(each, Interfered)]

    assert [each.released for each in found] == [released, released]
