"""The rows about bindings and edges that the store keeps, as plain frozen values. Times are texts of `instants`."""

from dataclasses import dataclass

LEASE = "routing"
"""The lease of the one replica that tells routers."""


@dataclass(frozen=True, slots=True)
class StoredState:
    """How far a binding is: a text of `state`, and its version, counted from 1 by whoever writes it."""

    environment: str
    key: str
    text: str
    version: int
    at: str


@dataclass(frozen=True, slots=True)
class BindingEvent:
    """One thing that happened to a binding: `kind` is a word of `events`, `router` "" where it is about all of them.

    `number` is the store's, increasing; 0 before it is stored.
    """

    environment: str
    binding: str
    router: str
    kind: str
    detail: str
    at: str
    number: int = 0


@dataclass(frozen=True, slots=True)
class ShelfItem:
    """What lies ready for the edges of a router: a version that never comes again with another content, and JSON."""

    router: str
    version: str
    content: str
    at: str


@dataclass(frozen=True, slots=True)
class Node:
    """An edge that fetches by itself: its id, the version it holds ("" before the first), and when it last asked.

    `offered` is the version that was last handed to it: one that it does not hold soon after, it refused.
    """

    router: str
    id: str
    held: str
    offered: str
    seen_at: str
