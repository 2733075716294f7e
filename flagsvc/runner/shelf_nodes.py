"""What edges say they hold: seen by this process, read of the others, and what of it the database should know."""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from flagsvc.domain.instants import moment_of, text_of
from flagsvc.domain.routing.records import Node

HEARTBEAT_SECONDS = 10.0
"""How often the database hears of an edge that holds what it was offered."""
MAX_NODES = 1000
"""Edges of one router, at all replicas together."""


class Sightings:
    """The edges of every router; quick, from any thread."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._own: dict[str, dict[str, Node]] = {}
        self._written: dict[str, dict[str, Node]] = {}
        self._others: Mapping[str, Mapping[str, Node]] = {}

    def note(self, router: str, node: str, held: str, offered: str) -> bool:
        """Note a sight of an edge, and tell whether it says anything new; one edge too many is not kept.

        Without `offered`, what was offered before stays.
        """
        with self._lock:
            own, others = self._own.setdefault(router, {}), self._others.get(router, {})
            before = _later(own.get(node), others.get(node))
            if before is None and len(own.keys() | others.keys()) >= MAX_NODES:
                return False
            kept = offered or (before.offered if before else "")
            own[node] = Node(router, node, held, kept, self._after(before))
            return before is None or (before.held, before.offered) != (held, kept)

    def _after(self, before: Node | None) -> str:
        """Tell the time; a clock that was set back must not let an older sight look younger."""
        now = self._clock()
        return text_of(max(now, moment_of(before.seen_at) + timedelta(microseconds=1)) if before else now)

    def of(self, router: str) -> Sequence[Node]:
        """Give a router's edges by id."""
        with self._lock:
            own, others = self._own.get(router, {}), self._others.get(router, {})
            known = [_later(own.get(node), others.get(node)) for node in sorted(own.keys() | others.keys())]
        return [node for node in known if node is not None]

    def take(self, seen: Mapping[str, Sequence[Node]]) -> None:
        """Take what the database knows, of this replica and of the others."""
        others = {router: {node.id: node for node in nodes} for router, nodes in seen.items()}
        with self._lock:
            self._others = others

    def due(self) -> Sequence[Node]:
        """Give what should be written: what changed, edges that do not hold what they were offered, old heartbeats."""
        with self._lock:
            return [
                node
                for router, own in self._own.items()
                for node in own.values()
                if _is_due(node, self._written.get(router, {}).get(node.id))
            ]

    def written(self, nodes: Sequence[Node]) -> None:
        """Take note that these are in the database."""
        with self._lock:
            for node in nodes:
                self._written.setdefault(node.router, {})[node.id] = node

    def forget(self, seconds: float) -> None:
        """Drop the edges that did not ask here for so long."""
        oldest = text_of(self._clock() - timedelta(seconds=seconds))
        with self._lock:
            for router, own in self._own.items():
                for node in [node.id for node in own.values() if node.seen_at < oldest]:
                    del own[node]
                    self._written.get(router, {}).pop(node, None)


def _later(one: Node | None, other: Node | None) -> Node | None:
    if one is None or other is None:
        return one or other
    return one if one.seen_at >= other.seen_at else other


def _is_due(node: Node, written: Node | None) -> bool:
    if written is None or replace(node, seen_at=written.seen_at) != written:
        return True
    age = moment_of(node.seen_at) - moment_of(written.seen_at)
    refuses = bool(node.offered) and node.held != node.offered
    return age.total_seconds() >= (0.001 if refuses else HEARTBEAT_SECONDS)
