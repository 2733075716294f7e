"""What the benchmarks of edges share: where things are, what edges are told, and an edge that runs."""

from typing import NamedTuple

from flagsdk.core.allocation import WHOLE
from flagsvc.domain.routing.target import Target
from tests.support.process import Child

CANARY = 5_000
TOLD = Target(
    split="production/checkout",
    revision="epoch.1",
    stable="stable",
    weights={"stable": WHOLE - CANARY, "canary": CANARY},
    salt="k3v9q2xw",
    allocation=(("canary", 0, CANARY), ("stable", CANARY, WHOLE)),
)


class Ports(NamedTuple):
    """Ports on 127.0.0.1: two back ends, and flagsvc (only asked by edges that ask)."""

    stable: int
    canary: int
    service: int


class Running(NamedTuple):
    """An edge that runs: the port for clients, and its process."""

    port: int
    process: Child
