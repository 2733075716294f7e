"""What a router can do, as data: shown to people, and what a write is checked against before anything is told."""

from dataclasses import dataclass
from typing import Literal

from flagsdk.core.hashing import NATIVE

Stickiness = Literal["none", "own", "cohort"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """`granularity`: weights are told as that many equal parts. `sticky`: who keeps a unit where it is.

    Stickiness "none": each request is drawn anew; "own": a cookie or hash of the router's, other than ours; "cohort":
    our hash and table, so that every unit is where the SDK says; `hashes` are the names of those that it can compute.
    `backends` are the names it was configured with (None: any). `persistent`: what was told survives a restart.
    `conditional`: it notices that somebody else wrote in between. `drains_pinned`: weight 0 also recalls those whom
    stickiness holds. `counts`: it tells requests per backend.
    """

    granularity: int
    sticky: Stickiness = "none"
    hashes: frozenset[str] = frozenset({NATIVE})
    backends: frozenset[str] | None = None
    max_backends: int | None = None
    persistent: bool = True
    expected_propagation_seconds: float = 1.0
    mirror: bool = False
    conditional: bool = False
    drains_pinned: bool = True
    counts: bool = False
