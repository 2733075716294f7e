"""Which Envoys count, and what is said when one of them is silent or does not want what it was handed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from flagsvc.domain.instants import moment_of
from flagsvc.domain.routing.errors import RouterError
from flagsvc.domain.routing.records import Node, ShelfItem

REFUSED_SIGHTS = 6
"""So many sights of an Envoy that was handed a version and does not hold it are a refusal: three polls or more.

One that takes it is seen so once, when it is handed over, and one that was just restarted twice.
"""


@dataclass(frozen=True, slots=True)
class _Sights:
    version: str
    at: str
    count: int


class Fleet:
    """The Envoys of one router. `required` must all be there; without it, all that asked in `forget_seconds` count."""

    def __init__(self, name: str, required: Sequence[str], *, silent_seconds: float, forget_seconds: float) -> None:
        self._name, self._required = name, tuple(required)
        self._silent, self._forget = silent_seconds, forget_seconds
        self._sights: Mapping[str, _Sights] = {}

    def counting(self, item: ShelfItem, nodes: Sequence[Node], now: datetime) -> Sequence[Node]:
        """Give the Envoys that count, each heard of lately.

        RouterError: there is none, one is silent, or (permanent) one was handed the item again and again in vain.
        """
        known = {node.id: node for node in nodes if not self._required or node.id in self._required}
        self._count(item, known)
        missing = [node for node in self._required if node not in known]
        late = {node.id: _age(node, now) for node in known.values() if _age(node, now) > self._silent}
        if not self._required:
            known = {name: node for name, node in known.items() if _age(node, now) <= self._forget}
            late = {name: age for name, age in late.items() if name in known}
        if missing or not known:
            raise RouterError(self._absent(missing))
        if late:
            silent = ", ".join(f"{name} for {age:.0f} s" for name, age in sorted(late.items()))
            raise RouterError(f"silent Envoys: {silent}; whether they hold {item.version} is not known")
        self._demand_willing(item)
        return [known[name] for name in sorted(known)]

    def _absent(self, missing: Sequence[str]) -> str:
        who = f"the Envoys {', '.join(missing)} have" if missing else "no Envoy has"
        return (
            f"{who} not asked for the routes of {self._name!r} yet: give the listener rds with "
            f"route_config_name {self._name} and api_config_source REST to this service, POST /v3/discovery:routes"
        )

    def _count(self, item: ShelfItem, known: Mapping[str, Node]) -> None:
        against = {name: node for name, node in known.items() if node.held != item.version == node.offered}
        self._sights = {name: self._seen(item.version, node) for name, node in against.items()}

    def _seen(self, version: str, node: Node) -> _Sights:
        before = self._sights.get(node.id)
        if before is None or before.version != version:
            return _Sights(version, node.seen_at, 1)
        return before if before.at == node.seen_at else _Sights(version, node.seen_at, before.count + 1)

    def _demand_willing(self, item: ShelfItem) -> None:
        refusing = sorted(name for name, sights in self._sights.items() if sights.count >= REFUSED_SIGHTS)
        if refusing:
            raise RouterError(
                f"Envoy refuses {item.version}: {', '.join(refusing)} asked again and again without taking it; "
                f"see update_rejected in its /stats, and its log, which says why (a cluster that it lacks?)",
                permanent=True,
            )


def _age(node: Node, now: datetime) -> float:
    return (now - moment_of(node.seen_at)).total_seconds()
