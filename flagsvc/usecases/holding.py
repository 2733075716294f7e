"""What holds rollouts back now: freezes, cooldowns, the budget of rollbacks; and what people let pass all the same."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from flagsvc.domain.errors import HeldBack
from flagsvc.domain.instants import text_of
from flagsvc.domain.members import ROLLOUT
from flagsvc.domain.records import Ref
from flagsvc.domain.rollouts.budget import (
    PER_HOUR,
    Rollback,
    cooling_sentence,
    oldest_that_counts,
    place_names,
    rollback_of,
    storm_sentence,
)
from flagsvc.domain.rollouts.check_gates import MAX_WAIT
from flagsvc.domain.rollouts.freezes import frozen_sentence
from flagsvc.domain.rollouts.legible import Illegible, legible_plan, legible_state
from flagsvc.domain.rollouts.plan import Plan
from flagsvc.domain.rollouts.reading import plan_of
from flagsvc.domain.rollouts.records import StoredRollout
from flagsvc.ports import View
from flagsvc.usecases.freezes import freezes_of
from flagsvc.usecases.reading import members_of

ADVANCING = frozenset({"start", "promote", "promote-full"})
"""The orders that nobody may give while something holds rollouts back, unless it is overridden."""

FRESH_SECONDS = 1.0
COOLDOWN, BUDGET = "cooldown", "budget"


class Hold(NamedTuple):
    """One thing that holds rollouts back: "freeze/KEY", "cooldown" or "budget", and the sentence that says so."""

    name: str
    sentence: str


def rollbacks(view: View, now: float) -> list[Rollback]:
    """Read the rollouts of all environments that are on their way back, or went back lately enough to count."""
    under_way, ended = _stored_rollbacks(view, now)
    return [back for each in (*under_way, *ended) if (back := _rollback(view, each))]


def _stored_rollbacks(view: View, now: float) -> tuple[Sequence[StoredRollout], Sequence[StoredRollout]]:
    since = datetime.fromtimestamp(oldest_that_counts(now, MAX_WAIT), UTC)
    return view.rollouts(None, {"rolling-back"}), view.rollouts_since({"rolled-back"}, text_of(since))


class Holding:
    """The questions below as a loop asks them, for many rollouts a turn: what has ended is read once and remembered.

    Rollbacks that others had begun are known to `held` after a second; `budget` always looks.
    """

    def __init__(self, per_hour: int = PER_HOUR) -> None:
        self._per_hour = per_hour
        self._ended: dict[tuple[str, str], Rollback | None] = {}
        self._known: tuple[float, Sequence[Rollback]] = (float("-inf"), ())

    def held(self, view: View, ref: Ref, now: float) -> str:
        """Say why a rollout may not go on, as `held_now` does."""
        at, known = self._known
        back = known if 0 <= now - at < FRESH_SECONDS else self._read(view, now)
        return held_now(view, ref, now, self._per_hour, back)

    def budget(self, view: View, now: float) -> bool:
        """Say whether one more may go back by itself, as `has_budget` does."""
        return not storm_sentence(self._read(view, now), now, self._per_hour)

    def _read(self, view: View, now: float) -> Sequence[Rollback]:
        under_way, ended = _stored_rollbacks(view, now)
        read = {_name(each): self._remembered(view, each) for each in ended}
        self._ended = read
        found = [back for back in (*(_rollback(view, each) for each in under_way), *read.values()) if back]
        self._known = (now, found)
        return found

    def _remembered(self, view: View, stored: StoredRollout) -> Rollback | None:
        name = _name(stored)
        return self._ended[name] if name in self._ended else _rollback(view, stored)


def _name(stored: StoredRollout) -> tuple[str, str]:
    return stored.environment, stored.key


def has_budget(view: View, now: float, per_hour: int = PER_HOUR) -> bool:
    """Whether an unhealthy rollout may still be rolled back by itself in this hour."""
    return not storm_sentence(rollbacks(view, now), now, per_hour)


def holds(
    view: View,
    environment: str,
    plan: Plan | None,
    now: float,
    per_hour: int = PER_HOUR,
    back: Sequence[Rollback] | None = None,
) -> list[Hold]:
    """List what holds rollouts of an environment back at `now`; with a plan, what holds its start back, too.

    `back`: the rollbacks, where they are known already.
    """
    back = rollbacks(view, now) if back is None else back
    found = [*_freezes(view, environment, now), Hold(BUDGET, storm_sentence(back, now, per_hour))]
    if plan is not None:
        found.append(Hold(COOLDOWN, cooling_sentence(back, environment, place_names(plan), now)))
    return [hold for hold in found if hold.sentence]


def held_now(view: View, ref: Ref, now: float, per_hour: int = PER_HOUR, back: Sequence[Rollback] | None = None) -> str:
    """Say why a rollout may neither start nor advance at `now`; "" when it may, because nothing holds it or it was let.

    An override lets pass what it was given for, by name, for as long as the rollout lives.
    """
    members, stored = members_of(view.document(ref)), view.rollout(ref.environment, ref.key)
    starts = stored is not None and stored.phase == "scheduled"
    plan = plan_of(members["plan"]) if starts else None
    passed = _passed(members.get("override"))
    found = (hold for hold in holds(view, ref.environment, plan, now, per_hour, back) if hold.name not in passed)
    return next((hold.sentence for hold in found), "")


def let_pass(
    found: Sequence[Hold], before: Mapping[str, Any] | None, asked: Mapping[str, Any] | None, by: str, now: float
) -> dict[str, Any] | None:
    """Give the override that a rollout's document keeps from now on; raises HeldBack with all that still holds it.

    `before`: the one that it has; `asked`: {"reason"} of the request, or None. Kept: {"reason", "by", "at", "of"}.
    """
    passed = _passed(before)
    if asked is not None:
        of = sorted({*passed, *(hold.name for hold in found)})
        return {"reason": asked["reason"], "by": by, "at": text_of(datetime.fromtimestamp(now, UTC)), "of": of}
    if standing := [hold.sentence for hold in found if hold.name not in passed]:
        raise HeldBack(" ".join(sentence.rstrip(".") + "." for sentence in standing))
    return dict(before) if before is not None else None


def _freezes(view: View, environment: str, now: float) -> Iterator[Hold]:
    for freeze in freezes_of(view, environment):
        yield Hold(f"freeze/{freeze.key}", frozen_sentence([freeze], now))


def _passed(override: Mapping[str, Any] | None) -> frozenset[str]:
    return frozenset(override.get("of", ())) if override else frozenset()


def _rollback(view: View, stored: StoredRollout) -> Rollback | None:
    document = view.document(Ref(stored.environment, ROLLOUT, stored.key))
    try:
        plan, state = legible_plan(members_of(document)["plan"]), legible_state(stored.text)
    except Illegible:  # of a newer version: what it means for others cannot be told here, and stops none of them
        return None
    return rollback_of(stored.environment, stored.key, plan, state)
