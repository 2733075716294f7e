"""What the machine of a rollout decides when something happens. Pure."""

from dataclasses import dataclass

from flagsvc.domain.rollouts.events import Command, Effect, Note
from flagsvc.domain.rollouts.state import RolloutState


@dataclass(frozen=True, slots=True)
class Decision:
    """The new state, what has to be done with it, and what to say. `refusal`: why the event was not accepted."""

    state: RolloutState
    effects: tuple[Effect, ...] = ()
    notes: tuple[Note, ...] = ()
    refusal: str = ""


def words_of(event: Command) -> str:
    """Give who ordered something, and why."""
    return f"{event.by}: {event.reason}" if event.reason else event.by
