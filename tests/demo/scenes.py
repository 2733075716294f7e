"""Scenes for tests: a release at its third step, and what became of it."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from examples.demo.scene import Entry, Scene
from examples.demo.tally import Reading

NOW = 1_800_000_000.0
CAUSE = "errors: the candidate fails 48.2 times as often as the baseline, which is no chance (e = 2,143, needed 100)"


def instant(seconds: float) -> str:
    return datetime.fromtimestamp(NOW + seconds, UTC).isoformat().replace("+00:00", "Z")


def rollout(phase: str) -> dict[str, Any]:
    """Make a rollout as the API answers for it."""
    over = phase == "rolled-back"
    steps: list[dict[str, Any]] = [
        {"number": number, "name": f"{share} %", "weights": {"edge": share * 1_000, "flag": share * 1_000},
         "holdSeconds": 7, "gates": [], "state": "done" if number < 3 else "current" if number == 3 else "next"}
        for number, share in enumerate((5, 10, 25, 50, 100), 1)
    ]  # fmt: skip
    standing = {"weight": 0 if over else 25_000, "standing": "back" if over else "applied"}
    targets: list[dict[str, Any]] = [
        {"name": "edge", "kind": "split", "key": "checkout", "candidate": "canary", "baseline": "stable", **standing},
        {"name": "flag", "kind": "flag", "key": "gift-cards", "candidate": "on", "baseline": "off", **standing},
    ]
    measured = [{"name": "errors", "kind": "errors"}, {"name": "latency", "kind": "latency"}]
    figures = [
        {"metric": "errors", "kind": "unhealthy", "ratio": 48.2, "baseline": 0.004, "candidate": 0.22},
        {"metric": "latency", "kind": "healthy", "ratio": 1.01, "baseline": 0.05, "candidate": 0.052},
    ]
    targets[0] |= {} if over else {"observed": 24_900}
    exposure = {"requests": 512, "bad": 73, "excess": 70, "excessLow": 50, "excessHigh": 90}
    status = {
        "phase": phase, "step": 3, "steps": steps, "targets": targets, "gates": [], "warnings": [],
        "cause": CAUSE if over else "", "holdEndsAt": instant(4), "exposure": exposure,
        "verdict": {"kind": "unhealthy", "e": 2143.2, "reason": CAUSE, "metrics": figures},
        "startedAt": instant(-30), "endedAt": instant(0) if over else None,
    }  # fmt: skip
    return {
        "key": "release-v3",
        "plan": {"analysis": {"alpha": 0.01, "metrics": measured}},
        "deployment": {"version": "v3"},
        "status": status,
    }


def reading(shares: Mapping[str, float]) -> Reading:
    """Let v3 fail, and everything else be well."""
    rates = {version: 0.22 if version == "v3" else 0.004 for version in shares}
    history = {version: tuple(None if second < 20 else rate for second in range(60)) for version, rate in rates.items()}
    return Reading(
        per_second=180.3, visits=541, shares=shares, error_rates=rates, history=history,
        features={("gift-cards", "v3"): 134}, total=5_000,
    )  # fmt: skip


def scene(phase: str) -> Scene:
    """Make the scene at a phase."""
    return Scene(
        elapsed=72.4, now=NOW, heading="2 of 2: a bad release", rollout=rollout(phase), feature="gift-cards",
        caption="… and now every tenth page of v3 fails. Nobody touches anything from here on.",
        reading=reading({"v2": 0.751, "v3": 0.249}), places={"stable": "v2", "canary": "v3"},
        log=tuple(Entry(60 + number, f"entry {number}: {CAUSE}") for number in range(12)),
    )  # fmt: skip
