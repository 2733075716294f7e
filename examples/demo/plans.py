"""The documents of the demo: two flags, the split, its binding, and the plan of a release. What the API is sent."""

from dataclasses import dataclass
from typing import Any

from examples.demo.stage import ENVIRONMENT, PLACES, SPLIT

SALT = "shop-release"
"""Shared by the split and both flags, so that edge and application choose the same visitors."""
STEPS = (5, 10, 25, 50, 100)
BAD_AT = 25
"""The step at which the bad release begins to fail, in percent."""
OF_A_PERCENT = 1_000
WHOLE = 100_000


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds: how long steps hold, and the one at `BAD_AT`; how long v3 is well there; how long each end is shown."""

    hold: int
    hold_at_bad: int
    well: float
    rest: float


CALM = Pace(hold=8, hold_at_bad=14, well=4.0, rest=6.0)
QUICK = Pace(hold=2, hold_at_bad=20, well=0.0, rest=0.5)


def flag(key: str) -> dict[str, Any]:
    """Make a flag that is on for nobody yet."""
    default = {"split": {"weights": {"on": 0, "off": WHOLE}, "salt": SALT}}
    environment = {"enabled": True, "offVariant": "off", "default": default}
    return {"key": key, "type": "boolean", "variants": {"on": True, "off": False},
            "environments": {ENVIRONMENT: environment}}  # fmt: skip


def split() -> dict[str, Any]:
    """Make the split that the edge is told, all of it stable."""
    stable, canary = PLACES
    default = {"split": {"weights": {stable: WHOLE, canary: 0}, "salt": SALT}}
    unit = {"headers": ["X-User-Id"]}
    return {"key": SPLIT, "backends": list(PLACES), "stable": stable, "unit": unit, "default": default}


def binding() -> dict[str, Any]:
    """Let the split drive HAProxy."""
    return {"key": "edge", "split": SPLIT, "routers": ["edge"]}


def plan(feature: str, pace: Pace) -> dict[str, Any]:
    """Plan a release: at each step first the edge, then the flag; judged second by second by errors and latency."""
    targets = [
        {"name": "edge", "kind": "split", "key": SPLIT, "candidate": "canary", "baseline": "stable"},
        {"name": "flag", "kind": "flag", "key": feature, "candidate": "on", "baseline": "off"},
    ]
    return {"strategy": "canary", "targets": targets, "steps": [_step(share, pace) for share in STEPS],
            "analysis": ANALYSIS}  # fmt: skip


def _step(share: int, pace: Pace) -> dict[str, Any]:
    weight, hold = share * OF_A_PERCENT, pace.hold_at_bad if share == BAD_AT else pace.hold
    return {"name": f"{share} %", "weights": {"edge": weight, "flag": weight}, "hold": f"{hold}s"}


ARMS = {"baseline": "stable", "candidate": "canary"}
ANALYSIS: dict[str, Any] = {
    "metrics": [
        {
            "name": "errors",
            "kind": "errors",
            "source": "prometheus",
            "of": "units",
            "query": {
                "arms": ARMS,
                "events": 'shop_first_errors_total{cohort="$cohort"}',
                "bad": 'shop_first_errors_total{cohort="$cohort", status="500"}',
            },
        },
        {
            "name": "latency",
            "kind": "latency",
            "source": "prometheus",
            "bound": "30ms",
            "query": {"arms": ARMS, "histogram": 'shop_request_seconds{cohort="$cohort"}'},
        },
    ],
    "every": "1s",
    "warmup": "1s",
    "unknownFor": "20s",
}
