"""Caddy, told by its admin API: the upstreams of one reverse_proxy, and nothing else of its configuration."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import lcm
from typing import Any, ClassVar, NamedTuple

from flagsvc.domain.routing.capabilities import Capabilities
from flagsvc.domain.routing.errors import RouterError
from flagsvc.domain.routing.observed import Observed
from flagsvc.domain.routing.target import Target
from flagsvc.outbound.addresses import demand_addresses, shown
from flagsvc.outbound.bounded import VISIT_SECONDS, answered_within
from flagsvc.outbound.http import HttpClient
from flagsvc.routers.caddy_plan import (
    GRANULARITY,
    MAX_ENTRIES,
    fault_of,
    listed_in,
    observed_in,
    paths_of,
    same_shares,
    tag_of,
    upstreams_of,
)
from flagsvc.routers.common.backends import told_weights
from flagsvc.routers.common.several import agreed, of_each
from flagsvc.routers.common.understanding import understood
from flagsvc.routers.registry import Tools

EXPECTED_SECONDS = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """`nodes`: addresses of the admin API, one for each Caddy. The handler is named by `id`, its "@id", or by `path`.

    `backends` has every backend's addresses as Caddy's `dial` has them. `resumes`: Caddy is started with --resume.
    """

    nodes: tuple[str, ...]
    backends: Mapping[str, tuple[str, ...]]
    id: str = ""
    path: str = ""
    resumes: bool = False

    __pydantic_config__: ClassVar[Mapping[str, str]] = {"extra": "forbid"}

    def __post_init__(self) -> None:
        addresses = [address for listed in self.backends.values() for address in listed]
        if not self.nodes:
            raise ValueError("nodes has the addresses of the admin API, for instance http://10.0.0.5:2019")
        demand_addresses("nodes", self.nodes)
        if bool(self.id) == bool(self.path):
            raise ValueError("name the reverse_proxy either by id or by path")
        if not self.backends or not all(self.backends.values()):
            raise ValueError("backends has the names of the split's backends, each with its addresses")
        if len(set(addresses)) < len(addresses):
            raise ValueError("an address is there twice: nobody could tell whose it is")
        if GRANULARITY * lcm(*map(len, self.backends.values())) > MAX_ENTRIES:
            raise ValueError("the numbers of addresses need a small common multiple, at most 20; give all the same")


class _Read(NamedTuple):
    """The handler as it is, where it is, and its entity tag."""

    path: str
    tag: str
    handler: Mapping[str, Any]


class _Node:
    """One Caddy."""

    def __init__(self, url: str, options: Options) -> None:
        self._client = HttpClient(url)
        self._options = options

    @answered_within(VISIT_SECONDS)
    def observe(self) -> Observed:
        """Read what it holds."""
        read = self._read()
        return observed_in(read.handler, self._options.backends, read.tag)

    def planned(self, wanted: Sequence[Mapping[str, str]]) -> _Read | None:
        """Give what it holds if that has to change."""
        read = self._read()
        return None if same_shares(listed_in(read.handler), wanted) else read

    @answered_within(VISIT_SECONDS)
    def bring(self, wanted: Sequence[Mapping[str, str]]) -> None:
        """Change it, unless somebody else does so in between, and look whether it has changed."""
        read = self.planned(wanted)
        if read is None:
            return
        present = "upstreams" in read.handler
        self._client.send(
            "PATCH" if present else "PUT",
            f"/config/{read.path}/upstreams",
            wanted,
            headers={"If-Match": read.tag},
            allowed=frozenset({200}),
        )
        if self.planned(wanted):
            raise RouterError("Caddy said that it took the upstreams, and holds others")

    @understood("Caddy")
    def _read(self) -> _Read:
        path = self._options.path.strip("/").removeprefix("config/") or self._found()
        try:
            reply = self._client.send("GET", f"/config/{path}", allowed=frozenset({200}))
        except RouterError as error:
            if error.permanent:
                raise RouterError(f"nothing is at {path!r}: {error}; correct id or path", permanent=True) from error
            raise
        handler = reply.json()
        if fault := fault_of(handler, self._options.backends):
            raise RouterError(f"at {path!r}: {fault}", permanent=True)
        return _Read(path, reply.headers.get("ETag") or tag_of(path, reply.body), handler)

    def _found(self) -> str:
        config = self._client.send("GET", "/config/", allowed=frozenset({200})).json()
        found = list(paths_of(config, self._options.id))
        if len(found) != 1:
            raise RouterError(
                f'{len(found) or "nothing"} in the configuration with "@id": {json.dumps(self._options.id)}; '
                "give it to the reverse_proxy, or name its path",
                permanent=True,
            )
        return found[0]


class Caddy:
    """All nodes are told; it is done when each reads back so."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._nodes = {shown(node): _Node(node, options) for node in options.nodes}
        self.capabilities = Capabilities(
            granularity=GRANULARITY,
            backends=frozenset(options.backends),
            persistent=options.resumes,
            expected_propagation_seconds=EXPECTED_SECONDS,
            conditional=True,
        )

    def plan(self, target: Target) -> Sequence[str]:
        """Say which nodes would get which upstreams."""
        weights, wanted = self._wanted(target)
        found = of_each(self._nodes, lambda node: node.planned(wanted))
        told = ", ".join(f"{backend} {weight}" for backend, weight in weights.items())
        return [
            f"{name}: PATCH /config/{read.path}/upstreams: {told} of {GRANULARITY} ({len(wanted)} entries)"
            for name, read in found.items()
            if read
        ]

    def apply(self, target: Target) -> None:
        """Tell every node that holds something else; one that changed in between is a conflict."""
        _, wanted = self._wanted(target)
        of_each(self._nodes, lambda node: node.bring(wanted))

    def observe(self) -> Observed | None:
        """Read every node."""
        return agreed(of_each(self._nodes, _Node.observe))

    def _wanted(self, target: Target) -> tuple[Mapping[str, int], list[dict[str, str]]]:
        weights = told_weights(target, GRANULARITY, self._options.backends)
        return weights, upstreams_of(weights, self._options.backends)


def make(name: str, options: Options, tools: Tools) -> Caddy:
    """Make one."""
    return Caddy(options)
