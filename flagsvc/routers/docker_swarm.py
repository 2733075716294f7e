"""Docker Swarm: one service per cohort, and the split is the ratio of their replicas."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import urlencode

from flagsvc.domain.routing.capabilities import Capabilities
from flagsvc.domain.routing.errors import RouterError
from flagsvc.domain.routing.observed import Observed
from flagsvc.domain.routing.target import Target
from flagsvc.routers.common.backends import told_weights
from flagsvc.routers.common.http import HttpClient, text_of
from flagsvc.routers.common.understanding import understood
from flagsvc.routers.common.unix import UNIX
from flagsvc.routers.registry import Tools

OWN_FAULT = 500
STALE = "out of sequence"
"""What the engine says, with status 500, when a specification was changed since it was read."""
MOST_REPLICAS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The manager's socket, which service each backend is, and how many replicas there are in all.

    `replicas` is the granularity: with 20, a step is 5 %.
    """

    __pydantic_config__: ClassVar[Mapping[str, str]] = {"extra": "forbid"}

    backends: dict[str, str]
    replicas: int
    socket: Path = Path("/var/run/docker.sock")

    def __post_init__(self) -> None:
        if not 1 <= self.replicas <= MOST_REPLICAS:
            raise ValueError(f"replicas: from 1 to {MOST_REPLICAS}, in all services together")
        if len(set(self.backends.values())) != len(self.backends):
            raise ValueError("backends: two backends cannot be the same service")


class Swarm:
    """Scales services; every other member of their specifications goes back as it was read."""

    def __init__(self, options: Options) -> None:
        self._services = options.backends
        self._http = HttpClient(f"{UNIX}{options.socket}")
        self.capabilities = Capabilities(
            granularity=options.replicas,
            backends=frozenset(options.backends),
            max_backends=len(options.backends),
            expected_propagation_seconds=30.0,
            conditional=True,
        )

    @understood("the swarm's manager")
    def plan(self, target: Target) -> Sequence[str]:
        """Say which services would be scaled, those that grow first."""
        return [
            f"scale {self._services[backend]} from {_replicas(service)} to {replicas}"
            for backend, service, replicas in self._steps(target)
        ]

    @understood("the swarm's manager")
    def apply(self, target: Target) -> None:
        """Scale, growing before shrinking, so that there is never less capacity than before."""
        for backend, service, replicas in self._steps(target):
            spec = service["Spec"]
            spec = {**spec, "Mode": {"Replicated": {**spec["Mode"]["Replicated"], "Replicas": replicas}}}
            where = f"/services/{service['ID']}/update"
            self._call(self._services[backend], "POST", where, spec, version=service["Version"]["Index"])

    @understood("the swarm's manager")
    def observe(self) -> Observed | None:
        """Count the tasks that run, not those that are wanted; one with a health check runs once it is healthy."""
        running = {backend: self._running(service) for backend, service in self._services.items()}
        wanted = {backend: _replicas(self._service(service)) for backend, service in self._services.items()}
        behind = [
            f"{self._services[backend]}: {running[backend]} of {wanted[backend]} run"
            for backend in running
            if running[backend] != wanted[backend]
        ]
        return Observed(weights=running, detail="; ".join(behind))

    def _steps(self, target: Target) -> list[tuple[str, dict[str, Any], int]]:
        told = told_weights(target, self.capabilities.granularity, self._services)
        read = {backend: self._service(self._services[backend]) for backend in told}
        steps = [
            (backend, read[backend], told[backend]) for backend in told if _replicas(read[backend]) != told[backend]
        ]
        return sorted(steps, key=lambda step: _replicas(step[1]) - step[2])

    def _service(self, name: str) -> dict[str, Any]:
        service: dict[str, Any] = self._call(name, "GET", f"/services/{name}")
        if "Replicated" not in service["Spec"]["Mode"]:
            raise RouterError(f"the service {name!r} is not replicated: it has no ratio to tell", permanent=True)
        return service

    def _running(self, name: str) -> int:
        filters = text_of({"service": [name], "desired-state": ["running"]})
        tasks = self._call(name, "GET", "/tasks", filters=filters)
        return sum(task["Status"]["State"] == "running" for task in tasks)

    def _call(self, service: str, method: str, path: str, body: Any = None, **query: Any) -> Any:
        """Ask the engine in its own version of the API, so that no member of a specification is lost on the way."""
        where = f"{path}?{urlencode(query)}" if query else path
        reply = self._http.send(method, where, body, allowed=frozenset({200, OWN_FAULT}))
        if reply.status == OWN_FAULT:
            raise _refused(service, reply.body.decode("utf-8", "replace"))
        return reply.json()


def make(name: str, options: Options, tools: Tools) -> Swarm:
    """Make one."""
    return Swarm(options)


def _replicas(service: Mapping[str, Any]) -> int:
    return int(service["Spec"]["Mode"]["Replicated"].get("Replicas") or 0)


def _refused(service: str, text: str) -> RouterError:
    said = " ".join(text[:300].split())
    if STALE in said:
        return RouterError(f"somebody changed the service {service!r} in between: {said}", conflict=True)
    return RouterError(f"the service {service!r}: {said}")
