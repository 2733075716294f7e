"""Traefik, told by what its HTTP provider fetches from this service: one weighted service, whole or not at all."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import ClassVar

from flagsvc.domain.routing.capabilities import Capabilities
from flagsvc.domain.routing.observed import Observed
from flagsvc.domain.routing.target import Target
from flagsvc.ports import Shelf
from flagsvc.routers.common.backends import told_weights
from flagsvc.routers.common.laying import lay
from flagsvc.routers.registry import Tools
from flagsvc.routers.traefik_nodes import TraefikNodes, demand_traefik
from flagsvc.routers.traefik_plan import GRANULARITY, Naming, services_of

EXPECTED_SECONDS = 7.0
"""Traefik's own times: a poll each 5 seconds, and at most one change in 2."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """`service` is told, `backends` names the service of each backend with its provider ("stable@file").

    `api`: addresses of the API of every Traefik, with `api_token_file` where one is asked for. `token_file`: the bearer
    token that Traefik has to show to be given anything. `mirror`: a mirroring service in front. `sticky_cookie`: the
    name of a cookie that pins clients.
    """

    service: str
    backends: Mapping[str, str]
    api: tuple[str, ...] = ()
    api_token_file: Path | None = None
    token_file: Path | None = None
    mirror: bool = False
    sticky_cookie: str = ""

    __pydantic_config__: ClassVar[Mapping[str, str]] = {"extra": "forbid"}

    def __post_init__(self) -> None:
        demand_traefik(self.api, self.backends, self.service)


class TraefikHttp:
    """The shelf is told; what counts is what Traefik holds."""

    def __init__(self, name: str, options: Options, shelf: Shelf) -> None:
        naming = Naming(
            service=options.service, backends=options.backends, mirror=options.mirror, cookie=options.sticky_cookie
        )
        self._name, self._naming, self._shelf = name, naming, shelf
        self._nodes = TraefikNodes(options.api, naming, "http", options.api_token_file)
        self.capabilities = Capabilities(
            granularity=GRANULARITY,
            sticky="own" if options.sticky_cookie else "none",
            backends=frozenset(options.backends),
            expected_propagation_seconds=EXPECTED_SECONDS,
            mirror=options.mirror,
        )

    def plan(self, target: Target) -> Sequence[str]:
        """Say what would lie ready."""
        content = self._content(target)
        item = self._shelf.item(self._name)
        return [] if item and item.content == content else [f"lay ready for {self._name}: {content}"]

    def apply(self, target: Target) -> None:
        """Lay it ready; Traefik has it after its next poll."""
        content = self._content(target)
        item = self._shelf.item(self._name)
        if not item or item.content != content:
            version = f"{target.revision}-{sha256(content.encode()).hexdigest()[:16]}"
            lay(self._shelf, self._name, version, content)

    def observe(self) -> Observed | None:
        """Read what every Traefik holds."""
        return self._nodes.observe()

    def _content(self, target: Target) -> str:
        weights = told_weights(target, GRANULARITY, self._naming.backends)
        services = services_of(self._naming, weights, target.mirror)
        return json.dumps({"http": {"services": services}}, separators=(",", ":"))


def make(name: str, options: Options, tools: Tools) -> TraefikHttp:
    """Make one."""
    return TraefikHttp(name, options, tools.shelf)
