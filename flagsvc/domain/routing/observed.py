"""What is really in force at a router, and whether that is what it was told."""

from collections.abc import Mapping
from dataclasses import dataclass

from flagsvc.domain.routing.capabilities import Capabilities
from flagsvc.domain.routing.grain import quantised
from flagsvc.domain.routing.target import Mirror, Target


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """What was read back. `weights` are in the router's own steps, as read: nobody promises that they add up.

    `table` is the fingerprint (`Target.table`) of what an edge decides by, where stickiness is "cohort"; `revision` is
    the one it says it holds, where it can hold one. `mirror` has its share in 1/100 000. `token` marks this very state
    for a conditional write. `detail` is for people: nodes that differ, for instance. `fresh`: it is as it begins by its
    own configuration, so that where it differs from what it was told, it was restarted and has forgotten.
    """

    weights: Mapping[str, int]
    table: str | None = None
    revision: str | None = None
    mirror: Mirror | None = None
    token: str = ""
    detail: str = ""
    fresh: bool = False


def disagreement(target: Target, observed: Observed, capabilities: Capabilities) -> str:
    """Say in words how the router differs from what it shall be, and what it says of that; "" when it does not.

    Raises TooFine.
    """
    words = _difference(target, observed, capabilities)
    return f"{words}: {observed.detail}" if words and observed.detail else words


def _difference(target: Target, observed: Observed, capabilities: Capabilities) -> str:
    wanted = quantised(target.weights, capabilities.granularity)
    if _some(wanted) != _some(observed.weights):
        return f"wanted {_shown(wanted)}, found {_shown(observed.weights)} (of {capabilities.granularity})"
    if capabilities.sticky == "cohort" and observed.table != target.table:
        return f"wanted table {target.table}, found {observed.table or 'none'}"
    if capabilities.mirror and observed.mirror != target.mirror:
        return f"wanted {_mirrored(target.mirror)}, found {_mirrored(observed.mirror)}"
    return ""


def _some(weights: Mapping[str, int]) -> dict[str, int]:
    return {backend: weight for backend, weight in weights.items() if weight}


def _shown(weights: Mapping[str, int]) -> str:
    return ", ".join(f"{backend} {weight}" for backend, weight in sorted(weights.items())) or "nothing"


def _mirrored(mirror: Mirror | None) -> str:
    return f"{mirror.share / 1000:g} % mirrored to {mirror.backend}" if mirror else "no mirror"
