"""Deployment slots of an Azure App Service web app: a share by routing rules, or all or nothing by a swap."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal
from urllib.parse import quote

from flagsvc.domain.routing.capabilities import Capabilities
from flagsvc.domain.routing.errors import RouterError
from flagsvc.domain.routing.observed import Observed
from flagsvc.domain.routing.target import Target
from flagsvc.outbound.http import demand_tls, text_of
from flagsvc.ports import Router
from flagsvc.routers.azure_arm import Arm
from flagsvc.routers.azure_rules import Rule, Slot, changed, demand_alone, parts_of, shown
from flagsvc.routers.azure_swap import Swap
from flagsvc.routers.common.backends import told_weights
from flagsvc.routers.common.understanding import understood
from flagsvc.routers.registry import Tools

PRODUCTION = "production"
FINEST = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The web app, and what its backends are.

    `mode` "percentage": `backends` maps each backend to a slot, exactly one to "production", which gets what no rule
    takes; `granularity` is in how many steps. `mode` "swap": `backends` maps two backends to the values of the app
    setting `setting`, which travels with a release from slot to slot; `slot` is exchanged with production. `arm` is
    the management address of another cloud than the public one.
    """

    __pydantic_config__: ClassVar[Mapping[str, str]] = {"extra": "forbid"}

    subscription: str
    resource_group: str
    site: str
    backends: dict[str, str]
    mode: Literal["percentage", "swap"] = "percentage"
    granularity: int = 100
    slot: str = "staging"
    setting: str = "FLAGSVC_BACKEND"
    arm: str = "https://management.azure.com"

    def __post_init__(self) -> None:
        demand_tls("arm", self.arm)
        if len(set(self.backends.values())) != len(self.backends):
            raise ValueError("backends: two backends cannot be the same")
        if self.mode == "swap" and len(self.backends) != 2:  # noqa: PLR2004  # a swap exchanges two
            raise ValueError("backends: a swap needs exactly two")
        if self.mode == "percentage" and PRODUCTION not in self.backends.values():
            raise ValueError(f"backends: one of them must be the slot {PRODUCTION!r}, which gets the rest")
        if not 1 <= self.granularity <= FINEST:
            raise ValueError(f"granularity: from 1 to {FINEST}")


class Percentage:
    """Tells routing rules. A cookie of Azure's keeps a browser where it was for an hour, at 0 % too."""

    def __init__(self, arm: Arm, backends: Mapping[str, str], granularity: int) -> None:
        self._arm = arm
        self._stable = next(backend for backend, slot in backends.items() if slot == PRODUCTION)
        self._slots = {backend: slot for backend, slot in backends.items() if slot != PRODUCTION}
        self.capabilities = Capabilities(
            granularity=granularity,
            sticky="own",
            backends=frozenset(backends),
            max_backends=len(backends),
            expected_propagation_seconds=30.0,
            drains_pinned=False,
        )

    @understood("Azure")
    def plan(self, target: Target) -> Sequence[str]:
        """Say the PATCH."""
        rules, _ = self._next(target)
        return () if rules is None else (f"PATCH config/web {text_of(_body(shown(rules)))}",)

    @understood("Azure")
    def apply(self, target: Target) -> None:
        """Send it, where something is to be changed."""
        rules, etag = self._next(target)
        if rules is None:
            return
        condition = {"If-Match": etag} if etag else {}
        answered = _rules(self._arm.send("PATCH", "/config/web", _body(rules), condition).json())
        if [(rule.get("name"), rule.get("reroutePercentage")) for rule in answered] != [
            (rule.get("name"), rule.get("reroutePercentage")) for rule in rules
        ]:
            raise RouterError("Azure said yes and answered other routing rules than were sent")

    @understood("Azure")
    def observe(self) -> Observed | None:
        """Read the rules in force."""
        reply = self._arm.get("/config/web")
        weights = parts_of(_rules(reply.json()), self._stable, self._hosts(), self.capabilities.granularity)
        return Observed(weights=weights, token=reply.headers.get("ETag") or "")

    def _next(self, target: Target) -> tuple[list[Rule] | None, str]:
        granularity = self.capabilities.granularity
        told = told_weights(target, granularity, [self._stable, *self._slots])
        if told[self._stable] != granularity - sum(told[backend] for backend in self._slots):
            raise RouterError("the weights do not add up", permanent=True)
        reply = self._arm.get("/config/web")
        rules, slots = _rules(reply.json()), self._hosts()
        demand_alone(rules, slots)
        return changed(rules, slots, told, granularity), reply.headers.get("ETag") or ""

    def _hosts(self) -> dict[str, Slot]:
        return {backend: Slot(slot, self._host(slot)) for backend, slot in self._slots.items()}

    def _host(self, slot: str) -> str:
        host = self._arm.get(f"/slots/{quote(slot, safe='')}").json().get("properties", {}).get("defaultHostName")
        if not host:
            raise RouterError(f"the slot {slot!r} has no host name", permanent=True)
        return str(host)


def make(name: str, options: Options, tools: Tools) -> Router:
    """Make one of either form."""
    arm = Arm(options.arm, options.subscription, options.resource_group, options.site)
    if options.mode == "swap":
        return Swap(arm, options.backends, quote(options.slot, safe=""), options.setting)
    return Percentage(arm, options.backends, options.granularity)


def _body(rules: Sequence[Rule]) -> dict[str, Any]:
    return {"properties": {"experiments": {"rampUpRules": rules}}}


def _rules(config: Mapping[str, Any]) -> list[Rule]:
    experiments = (config.get("properties") or {}).get("experiments") or {}
    return list(experiments.get("rampUpRules") or ())
