"""The loop of rollouts, turn by turn, with an outside that does what a test wants."""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, cast

from sqlalchemy import text

from flagsvc.domain.actor import Actor
from flagsvc.domain.errors import Unavailable
from flagsvc.domain.page import Page
from flagsvc.domain.records import Ref
from flagsvc.domain.rollouts.plan import Check, Hook
from flagsvc.domain.rollouts.records import LEASE
from flagsvc.domain.rollouts.state import RolloutState
from flagsvc.domain.rollouts.text import state_of_text
from flagsvc.outbound.hooks import Question
from flagsvc.outbound.outcome import Outcome
from flagsvc.ports import MetricSource, Store
from flagsvc.runner.asking import Asker
from flagsvc.runner.lease import Lease
from flagsvc.runner.rollout_scene import Surroundings
from flagsvc.runner.rollouts import LEASE_SECONDS, Rollouts
from flagsvc.usecases import rollouts
from flagsvc.usecases.holding import Holding
from flagsvc.usecases.intent import Written
from tests.usecases.world import World

HOOK = {"url": "http://hooks.example/", "every": "1s"}
PATIENCE_SECONDS = 60.0


@dataclass
class Outside:
    """Answers every question in the way that was laid down for it, and remembers them."""

    says: Callable[[Question], str] = lambda question: "passed"
    asked_for: list[Question] = field(default_factory=list)

    def smoke(self, checks: Sequence[Check]) -> Outcome:
        return Outcome("passed", "")

    def asked(self, hook: Hook, question: Question) -> Outcome:
        self.asked_for.append(question)
        return Outcome(cast("Any", self.says(question)), "so")


class Flaky:
    """A store whose call of that number, counted from 0, finds no database."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.calls, self.fails_at = 0, -1

    def run(self, *args: Any, **members: Any) -> Any:
        self._counted()
        return self._store.run(*args, **members)

    def reading(self) -> Any:
        self._counted()
        return self._store.reading()

    def _counted(self) -> None:
        self.calls += 1
        if self.calls - 1 == self.fails_at:
            raise Unavailable("gone for a moment")


class Driven:
    """A world whose rollouts move when a test takes a turn. `before_storing` is called before anything is stored."""

    def __init__(
        self,
        world: World,
        outside: Outside | None = None,
        sources: Mapping[str, MetricSource] | None = None,
        store: Store | None = None,
    ) -> None:
        self.world, self.outside = world, outside or Outside()
        self.before_storing: Callable[[], None] = lambda: None
        self.store = store or world.store
        lease = Lease(self.store, "one", LEASE_SECONDS, name=LEASE)
        holding = Holding(per_hour=1000)
        around = Surroundings(
            intent=self._intent,
            wake=lambda environment: None,
            held=holding.held,
            budget=holding.budget,
            ended=lambda state: None,
        )
        self.asker = Asker(sources or {}, self.outside, lease.now)
        self.loop = Rollouts(self.store, self.asker, lease, around)

    def _intent(self, reason: str) -> Any:
        self.before_storing()
        return self.world.intent(actor=Actor("system", "flagsvc"), reason=reason)

    def begin(self, key: str = "one", split: str = "checkout", **plan: Any) -> None:
        members = {"strategy": "canary", "targets": [target(split)], "steps": steps(), "cooldown": "0s", **plan}
        rollouts.create_rollout(self.world.store, self.world.intent(), "prod", {"key": key, "plan": members})

    def order(self, order: Any, key: str = "one", gate: str = "") -> Written:
        intent = self.world.intent(reason="because")
        return rollouts.command(self.world.store, intent, Ref("prod", "rollout", key), order, gate)

    def state(self, key: str = "one") -> RolloutState:
        with self.world.store.reading() as view:
            stored = view.rollout("prod", key)
        assert stored is not None
        return state_of_text(stored.text)

    def version(self, key: str = "one") -> int:
        with self.world.store.reading() as view:
            stored = view.rollout("prod", key)
        assert stored is not None
        return stored.version

    def turn(self) -> None:
        with suppress(Unavailable):
            self.loop.turn()

    def until(self, holds: Callable[[], bool], what: str = "") -> None:
        """Take turns until it holds."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not holds():
            assert time.monotonic() < deadline, f"{what}: {self.state()}"
            self.turn()
            time.sleep(0.01)

    def ends(self, phase: str, key: str = "one") -> None:
        self.until(lambda: self.state(key).phase == phase, f"{key} is {phase}")

    def log(self, key: str = "one") -> list[dict[str, Any]]:
        """Give all entries, oldest first."""
        found = rollouts.rollout_log(self.world.store, Ref("prod", "rollout", key), Page(limit=200))
        return list(found.items)[::-1]

    def moves(self, key: str = "one") -> list[str]:
        """Give what was done to places, in order: "move" or "restore"."""
        return [each["effect"] for entry in self.log(key) for each in entry["done"]]

    def close(self) -> None:
        self.loop.stop()


def target(split: str = "checkout", **members: Any) -> dict[str, Any]:
    return {"name": "edge", "kind": "split", "key": split, "candidate": "canary", "baseline": "stable", **members}


def steps(*weights: int, **members: Any) -> list[dict[str, Any]]:
    found = weights or (5_000, 100_000)
    return [{"name": f"step {number}", "weights": {"edge": each}, **members} for number, each in enumerate(found, 1)]


def stolen(world: World) -> None:
    """Give the lease to somebody else, behind its holder's back."""
    with world.store.engine.begin() as connection:
        connection.execute(text("UPDATE leases SET token = token + 1, holder = 'other'"))


class Gate:
    """A door that questions wait before."""

    def __init__(self) -> None:
        self._open = threading.Event()

    def wait(self) -> None:
        self._open.wait(PATIENCE_SECONDS)

    def open(self) -> None:
        self._open.set()
