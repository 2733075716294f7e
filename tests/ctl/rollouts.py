"""Rollouts as the API answers them, for pictures."""

from datetime import UTC, datetime
from typing import Any

NOW = datetime(2026, 11, 22, 14, 5, 0, tzinfo=UTC)
SHARES = (5_000, 10_000, 25_000, 50_000, 100_000)


def rollout(phase: str = "baking", step: int | None = 3, **status: Any) -> dict[str, Any]:
    """Make a canary of five steps of the flag checkout-v2, at `step`; `status` replaces members."""
    return {
        "key": "checkout-v2",
        "plan": {"analysis": {"metrics": [{"name": "error rate", "kind": "errors"}, {"name": "cart", "kind": "mean"}]}},
        "status": {
            "phase": phase,
            "since": "2026-11-22T14:00:00.000000Z",
            "cause": "",
            "step": step,
            "steps": [_step(number, share, step or 0) for number, share in enumerate(SHARES, 1)],
            "holdEndsAt": "2026-11-22T14:09:12.000000Z",
            "targets": [target(weight=SHARES[(step or 1) - 1], observed=24_612)],
            "gates": [],
            "verdict": {"kind": "unknown", "reason": "nothing was measured yet", "metrics": []},
            "exposure": {"requests": 0, "bad": 0, "excess": 0},
            "warnings": [],
            **status,
        },
    }


def target(**members: Any) -> dict[str, Any]:
    """Make the target of a rollout: the default of a flag."""
    known = {"name": "main", "kind": "flag", "key": "checkout-v2", "rule": "", "candidate": "on", "baseline": "off"}
    return {**known, "weight": None, "standing": "applied", "observed": None, **members}


def gate(name: str, kind: str = "approval", standing: str = "open", **members: Any) -> dict[str, Any]:
    """Make a gate."""
    return {"name": name, "kind": kind, "title": "", "standing": standing, "detail": "", "by": "", **members}


def metric(name: str, kind: str, candidate: float | None, baseline: float | None, **members: Any) -> dict[str, Any]:
    """Make what is said about a metric."""
    return {"metric": name, "kind": kind, "candidate": candidate, "baseline": baseline, "ratio": None, **members}


def _step(number: int, share: int, current: int) -> dict[str, Any]:
    state = "done" if number < current else "current" if number == current else "next"
    hold = {1: 600, 2: 600, 3: 900}.get(number, 0)
    return {"number": number, "name": "", "weights": {"main": share}, "holdSeconds": hold, "state": state, "gates": []}
