"""A flag in one environment as one cell of a table: what somebody wants to read who sees a thousand of them. Pure."""

from collections.abc import Mapping
from typing import Any

from flagsdk.core.allocation import WHOLE


def cell_of(flag: Mapping[str, Any]) -> dict[str, Any]:
    """Say in a few members what a flag's document serves.

    `state` is the first of these that holds: `off` (not enabled: everybody gets the off variant; or archived: nobody
    gets anything), `rules` (there are rules or listed units, so it depends on who asks), `split` (the default serves
    more than one variant), `on` (one variant for everybody). `serves` or `weights` say what the default serves.
    """
    shown = {"enabled": flag["enabled"], "rules": len(flag["rules"]), "targets": len(flag["targets"])}
    if flag.get("archived"):
        return shown | {"state": "off", "serves": None, "weights": None}
    if not flag["enabled"]:
        return shown | {"state": "off", "serves": flag["offVariant"], "weights": None}
    serves, weights = served_by(flag["default"])
    state = "rules" if flag["rules"] or flag["targets"] else "split" if weights else "on"
    return shown | {"state": state, "serves": serves, "weights": weights}


def moved_state(state: str, phase: str | None) -> str:
    """Give the state of a cell that a rollout in this phase moves: one that has begun comes before all but `off`."""
    return state if phase in {None, "scheduled"} or state == "off" else "rollout"


def served_by(place: Mapping[str, Any]) -> tuple[str | None, dict[str, int] | None]:
    """Give the one variant that a place serves, or else its weights; a split that is all one variant serves that."""
    if "split" not in place:
        return place["serve"], None
    weights: dict[str, int] = place["split"]["weights"]
    whole = next((name for name, weight in weights.items() if weight == WHOLE), None)
    return (whole, None) if whole is not None else (None, weights)
