"""What Traefik really holds, by its own API: the truth for every kind that tells it, wherever it was told."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from flagsvc.domain.routing.observed import Observed
from flagsvc.outbound.addresses import demand_addresses, shown
from flagsvc.outbound.bounded import VISIT_SECONDS, answered_within
from flagsvc.outbound.files import secret_of
from flagsvc.outbound.http import HttpClient
from flagsvc.routers.common.several import agreed, of_each
from flagsvc.routers.common.understanding import understood
from flagsvc.routers.traefik_plan import Naming, observed_in

ABSENT = 404


def demand_traefik(api: Sequence[str], backends: Mapping[str, str], service: str) -> None:
    """Pass when the options that all kinds share can work; else ValueError that says how."""
    if not api:
        raise ValueError("api is needed, the addresses of Traefik's API: without it nothing could be read back")
    demand_addresses("api", api)
    if not service or "/" in service or "@" in service:
        raise ValueError("service is the bare name of the split's service, such as checkout")
    strange = sorted(name for name in backends.values() if not all(name.partition("@")))
    if not backends or strange:
        raise ValueError("backends names the service of each backend, with its provider, such as stable@file")
    if len(set(backends.values())) < len(backends):
        raise ValueError("two backends have the same service: nobody could tell whose it is")


class TraefikNodes:
    """Every Traefik that shall follow; they agree, or agree with no target."""

    def __init__(self, api: Sequence[str], naming: Naming, provider: str, token_file: Path | None) -> None:
        self._nodes = {shown(url): HttpClient(url) for url in api}
        self._naming, self._provider, self._token_file = naming, provider, token_file

    def observe(self) -> Observed:
        """Read the service from each; raises RouterError when one does not answer."""
        headers = {"Authorization": f"Bearer {secret_of(self._token_file)}"} if self._token_file else {}
        return agreed(of_each(self._nodes, lambda node: self._observed(node, headers)))

    @answered_within(VISIT_SECONDS)
    @understood("Traefik")
    def _observed(self, node: HttpClient, headers: Mapping[str, str]) -> Observed:
        names = dict.fromkeys((self._naming.weighted, self._naming.service))
        return observed_in(self._naming, {name: self._service(node, name, headers) for name in names})

    def _service(self, node: HttpClient, name: str, headers: Mapping[str, str]) -> dict[str, Any]:
        path = f"/api/http/services/{quote(name, safe='')}@{self._provider}"
        reply = node.send("GET", path, headers=headers, allowed=frozenset({200, ABSENT}))
        return {} if reply.status == ABSENT else dict(reply.json())
