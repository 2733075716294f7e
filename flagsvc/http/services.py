"""What the HTTP layer needs from the composition root, in one frozen value."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from flagsvc.domain.rollouts.budget import PER_HOUR
from flagsvc.domain.routing.capabilities import Capabilities
from flagsvc.domain.routing.errors import RouterError
from flagsvc.domain.routing.target import Target
from flagsvc.http.authentication import TokenBook
from flagsvc.http.body import DEFAULT_LIMIT
from flagsvc.http.idempotency import InFlight
from flagsvc.http.identity import Identity
from flagsvc.http.packed import Packing
from flagsvc.http.process import Process, no_process
from flagsvc.http.sessions import SessionBook
from flagsvc.ports import MetricSource, Store
from flagsvc.usecases.matrix import MatrixMemory
from flagsvc.usecases.timelines import Timelines


def no_router(name: str, target: Target) -> Sequence[str]:
    """Say that no router is configured."""
    raise RouterError(f"no router {name!r} is configured here", permanent=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """The store, who may come in, and the ways to the outside.

    `wake(environment)` tells the publisher of a new revision and returns at once; `clock` answers aware UTC times;
    `mint` answers 32 fresh random characters of [0-9A-Za-z] on each call. `routers` says what each configured router
    can do, `router_kinds` of which kind it is, and `plan(router, target)`, line by line, what it would be told now: it
    asks the router, within a few seconds, and raises RouterError. `rollbacks_per_hour`: how many rollouts may be
    rolled back by themselves before everything stands still. `metric_sources` are asked before a rollout.
    `process` says what is known of this process, from memory.
    """

    store: Store
    identity: Identity
    wake: Callable[[str], None]
    clock: Callable[[], datetime]
    mint: Callable[[], str]
    routers: Mapping[str, Capabilities] = field(default_factory=dict)
    router_kinds: Mapping[str, str] = field(default_factory=dict)
    plan: Callable[[str, Target], Sequence[str]] = no_router
    metric_sources: Mapping[str, MetricSource] = field(default_factory=dict)
    max_body_bytes: int = DEFAULT_LIMIT
    rollbacks_per_hour: int = PER_HOUR
    in_flight: InFlight = field(default_factory=InFlight)
    process: Callable[[], Process] = no_process
    matrix: MatrixMemory = field(default_factory=MatrixMemory)
    packing: Packing = field(default_factory=Packing)
    timelines: Timelines = field(default_factory=Timelines)

    @property
    def tokens(self) -> TokenBook:
        """All valid tokens."""
        return self.identity.tokens

    @property
    def sessions(self) -> SessionBook:
        """Everybody who is signed in."""
        return self.identity.sessions
