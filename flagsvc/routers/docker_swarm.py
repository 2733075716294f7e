"""Docker Swarm: one service per cohort, and the split is the ratio of their replicas."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, NamedTuple
from urllib.parse import quote, urlencode

from flagsvc.domain.routing.capabilities import Capabilities
from flagsvc.domain.routing.errors import RouterError
from flagsvc.domain.routing.observed import Observed
from flagsvc.domain.routing.target import Target
from flagsvc.outbound.http import HttpClient, text_of
from flagsvc.outbound.unix import UNIX
from flagsvc.routers.common.awaiting import awaited
from flagsvc.routers.common.backends import told_weights
from flagsvc.routers.common.understanding import understood
from flagsvc.routers.registry import Tools

OWN_FAULT = 500
STALE = "out of sequence"
"""What the engine says, with status 500, when a specification was changed since it was read."""
MOST_REPLICAS = 1000
UPDATING = frozenset({"updating", "rollback_started"})


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


class Step(NamedTuple):
    """One service as it was read, and how many replicas it shall have."""

    backend: str
    service: Mapping[str, Any]
    before: int
    wanted: int


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
        """Say which services would be scaled, those that grow first; the others wait until those run."""
        return [
            f"scale {self._services[step.backend]} from {step.before} to {step.wanted}" for step in self._steps(target)
        ]

    @understood("the swarm's manager")
    def apply(self, target: Target) -> None:
        """Scale what grows, and what shrinks once that runs, so that there is never less capacity than before.

        Raises RouterError, not permanent, while tasks are still starting: the next call goes on.
        """
        steps = self._steps(target)
        shrinking = [step for step in steps if step.wanted < step.before]
        self._scale([step for step in steps if step.wanted > step.before])
        if shrinking and not awaited(lambda: not self._lacking(target)):
            raise RouterError(f"{self._lacking(target) or 'tasks have just started'}: nothing shrinks before they run")
        self._scale(shrinking)

    @understood("the swarm's manager")
    def observe(self) -> Observed | None:
        """Count the tasks that run, not those that are wanted; one with a health check runs once it is healthy."""
        read = {backend: self._service(name) for backend, name in self._services.items()}
        running = {backend: self._running(service) for backend, service in read.items()}
        behind = [
            f"{self._services[backend]}: {running[backend]} of {_replicas(service)} run"
            for backend, service in read.items()
            if running[backend] != _replicas(service)
        ]
        return Observed(weights=running, detail="; ".join(behind))

    def _told(self, target: Target) -> dict[str, int]:
        return told_weights(target, self.capabilities.granularity, self._services)

    def _steps(self, target: Target) -> list[Step]:
        told = self._told(target)
        read = {backend: self._service(self._services[backend]) for backend in told}
        steps = [Step(backend, service, _replicas(service), told[backend]) for backend, service in read.items()]
        changed = [step for step in steps if step.before != step.wanted]
        return sorted(changed, key=lambda step: step.before - step.wanted)

    def _scale(self, steps: Sequence[Step]) -> None:
        for step in steps:
            spec = step.service["Spec"]
            spec = {**spec, "Mode": {"Replicated": {**spec["Mode"]["Replicated"], "Replicas": step.wanted}}}
            where, version = f"/services/{step.service['ID']}/update", step.service["Version"]["Index"]
            self._call(self._services[step.backend], "POST", where, spec, version=version)

    def _lacking(self, target: Target) -> str:
        """Say which services run fewer tasks than they are to serve with; "" when none does."""
        told = self._told(target)
        running = {backend: self._running(self._service(self._services[backend])) for backend in told}
        return ", ".join(
            f"{self._services[backend]} runs {count} of {told[backend]}"
            for backend, count in running.items()
            if count < told[backend]
        )

    def _service(self, name: str) -> dict[str, Any]:
        service: dict[str, Any] = self._call(name, "GET", f"/services/{quote(name, safe='')}")
        if "Replicated" not in service["Spec"]["Mode"]:
            raise RouterError(f"the service {name!r} is not replicated: it has no ratio to tell", permanent=True)
        return service

    def _running(self, service: Mapping[str, Any]) -> int:
        """Count its tasks; what an update of the image runs on top for its time is nobody's change."""
        name = service["Spec"]["Name"]
        filters = text_of({"service": [name], "desired-state": ["running"]})
        tasks = self._call(name, "GET", "/tasks", filters=filters)
        running = [task["Status"]["State"] for task in tasks].count("running")
        updating = (service.get("UpdateStatus") or {}).get("State") in UPDATING
        return min(running, _replicas(service)) if updating else running

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
