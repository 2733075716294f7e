"""What the HTTP layer needs from the composition root, in one frozen value."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from flagsvc.domain.routing.capabilities import Capabilities
from flagsvc.http.authentication import TokenBook
from flagsvc.http.body import DEFAULT_LIMIT
from flagsvc.http.idempotency import InFlight
from flagsvc.ports import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """The store, the tokens, and the ways to the outside.

    `wake(environment)` tells the publisher of a new revision and returns at once; `clock` answers aware UTC times;
    `mint` answers 32 fresh random characters of [0-9A-Za-z] on each call. `routers` says what each configured router
    can do.
    """

    store: Store
    tokens: TokenBook
    wake: Callable[[str], None]
    clock: Callable[[], datetime]
    mint: Callable[[], str]
    routers: Mapping[str, Capabilities] = field(default_factory=dict)
    max_body_bytes: int = DEFAULT_LIMIT
    in_flight: InFlight = field(default_factory=InFlight)
