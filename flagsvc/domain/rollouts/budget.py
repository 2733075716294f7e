"""What keeps rollbacks from becoming a storm: a cooldown for what was rolled back, and a budget over everything.

Times are Unix seconds by the database's clock. One that lies ahead, because that clock was set back, counts as now.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from flagsvc.domain.instants import said_of
from flagsvc.domain.rollouts.plan import Plan, PlanTarget
from flagsvc.domain.rollouts.state import RolloutState

WINDOW_SECONDS = 3600.0
PER_HOUR = 10
"""Rollbacks that happen by themselves within an hour, over all environments, before a person has to look."""

_BACK = frozenset({"rolling-back", "rolled-back"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Rollback:
    """One rollout that went back, or is on its way. `places` are what it moved, as `place_name` names them.

    `automatic`: nobody asked for it. `since`: when the way back began; `ended_at`: when it was through, 0 before.
    """

    environment: str
    key: str
    automatic: bool
    since: float
    ended_at: float = 0.0
    cooldown_seconds: float = 0.0
    places: frozenset[str] = frozenset()

    def cools_until(self, now: float) -> float:
        """Tell when its places may be moved again; one that is still on its way has not begun to cool down."""
        return (min(self.ended_at, now) if self.ended_at else now) + self.cooldown_seconds


def place_name(target: PlanTarget) -> str:
    """Name what a target moves, the same for every plan: "flag/checkout" or, of a rule, "flag/checkout#beta"."""
    return f"{target.kind}/{target.key}" + (f"#{target.rule}" if target.rule else "")


def place_names(plan: Plan) -> frozenset[str]:
    """Name all that a plan moves."""
    return frozenset(map(place_name, plan.targets))


def rollback_of(environment: str, key: str, plan: Plan, state: RolloutState) -> Rollback | None:
    """Read from a rollout's state what it means for the others; None for one that does not go back."""
    if state.phase not in _BACK:
        return None
    return Rollback(
        environment=environment,
        key=key,
        automatic=state.automatic,
        since=state.back_since,
        ended_at=state.ended_at if state.phase == "rolled-back" else 0.0,
        cooldown_seconds=plan.cooldown_seconds,
        places=place_names(plan),
    )


def cooling(rollbacks: Iterable[Rollback], environment: str, places: Collection[str], now: float) -> Rollback | None:
    """Give the rollback that a rollout of these places has to wait for, of several the one that takes longest.

    Whose way back is not through blocks its places whatever its cooldown is.
    """
    hot = (
        rollback
        for rollback in rollbacks
        if rollback.environment == environment
        and not rollback.places.isdisjoint(places)
        and (not rollback.ended_at or now < rollback.cools_until(now))
    )
    return max(hot, key=lambda rollback: (not rollback.ended_at, rollback.cools_until(now)), default=None)


def cooling_sentence(rollbacks: Iterable[Rollback], environment: str, places: Collection[str], now: float) -> str:
    """Say why these places may not be moved yet; "" when they may."""
    if (rollback := cooling(rollbacks, environment, places, now)) is None:
        return ""
    what = ", ".join(sorted(rollback.places.intersection(places)))
    if not rollback.ended_at:
        return f"{what} is on its way back: the rollout {rollback.key!r} moved it."
    until = said_of(rollback.cools_until(now))
    return f"{what} cools down until {until}: the rollout {rollback.key!r} was rolled back."


def spent(rollbacks: Iterable[Rollback], now: float) -> int:
    """Count the automatic rollbacks that began within the last hour, over all environments."""
    return sum(rollback.automatic and now - rollback.since < WINDOW_SECONDS for rollback in rollbacks)


def storm_sentence(rollbacks: Iterable[Rollback], now: float, per_hour: int = PER_HOUR) -> str:
    """Say that the budget of automatic rollbacks is used up, at least one an hour; "" while it is not.

    As long as it is, an unhealthy rollout is paused instead of rolled back, people are paged, and nothing advances.
    """
    known = tuple(rollbacks)
    if (count := spent(known, now)) < per_hour:
        return ""
    until = said_of(frees_at(known, now, per_hour))
    return (
        f"{count} rollouts were rolled back automatically within an hour, and {per_hour} is the most: "
        f"everything stands still until {until}, and people have to look."
    )


def frees_at(rollbacks: Iterable[Rollback], now: float, per_hour: int = PER_HOUR) -> float:
    """Tell when the budget has room again if nothing else happens; `now` when it has."""
    recent = sorted(
        min(rollback.since, now) + WINDOW_SECONDS
        for rollback in rollbacks
        if rollback.automatic and now - rollback.since < WINDOW_SECONDS
    )
    return now if len(recent) < per_hour else recent[len(recent) - per_hour]


def oldest_that_counts(now: float, longest_cooldown_seconds: float) -> float:
    """Tell since when rollbacks have to be read: those that ended before neither cool down nor are counted."""
    return now - max(WINDOW_SECONDS, longest_cooldown_seconds)
