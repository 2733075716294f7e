"""The router that tells nobody keeps the contract, too."""

from contextlib import AbstractContextManager, nullcontext

import pytest

from flagsvc.routers.nothing import Nothing
from tests.routers.contract import STEPS, RouterContract, World, brought_to, target


class Memory:
    """A world that is the router itself."""

    steps = STEPS

    def __init__(self) -> None:
        self.router = Nothing()

    def by_hand(self, canary: int) -> None:
        self.router.apply(target(canary))

    def restart(self) -> None:
        self.router = Nothing()

    def down(self) -> AbstractContextManager[None]:
        return nullcontext()

    def writes(self) -> int:
        return 0


class TestNothing(RouterContract):
    @pytest.fixture
    def world(self) -> Memory:
        return Memory()

    def test_a_dead_one_is_a_temporary_error_and_heals(self, world: World) -> None:
        """There is nothing here that could be away."""
        brought_to(world.router, target(STEPS[1]))
