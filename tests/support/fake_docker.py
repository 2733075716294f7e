"""The Docker Engine API of a swarm's manager on a UNIX socket: services with versions, and tasks that take a moment.

A task is "starting" until the engine was asked `starts_after` times, as one with a health check is until it is healthy.
"""

import json
import re
from pathlib import Path
from typing import Any

from tests.support.fake_http import Answer, Asked, Fake

API = "1.47"
ROUTE = re.compile(r"(?:/v1\.\d+)?/services/([\w-]+)(/update)?")
SPEC = {"Name", "Labels", "TaskTemplate", "Mode", "UpdateConfig", "RollbackConfig", "EndpointSpec"}


class FakeDocker(Fake):
    """A manager with two services of four and no replicas."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.starts_after = 1
        self.state = {
            "services": [_service("shop_stable", 20), _service("shop_canary", 0)],
            "tasks": [{"service": "shop_stable", "left": 0} for _ in range(20)],
        }

    def service(self, name: str) -> dict[str, Any]:
        """Find a service by name or id."""
        found: list[dict[str, Any]] = self.state["services"]
        return next(service for service in found if name in {service["Spec"]["Name"], service["ID"]})

    def scale(self, name: str, replicas: int) -> None:
        """Scale at once, as after a command of a person's."""
        service = self.service(name)
        service["Spec"]["Mode"]["Replicated"]["Replicas"] = replicas
        service["Version"]["Index"] += 1
        others = [task for task in self.state["tasks"] if task["service"] != name]
        kept = [task for task in self.state["tasks"] if task["service"] == name][:replicas]
        new = [{"service": name, "left": self.starts_after} for _ in range(replicas - len(kept))]
        self.state["tasks"] = [*others, *kept, *new]

    def is_write(self, asked: Asked) -> bool:
        return asked.path.endswith("/update")

    def answer(self, asked: Asked) -> Answer:
        for task in self.state["tasks"]:
            task["left"] = max(0, task["left"] - 1)
        if asked.path == "/_ping":
            return Answer(200, b"OK", {"Api-Version": API, "Swarm": "active/manager"})
        if asked.path.endswith("/version"):
            return Answer(200, {"Version": "28.2.2", "ApiVersion": API, "MinAPIVersion": "1.24"})
        if asked.path.endswith("/tasks"):
            return Answer(200, self._tasks(json.loads(asked.query["filters"])))
        matched = ROUTE.fullmatch(asked.path)
        if not matched or not any(matched[1] in _names(service) for service in self.state["services"]):
            return Answer(404, {"message": f"service {asked.path.rpartition('/')[2]} not found"})
        service = self.service(matched[1])
        return self._update(service, asked) if matched[2] else Answer(200, service)

    def _update(self, service: dict[str, Any], asked: Asked) -> Answer:
        if int(asked.query["version"]) != service["Version"]["Index"]:
            return Answer(500, {"message": "rpc error: code = Unknown desc = update out of sequence"})
        spec = asked.json()
        if set(spec) - SPEC or not {"Name", "TaskTemplate", "Mode"} <= set(spec):
            return Answer(400, {"message": f"invalid specification: {sorted(spec)}"})
        replicas = {kind.lower(): mode for kind, mode in spec["Mode"].items()}["replicated"][
            "Replicas"
        ]  # as Go reads it
        service["Spec"] = {**spec, "Mode": {"Replicated": {}}}
        self.scale(spec["Name"], replicas)
        return Answer(200, {"Warnings": None})

    def _tasks(self, filters: dict[str, Any]) -> list[dict[str, Any]]:
        names = filters["service"]
        if filters.get("desired-state") != ["running"]:
            return []
        wanted = {service["Spec"]["Name"] for service in self.state["services"] if _names(service) & set(names)}
        tasks = [task for task in self.state["tasks"] if task["service"] in wanted]
        return [
            {"DesiredState": "running", "Status": {"State": "starting" if task["left"] else "running"}}
            for task in tasks
        ]


def _names(service: dict[str, Any]) -> set[str]:
    return {service["ID"], service["Spec"]["Name"]}


def _service(name: str, replicas: int) -> dict[str, Any]:
    container = {"Image": "shop:12", "Env": ["A=1"], "Healthcheck": {"Test": ["CMD", "true"]}, "Isolation": "default"}
    template = {"ContainerSpec": container, "ForceUpdate": 2, "Networks": [{"Target": "n1", "Aliases": ["shop"]}]}
    spec = {
        "Name": name,
        "Labels": {"com.docker.stack.namespace": "shop"},
        "TaskTemplate": template,
        "Mode": {"Replicated": {"Replicas": replicas}},
        "UpdateConfig": {"Parallelism": 2, "FailureAction": "rollback"},
        "EndpointSpec": {"Mode": "dnsrr"},
    }
    return {"ID": f"id-of-{name}", "Version": {"Index": 40}, "Spec": spec}
