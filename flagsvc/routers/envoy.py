"""Envoys that fetch their route table by themselves: it is laid on the shelf, and what they hold is in force."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from string import ascii_letters, digits
from typing import ClassVar

from flagsdk.core.allocation import WHOLE
from flagsvc.domain.routing.capabilities import Capabilities
from flagsvc.domain.routing.errors import RouterError
from flagsvc.domain.routing.observed import Observed
from flagsvc.domain.routing.records import Node, ShelfItem
from flagsvc.domain.routing.target import Target
from flagsvc.outbound.addresses import demand_addresses
from flagsvc.ports import Shelf
from flagsvc.routers.common.backends import demand_few, demand_listed, demand_native, told_weights
from flagsvc.routers.common.laying import lay
from flagsvc.routers.common.several import of_each
from flagsvc.routers.envoy_admin import Admins
from flagsvc.routers.envoy_fleet import Fleet
from flagsvc.routers.envoy_routes import Form, Shape, read, rendered, text_of, version_of
from flagsvc.routers.registry import Tools

REMEMBERED = 16
"""Versions whose meaning is remembered, for Envoys that are behind."""
MOST_FORCED = 1_000
"""Envoy copies the list for each request that passes the filter: 0.3 ms for so many, 3 ms for ten times as many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """`backends`: clusters by backend; `mirrors`: other clusters for what is mirrored to a backend.

    `form`: "cohort" decides by our hash and table (needs the Lua filter), "weights" draws each request anew. `domains`
    are those of the virtual host. `unit_header` has the unit; `preview_header` names a backend outright, if given.
    `nodes`: the node ids that must all follow; without it, all that asked within `forget_seconds`. One that did not ask
    for `silent_seconds` is an error. `admin`: administration addresses by node id, to read back what is really there.
    """

    __pydantic_config__: ClassVar[Mapping[str, str]] = {"extra": "forbid"}

    backends: Mapping[str, str]
    mirrors: Mapping[str, str] = field(default_factory=dict)
    form: Form = "cohort"
    domains: tuple[str, ...] = ("*",)
    unit_header: str = "x-user-id"
    preview_header: str = ""
    nodes: tuple[str, ...] = ()
    silent_seconds: float = 30.0
    forget_seconds: float = 300.0
    admin: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.backends or len(set(self.backends.values())) != len(self.backends):
            raise ValueError("backends: expected one cluster for each backend, and no cluster twice")
        if strange := sorted(set(self.mirrors) - set(self.backends)):
            raise ValueError(f"mirrors: {', '.join(strange)} is no backend; known: {', '.join(sorted(self.backends))}")
        demand_addresses("admin", self.admin.values())
        for header in (self.unit_header, self.preview_header or "-"):
            if not header or set(header) - set(ascii_letters + digits + "-"):
                raise ValueError(f"{header!r} is no name of a header (letters, digits and -)")
        if not self.domains or not 0 < self.silent_seconds <= self.forget_seconds:
            raise ValueError("expected domains, and silent_seconds of at most forget_seconds")


class Envoy:
    """One route table, of the router's name, for any number of Envoys."""

    def __init__(
        self, name: str, options: Options, shelf: Shelf, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._name, self._shelf, self._clock = name, shelf, clock
        self._shape = Shape(
            form=options.form,
            clusters=options.backends,
            mirrors={**options.backends, **options.mirrors},
            domains=options.domains,
            unit_header=options.unit_header.lower(),
            preview_header=options.preview_header.lower(),
        )
        self._admins = Admins(options.admin)
        self._fleet = Fleet(
            name, options.nodes, silent_seconds=options.silent_seconds, forget_seconds=options.forget_seconds
        )
        self._meanings: dict[str, Observed] = {}
        self.capabilities = Capabilities(
            granularity=WHOLE,
            sticky="cohort" if options.form == "cohort" else "none",
            backends=frozenset(options.backends),
            mirror=True,
            counts=bool(options.admin),
        )

    def plan(self, target: Target) -> Sequence[str]:
        """Say which version would be laid ready, and what it does."""
        version, _ = self._made(target)
        lying = self._shelf.item(self._name)
        if lying and lying.version == version:
            return ()
        shares = ", ".join(f"{backend} {weight / 1000:g} %" for backend, weight in sorted(target.weights.items()))
        return (f"lay {version} ready for the Envoys of {self._name}: {shares}",)

    def apply(self, target: Target) -> None:
        """Lay it ready; each Envoy takes it when it asks."""
        version, content = self._made(target)
        lay(self._shelf, self._name, version, content)

    def observe(self) -> Observed | None:
        """Say what the Envoys hold: where they differ, what one of those holds that lack what lies ready."""
        item = self._shelf.item(self._name)
        if item is None:
            return None
        wanted = self._meaning_of(item)
        nodes = self._counting(item)
        in_force = of_each({node.id: node.id for node in nodes if node.id in self._admins}, self._in_force)
        found = [in_force.get(node.id) or self._meanings.get(node.held, UNREADABLE) for node in nodes]
        behind = [node for node in nodes if node.held != item.version]
        shown = next((seen for seen in found if not _same(seen, wanted)), wanted)
        return replace(shown, token=item.version, detail=_told(behind, item.version))

    def counts(self) -> Mapping[str, int]:
        """Add up the requests of each backend's cluster, at the Envoys whose administration address is known."""
        item = self._shelf.item(self._name)
        mirror = self._meaning_of(item).mirror if item else None
        if mirror and self._shape.mirrors[mirror.backend] in self._shape.clusters.values():
            raise RouterError("mirrored requests cannot be told from others: give the mirror a cluster of its own")
        return self._admins.requests(self._shape.clusters)

    def _made(self, target: Target) -> tuple[str, str]:
        weights = told_weights(target, WHOLE, self._shape.clusters)
        if self._shape.form == "cohort":
            demand_native(target)
            demand_listed(target, self._shape.clusters)
            demand_few(target.forced, MOST_FORCED, "a rule, or let Envoy ask")
        content = text_of(rendered(self._name, target, weights, self._shape))
        return version_of(target, content), content

    def _counting(self, item: ShelfItem) -> Sequence[Node]:
        try:
            return self._fleet.counting(item, self._shelf.nodes(self._name), self._clock())
        except RouterError as error:
            if not error.permanent:
                raise
            raise RouterError(f"{error}{self._rejections()}", permanent=True) from error

    def _rejections(self) -> str:
        asked = {node.id: node.id for node in self._shelf.nodes(self._name) if node.id in self._admins}
        try:
            refused = of_each(asked, lambda node: self._admins.rejected(node, self._name))
        except RouterError as error:  # that it refuses is known all the same
            return f"; {error}"
        return "".join(f"; {node}: update_rejected is {count}" for node, count in refused.items())

    def _in_force(self, node: str) -> Observed:
        _, routes = self._admins.routes(node, self._name)
        return (read(routes, self._shape) if routes else None) or UNREADABLE

    def _meaning_of(self, item: ShelfItem) -> Observed:
        meaning = self._meanings.get(item.version)
        if meaning is None:
            meaning = read(json.loads(item.content), self._shape) or UNREADABLE
            kept = list(self._meanings.items())[1 - REMEMBERED :]
            self._meanings = {**dict(kept), item.version: meaning}
        return meaning


UNREADABLE = Observed(weights={})
"""Nothing, a version from before this process began, or routes that somebody else has made."""


def _same(one: Observed, other: Observed) -> bool:
    return (one.weights, one.table, one.mirror) == (other.weights, other.table, other.mirror)


def _told(behind: Sequence[Node], version: str) -> str:
    return "; ".join(f"{node.id} holds {node.held or 'nothing yet'}, not {version}" for node in behind)


def make(name: str, options: Options, tools: Tools) -> Envoy:
    """Make one."""
    return Envoy(name, options, tools.shelf)
