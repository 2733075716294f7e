"""What is known of the process that answers, from memory alone."""

import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from flagsvc import __version__
from flagsvc.http.health import State

LINKS = {"docs": "/docs", "openapi": "/openapi.json"}
METRICS = "/metrics"
CHECKED = ("database", "redis", "disk", "memory")


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """One look at it.

    `held`: environment → revision that decides here, confirmed by the database `age_seconds` ago (None: never yet).
    `published`: environment → revision that this process brought to Redis last, since it started.
    `status`, `reasons`: its health in a word, and what it lacks to be ready. `metrics_here`: whether its metrics are
    answered beside everything else, and not on a port of their own.
    """

    started_at: datetime
    status: str = "unready"
    reasons: Sequence[str] = ("nothing is known yet",)
    database: str = ""
    states: Mapping[str, State] = field(default_factory=dict)
    held: Mapping[str, int] = field(default_factory=dict)
    age_seconds: float | None = None
    published: Mapping[str, int] = field(default_factory=dict)
    stream_clients: int = 0
    notifiers: Sequence[str] = ()
    metrics_here: bool = True


def no_process() -> Process:
    """Know nothing: for an API without a process around it."""
    return Process(started_at=datetime.fromtimestamp(0, UTC))


def shown(process: Process, now: datetime) -> dict[str, Any]:
    """Render a process."""
    checks = {name: _check(process.states.get(name)) for name in CHECKED}
    checks["database"] = {"kind": process.database, **checks["database"]}
    return {
        "status": process.status,
        "reasons": list(process.reasons),
        "version": __version__,
        "python": platform.python_version(),
        "startedAt": process.started_at.isoformat(timespec="seconds"),
        "uptimeSeconds": max(0.0, round((now - process.started_at).total_seconds(), 3)),
        **checks,
        "confirmation": _check(process.states.get("snapshot")),
        "snapshot": {environment: _held(process, environment) for environment in sorted(process.held)},
        "streamClients": process.stream_clients,
        "notifiers": sorted(process.notifiers),
        "links": {**LINKS, "metrics": METRICS if process.metrics_here else None},
    }


def _check(state: State | None) -> dict[str, Any]:
    if state is None:
        return {"status": "unknown", "value": "not looked at yet", "since": None}
    return {"status": state.status, "value": state.value, "since": state.since}


def _held(process: Process, environment: str) -> dict[str, Any]:
    age = process.age_seconds
    return {
        "revision": process.held[environment],
        "publishedRevision": process.published.get(environment),
        "ageSeconds": None if age is None else round(age, 3),
    }
