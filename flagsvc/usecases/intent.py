"""What every write carries besides its content, and what it answers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any

from flagsvc.domain.actor import Actor
from flagsvc.domain.rollouts.budget import PER_HOUR
from flagsvc.domain.routing.capabilities import Capabilities


class Absent(Enum):
    """The precondition "nothing is there yet" (If-None-Match: *)."""

    ABSENT = "absent"


ABSENT = Absent.ABSENT


@dataclass(frozen=True, slots=True)
class Idempotency:
    """An Idempotency-Key with what it must be used for: "METHOD path?query" and the hash of the body's bytes."""

    key: str
    request: str
    body_hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """Who writes, when, why, and under which conditions.

    `now` is aware, in UTC. `mint` answers 32 fresh random characters of [0-9A-Za-z] on each call. `expected` is the
    version that the document must have, ABSENT, or None for no precondition. A dry run does everything but store.
    `routers` are the configured ones, which bindings and what they bind are checked against. `override`: {"reason"} why
    a command shall be done although something holds rollouts back; `rollbacks_per_hour` is one of these things.
    """

    actor: Actor
    now: datetime
    mint: Callable[[], str]
    reason: str = ""
    expected: int | Absent | None = None
    dry_run: bool = False
    rerandomise: bool = False
    idempotency: Idempotency | None = None
    routers: Mapping[str, Capabilities] = field(default_factory=dict)
    override: Mapping[str, Any] | None = None
    rollbacks_per_hour: int = PER_HOUR
    takes: bool = False
    """Whether what rollouts drive is taken from them: a revert, which told them so."""
    rollout: str = ""
    """The rollout on whose behalf this is done: what it drives, only it may move."""


@dataclass(frozen=True, slots=True)
class Found:
    """A document as it is read: its version (for the ETag) and the head revision of its environment."""

    document: dict[str, Any]
    version: int
    revision: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """The answer of a write.

    `document` for a write of one, `documents` (name → document) for a write of many. `revision` is the head of
    `environment` after the write, `version` the document's. `change_id` is None when nothing changed. `moves` lists per
    split {"document", "pointer", "moves": [{"from", "to", "weight"}], "summary"}; `heads` has every environment
    that got a new revision. `bindings` names the bindings whose routers follow what was written: it is in force there
    once they say so. `created` asks for 201; `replayed` marks an answer remembered by its Idempotency-Key.
    """

    environment: str
    revision: int
    document: dict[str, Any] | None = None
    documents: dict[str, dict[str, Any]] | None = None
    version: int | None = None
    change_id: str | None = None
    moves: list[dict[str, Any]] = field(default_factory=list)
    lints: list[dict[str, Any]] = field(default_factory=list)
    heads: Mapping[str, int] = field(default_factory=dict)
    bindings: list[str] = field(default_factory=list)
    dry_run: bool = False
    created: bool = False
    replayed: bool = False
