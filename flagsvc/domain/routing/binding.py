"""A binding: which routers one traffic split drives, in which order, and what is done when they do not follow."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Drift = Literal["reassert", "pause"]
OnFailure = Literal["revert", "hold"]

DEADLINE_SECONDS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """`routers` are told in this order, and in the reverse one on the way back to stable.

    `drift`: what to do when a router is found to differ, tell it again or leave it and raise the alarm. `on_failure`:
    when not all could be told within `deadline_seconds`, all go back, and with "revert" so does the split.
    `attempt` grows with each retry or resumption that somebody asks for.
    """

    environment: str
    key: str
    split: str
    routers: tuple[str, ...]
    enabled: bool = True
    drift: Drift = "reassert"
    on_failure: OnFailure = "revert"
    deadline_seconds: int = DEADLINE_SECONDS
    attempt: int = 0


def binding_of(environment: str, document: Mapping[str, Any]) -> Binding:
    """Read a binding from its checked document."""
    return Binding(
        environment=environment,
        key=document["key"],
        split=document["split"],
        routers=tuple(document["routers"]),
        enabled=document["enabled"],
        drift=document["drift"],
        on_failure=document["onFailure"],
        deadline_seconds=document["deadlineSeconds"],
        attempt=document.get("attempt", 0),
    )
