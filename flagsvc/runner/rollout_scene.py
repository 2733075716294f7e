"""What the loop of rollouts works on: its surroundings, each live rollout as it was read, and when facts may be new."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

from flagsvc.domain.records import Ref
from flagsvc.domain.rollouts.plan import Plan
from flagsvc.domain.rollouts.state import RolloutState
from flagsvc.ports import View
from flagsvc.usecases.intent import Intent


@dataclass(frozen=True, slots=True)
class Live:
    """A rollout that has not ended, as it was read.

    `observed`: target → share of its candidate as routers counted it, in 1/100 000; only where they count.
    """

    ref: Ref
    plan: Plan
    state: RolloutState
    version: int
    deployment: Mapping[str, str]
    observed: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What the loop needs of its process.

    `intent(reason)` makes an intent of the service's own; `wake` is called with an environment that was changed here.
    `held(view, rollout, now)` says why a rollout may not advance at `now`, in Unix seconds; "" when it may. `ended` is
    called with the state of a rollout that ended here. `budget(view, now)` says whether one more may go back by itself:
    asked when a measurement is told and not when it is made, because many rollouts may be measured at once, and none
    may count on what another one uses up.
    """

    intent: Callable[[str], Intent]
    wake: Callable[[str], None]
    held: Callable[[View, Ref, float], str]
    budget: Callable[[View, float], bool]
    ended: Callable[[RolloutState], None]


class Scene:
    """A mark of all that facts are made of, as it was when a turn began: the same mark means the same facts."""

    def __init__(self, view: View, environments: Collection[str]) -> None:
        heads = view.heads()
        self._marks = {
            each: (heads.get(each), tuple((one.key, one.text) for one in view.binding_states(each)))
            for each in environments
        }

    def of(self, environment: str) -> object:
        """Give the mark of an environment."""
        return self._marks[environment]
