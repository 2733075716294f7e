"""What every router must do, over whatever it tells: one suite, one small world per kind.

A test module of a kind subclasses `RouterContract` (its name begins with Test) and gives the fixture `world`.
"""

from contextlib import AbstractContextManager
from typing import Protocol

import pytest

from flagsdk.core.allocation import WHOLE, Table, initial, reweigh
from flagsvc.domain.routing.errors import RouterError
from flagsvc.domain.routing.observed import disagreement
from flagsvc.domain.routing.target import Mirror, Target
from flagsvc.ports import Router
from tests.support.timing import eventually

SALT = "k3v9q2xw"
STEPS = (0, 5_000, 25_000, 50_000, 100_000, 0)


class World(Protocol):
    """A real thing (or the most faithful stand-in) with a router that tells it, told nothing yet.

    `steps`: weights of the canary that this kind can be told, in 1/100 000 (blue-green ones: 0 and 100 000).
    """

    router: Router
    steps: tuple[int, ...]

    def by_hand(self, canary: int) -> None:
        """Change it behind our back, as a person would: the canary's share in 1/100 000, to what fits its steps."""

    def restart(self) -> None:
        """Restart it, or lose what a restart loses. Nothing to do where there is no such thing."""

    def down(self) -> AbstractContextManager[None]:
        """Take it away for the duration: dead, refusing."""

    def writes(self) -> int:
        """Count the requests (or commands, or files) that changed something so far."""


def target(canary: int, number: int = 1, table: Table | None = None, mirror: Mirror | None = None) -> Target:
    """Make the target of a split with stable and canary; its table grew from 0 in one step, unless one is given."""
    weights = {"stable": WHOLE - canary, "canary": canary}
    grown = reweigh(initial({"stable": WHOLE, "canary": 0}), weights) if table is None else table
    return Target(
        split="production/checkout",
        revision=f"epoch.{number}",
        stable="stable",
        weights=weights,
        salt=SALT,
        allocation=tuple(sorted(grown, key=lambda entry: entry[1])),
        mirror=mirror,
    )


def brought_to(router: Router, wanted: Target) -> None:
    """Tell the router, and wait until it reads back as told."""
    router.apply(wanted)
    eventually(lambda: agrees(router, wanted), f"{wanted.weights} in force")


def agrees(router: Router, wanted: Target) -> bool:
    """Whether the router reads back as the target."""
    observed = router.observe()
    return observed is not None and disagreement(wanted, observed, router.capabilities) == ""


def told_and_read(router: Router, wanted: Target) -> None:
    """Tell, then read."""
    router.apply(wanted)
    router.observe()


class RouterContract:
    """The laws; each test begins with a world of its own."""

    def test_weights_walk_up_and_down_and_read_back(self, world: World) -> None:
        for number, canary in enumerate(world.steps):
            brought_to(world.router, target(canary, number))

    def test_told_twice_is_told_once(self, world: World) -> None:
        wanted = target(world.steps[1])
        brought_to(world.router, wanted)
        before = world.router.observe()

        world.router.apply(wanted)

        after = world.router.observe()
        assert after is not None
        assert before is not None
        assert (after.weights, after.table) == (before.weights, before.table)
        assert list(world.router.plan(wanted)) == []

    def test_a_target_is_absolute_wherever_the_router_was(self, world: World) -> None:
        last = world.steps[-2]
        for first in world.steps:
            brought_to(world.router, target(first))

            brought_to(world.router, target(last, 2))

    def test_a_plan_says_what_would_be_sent_and_sends_nothing(self, world: World) -> None:
        brought_to(world.router, target(world.steps[0]))
        before = world.writes()

        plan = world.router.plan(target(world.steps[1]))

        assert plan
        assert all(isinstance(line, str) and line for line in plan)
        assert world.writes() == before
        assert agrees(world.router, target(world.steps[0]))

    def test_a_change_by_hand_is_seen_and_told_again(self, world: World) -> None:
        wanted = target(world.steps[1])
        brought_to(world.router, wanted)

        world.by_hand(world.steps[-2])

        eventually(lambda: not agrees(world.router, wanted), "the change by hand, seen")
        brought_to(world.router, wanted)

    def test_what_a_restart_leaves_is_what_the_capabilities_say(self, world: World) -> None:
        wanted = target(world.steps[1])
        brought_to(world.router, wanted)

        world.restart()

        if world.router.capabilities.persistent:
            eventually(lambda: agrees(world.router, wanted), "as told, after a restart")
        else:
            eventually(lambda: not agrees(world.router, wanted), "forgotten by a restart")
            brought_to(world.router, wanted)

    def test_a_dead_one_is_a_temporary_error_and_heals(self, world: World) -> None:
        wanted = target(world.steps[1])
        brought_to(world.router, target(world.steps[0]))

        with world.down(), pytest.raises(RouterError) as told:  # an edge that fetches by itself is missed when read
            eventually(lambda: told_and_read(world.router, wanted), "an error")

        assert not told.value.permanent
        brought_to(world.router, wanted)

    def test_a_backend_that_it_does_not_know_is_a_permanent_error_with_the_names(self, world: World) -> None:
        if world.router.capabilities.backends is None:
            pytest.skip("it takes any name")
        wanted = target(world.steps[0])
        before = world.writes()
        strange = Target(
            split=wanted.split,
            revision=wanted.revision,
            stable="stable",
            weights={"stable": 50_000, "nowhere": 50_000},
            salt=SALT,
            allocation=(("stable", 0, 50_000), ("nowhere", 50_000, WHOLE)),
        )

        for call in (world.router.plan, world.router.apply):
            with pytest.raises(RouterError, match=r"nowhere.*canary.*stable") as told:
                call(strange)
            assert told.value.permanent
        assert world.writes() == before

    def test_a_weight_too_small_to_tell_is_a_permanent_error(self, world: World) -> None:
        least = WHOLE // world.router.capabilities.granularity // 4
        if not least:
            pytest.skip("it is as fine as our weights")
        brought_to(world.router, target(world.steps[0]))
        before = world.writes()

        for call in (world.router.plan, world.router.apply):
            with pytest.raises(RouterError, match="step") as told:
                call(target(least))
            assert told.value.permanent
        assert world.writes() == before
