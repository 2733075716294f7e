"""Routing rules of a web app's slots: what the rules say in steps, and the rules that say something else. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from flagsvc.domain.routing.errors import RouterError

Rule = Mapping[str, Any]
ALL = 100.0
CALLBACK = "changeDecisionCallbackUrl"


class Slot(NamedTuple):
    """A deployment slot that gets a share: its name, which is the name of its rule, and its host."""

    name: str
    host: str


def parts_of(rules: Sequence[Rule], stable: str, slots: Mapping[str, Slot], granularity: int) -> dict[str, int]:
    """Read each backend's share in steps; `stable` has what no rule, ours or not, takes away.

    A rule of a slot's name that leads to another host counts for nobody.
    """
    shares = {backend: sum(_percent(rule) for rule in rules if _is(rule, slot)) for backend, slot in slots.items()}
    shares[stable] = ALL - sum(map(_percent, rules))
    return {backend: round(share * granularity / ALL) for backend, share in shares.items()}


def demand_alone(rules: Sequence[Rule], slots: Mapping[str, Slot]) -> None:
    """Pass when nobody else moves traffic of this app: RouterError(permanent=True) names the rule that does."""
    ours = {slot.name for slot in slots.values()}
    for rule in rules:
        if rule.get("name") not in ours and _percent(rule):
            raise RouterError(
                f"the rule {rule.get('name')!r} of the web app takes {_percent(rule):g} % and is no backend of this "
                "router: set it to 0 %, or name its slot under backends",
                permanent=True,
            )
        if rule.get("name") in ours and rule.get("changeStep"):
            raise RouterError(
                f"Azure moves the rule {rule.get('name')!r} by itself (changeStep): remove that, there must be one "
                "who moves it",
                permanent=True,
            )


def changed(
    rules: Sequence[Rule], slots: Mapping[str, Slot], told: Mapping[str, int], granularity: int
) -> list[Rule] | None:
    """Give the rules that tell `told`, everybody else's and other members of ours as they were; None: they do."""
    wanted = {slot.name: (slot, round(told[backend] * ALL / granularity, 6)) for backend, slot in slots.items()}
    new = [_with(rule, *wanted[rule["name"]]) if rule.get("name") in wanted else rule for rule in rules]
    present = {rule.get("name") for rule in rules}
    new += [_with({}, slot, percent) for name, (slot, percent) in wanted.items() if percent and name not in present]
    return None if new == list(rules) else new


def shown(rules: Sequence[Rule]) -> list[Rule]:
    """Give rules for people's eyes: the address of somebody's own algorithm may have a key in it."""
    return [{**rule, CALLBACK: "***"} if rule.get(CALLBACK) else rule for rule in rules]


def _with(rule: Rule, slot: Slot, percent: float) -> Rule:
    return {**rule, "name": slot.name, "actionHostName": slot.host, "reroutePercentage": percent}


def _is(rule: Rule, slot: Slot) -> bool:
    return rule.get("name") == slot.name and str(rule.get("actionHostName", "")).lower() == slot.host.lower()


def _percent(rule: Rule) -> float:
    return float(rule.get("reroutePercentage") or 0.0)
