"""What a file for an edge says about itself, and what nodes that have loaded it say by HTTP: the same JSON object."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field

from flagsvc.domain.routing.errors import RouterError
from flagsvc.domain.routing.observed import Observed
from flagsvc.domain.routing.target import Mirror
from flagsvc.outbound.http import HttpClient
from flagsvc.routers.common.several import of_each

OK = frozenset({200})
STATUS_SECONDS = 2.0
"""A status comes from memory, and one look at a node is several of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """`weights` in the router's steps, `table` as of `Target.table`; two facts are equal whatever their revisions."""

    table: str
    weights: Mapping[str, int]
    mirror: Mirror | None = None
    revision: str = field(default="", compare=False)

    def text(self) -> str:
        """Write them as JSON, in ASCII and on one line."""
        return json.dumps(asdict(self), separators=(",", ":"), sort_keys=True)


EDITED = Facts(table="none that was written here", weights={})
"""Of a file that somebody else has changed: equal to no others."""


def facts_of(text: str | bytes) -> Facts | None:
    """Read facts; None where nobody was told yet ({}); raises RouterError for anything that is not of their form."""
    try:
        members = json.loads(text)
        if members == {}:
            return None
        mirror = members.get("mirror")
        return Facts(
            table=str(members["table"]),
            weights={str(name): int(parts) for name, parts in members["weights"].items()},
            mirror=Mirror(str(mirror["backend"]), int(mirror["share"])) if mirror else None,
            revision=str(members.get("revision", "")),
        )
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise RouterError("what came is not the status of an edge: is the address that of its status?") from error


def observed_of(said: Mapping[str, Facts | None]) -> Observed | None:
    """Put together what several places say; where they are not of one mind, something that agrees with no target.

    None when none of them was told anything yet.
    """
    first, *others = said.values()
    if any(other != first for other in others):
        return Observed(weights={}, detail="; ".join(f"{place}: {_told(facts)}" for place, facts in said.items()))
    if first is None:
        return None
    return Observed(weights=first.weights, table=first.table, revision=first.revision, mirror=first.mirror)


def _told(facts: Facts | None) -> str:
    if facts is None:
        return "nothing"
    weights = ", ".join(f"{backend} {parts}" for backend, parts in sorted(facts.weights.items()))
    return f"{weights} (table {facts.table}, revision {facts.revision})"


class Nodes:
    """Edges that say by HTTP what they have loaded; each by its status address."""

    def __init__(self, urls: Sequence[str]) -> None:
        self._clients = {
            url.partition("?")[0]: HttpClient(url, {"Connection": "close"}, seconds=STATUS_SECONDS) for url in urls
        }

    def read(self) -> dict[str, Facts | None]:
        """Ask all at once; RouterError that names those that did not say."""
        return of_each(self._clients, _asked)


def _asked(client: HttpClient) -> Facts | None:
    """Ask on a new connection: an old one may lead to a process that still holds what was loaded before."""
    try:
        return facts_of(client.send("GET", "", allowed=OK).body)
    except RouterError as error:
        raise RouterError(f"it does not say what it has loaded: {error}") from error
