"""The share that is really seen: whether the traffic splits as it was told to."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """What one router's counts say since `since`. `counted`: requests per backend; `last`: the raw counts last read.

    `verdict` is "ok", "off" (it does not do what it says) or "unknown" (too little was seen); `detail` says why.
    """

    since: float = 0.0
    counted: Mapping[str, int] | None = None
    last: Mapping[str, int] | None = None
    verdict: str = "unknown"
    detail: str = ""
