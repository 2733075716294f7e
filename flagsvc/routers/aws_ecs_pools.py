"""The two ways in which Amazon ECS runs the tasks of several backends: services, or task sets of one service."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from flagsvc.domain.routing.errors import RouterError
from flagsvc.outbound.aws import Aws
from flagsvc.routers.aws_ecs_plan import Pool, Step, scale_of
from flagsvc.routers.common.ecs import controller_of, shifts_by_itself


class Services:
    """One service per backend; the load balancer in front treats their tasks alike."""

    def __init__(self, aws: Aws, cluster: str, backends: Mapping[str, str]) -> None:
        self._aws, self._cluster, self._backends = aws, cluster, backends

    def read(self) -> Mapping[str, Pool]:
        """Read the services."""
        names = self._backends
        found = described_services(self._aws, self._cluster, list(names.values()))
        for service in found.values():
            _demand_free(service, "ECS")
        return {name: Pool(name, int(found[key]["desiredCount"]), _running(found[key])) for name, key in names.items()}

    def command(self, step: Step) -> str:
        """Say it as the service's count."""
        return f"service {self._backends[step.backend]}: desiredCount {step.before} → {step.wanted}"

    def change(self, step: Step) -> None:
        """Update the count of the service, and nothing else of it."""
        service = self._backends[step.backend]
        answer = self._aws.call("update_service", cluster=self._cluster, service=service, desiredCount=step.wanted)
        kept = int(answer["service"]["desiredCount"])
        if kept != step.wanted:
            raise RouterError(f"ECS answered success, but service {service} keeps desiredCount {kept}")

    def promotion(self, backend: str) -> str:
        """Services have no primary one."""
        return ""

    def promote(self, backend: str) -> None:
        """Nothing to do."""


class Found(NamedTuple):
    """A task set as it is described."""

    arn: str
    primary: bool
    scale: float


class TaskSets:
    """Task sets of one service whose deployments are external; each has a part of the service's count."""

    def __init__(self, aws: Aws, cluster: str, backends: Mapping[str, str], *, service: str, tasks: int) -> None:
        self._aws, self._cluster, self._backends = aws, cluster, backends
        self._name, self._tasks = service, tasks
        self._found: dict[str, Found] = {}

    def read(self) -> Mapping[str, Pool]:
        """Read the service and its task sets."""
        service = self._service()
        found = self._aws.call("describe_task_sets", cluster=self._cluster, service=self._name)
        by_name = {name: _task_set(found["taskSets"], key) for name, key in self._backends.items()}
        self._found = {
            name: Found(one["taskSetArn"], one["status"] == "PRIMARY", float(one["scale"]["value"]))
            for name, one in by_name.items()
        }
        if int(service["desiredCount"]) != self._tasks:
            raise RouterError(
                f"service {self._name} has desiredCount {service['desiredCount']}, this router tasks: "
                f"{self._tasks}; make them equal",
                permanent=True,
            )
        return {
            name: Pool(name, int(one["computedDesiredCount"]), int(one["runningCount"]))
            for name, one in by_name.items()
        }

    def command(self, step: Step) -> str:
        """Say it as the scale of the task set."""
        was, scale = self._found[step.backend].scale, scale_of(step.wanted, self._tasks)
        return f"task set {self._backends[step.backend]}: scale {was:g} → {scale:g} PERCENT ({step.wanted} tasks)"

    def change(self, step: Step) -> None:
        """Update the scale of the task set."""
        scale = scale_of(step.wanted, self._tasks)
        answer = self._aws.call(
            "update_task_set", **self._where(step.backend, "taskSet"), scale={"value": scale, "unit": "PERCENT"}
        )
        kept = float(answer["taskSet"]["scale"]["value"])
        if kept != scale:
            name = self._backends[step.backend]
            raise RouterError(f"ECS answered success, but task set {name} keeps scale {kept:g}")

    def promotion(self, backend: str) -> str:
        """Make the set that gets all tasks the primary one."""
        if not backend or self._found[backend].primary:
            return ""
        return f"service {self._name}: primary task set {self._backends[backend]}"

    def promote(self, backend: str) -> None:
        """Tell it."""
        self._aws.call("update_service_primary_task_set", **self._where(backend, "primaryTaskSet"))

    def _service(self) -> Mapping[str, Any]:
        service = described_services(self._aws, self._cluster, [self._name])[self._name]
        _demand_free(service, "EXTERNAL")
        return service

    def _where(self, backend: str, role: str) -> dict[str, Any]:
        arn = self._found[backend].arn
        return {"cluster": self._cluster, "service": self._name, role: arn}


def described_services(aws: Aws, cluster: str, names: Sequence[str]) -> dict[str, Mapping[str, Any]]:
    """Describe services by the names or ARNs they were asked for; RouterError for those that are not there."""
    answer = aws.call("describe_services", cluster=cluster, services=list(names))
    found = {
        name: service
        for name in names
        for service in answer["services"]
        if name in (service["serviceName"], service["serviceArn"]) and service["status"] != "INACTIVE"
    }
    if missing := [name for name in names if name not in found]:
        raise RouterError(f"cluster {cluster} has no service {', '.join(missing)}", permanent=True)
    return found


def _running(service: Mapping[str, Any]) -> int:
    """Count the tasks; a rolling deployment runs more than it shall for its time, which is nobody's change."""
    running, desired = int(service["runningCount"]), int(service["desiredCount"])
    return min(running, desired) if desired and len(service.get("deployments", ())) > 1 else running


def _demand_free(service: Mapping[str, Any], controller: str) -> None:
    name, found = service["serviceName"], controller_of(service)
    if why := shifts_by_itself(service):
        raise RouterError(f"ECS service {name}: {why}: two would move its traffic", permanent=True)
    if found != controller:
        meant = "task sets: name the service in `service`" if found == "EXTERNAL" else "no task sets of its own"
        raise RouterError(f"ECS service {name} has deployment controller {found}, that is, {meant}", permanent=True)
    if service.get("schedulingStrategy", "REPLICA") != "REPLICA":
        raise RouterError(f"ECS service {name} is a {service['schedulingStrategy']}: it has no count", permanent=True)


def _task_set(found: Sequence[Mapping[str, Any]], key: str) -> Mapping[str, Any]:
    for one in found:
        if key in (one["id"], one["taskSetArn"], one.get("externalId")) and one["status"] != "DRAINING":
            return one
    known = ", ".join(str(one.get("externalId") or one["id"]) for one in found) or "none"
    raise RouterError(f"there is no task set {key}; there are: {known}", permanent=True)
