"""What of Amazon ECS moves traffic or tasks by itself, and must not have a second writer."""

from collections.abc import Iterator, Mapping
from typing import Any

SHIFTING = frozenset({"BLUE_GREEN", "LINEAR", "CANARY"})


def controller_of(service: Mapping[str, Any]) -> str:
    """Give the deployment controller of a described service: ECS, CODE_DEPLOY or EXTERNAL."""
    return str(service.get("deploymentController", {}).get("type", "ECS"))


def shifts_by_itself(service: Mapping[str, Any]) -> str:
    """Say in words why a described service moves its own traffic; "" when it does not (ECS API, Service)."""
    if controller_of(service) == "CODE_DEPLOY":
        return "CodeDeploy deploys it (deployment controller CODE_DEPLOY)"
    strategy = service.get("deploymentConfiguration", {}).get("strategy", "ROLLING")
    if strategy in SHIFTING:
        return f"its own deployments shift traffic (strategy {strategy})"
    return ""


def rules_of(service: Mapping[str, Any]) -> Iterator[str]:
    """Give the ARNs of the rules and listeners that a described service's deployments write."""
    for balancer in service.get("loadBalancers", ()):
        advanced = balancer.get("advancedConfiguration", {})
        yield from filter(None, (advanced.get("productionListenerRule"), advanced.get("testListenerRule")))
