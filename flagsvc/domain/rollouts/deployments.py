"""Deployment events: what each rollout was to those who deploy, and the figures that many of them make together."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median
from typing import Any

from flagsvc.domain.analysis.measurement import Exposure
from flagsvc.domain.rollouts.blast import blast_sentence

STATUSES = ("scheduled", "started", "rolling-back", "succeeded", "rolled-back", "aborted")
TEXTS = ("version", "commit", "deployer", "url")
DAY_SECONDS = 86_400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """One rollout as a deployment; `members` are those that its document keeps for the audit trail.

    `created_at` and the times in `members` are texts of `instants`. `exposure` is None where nothing was judged.
    """

    environment: str
    rollout: str
    strategy: str
    created_at: str
    members: Mapping[str, Any]
    exposure: Exposure | None = None

    @property
    def status(self) -> str:
        """One of STATUSES."""
        return str(self.members.get("status", "scheduled"))


def event_of(deployment: Deployment) -> dict[str, Any]:
    """Show a deployment: commit, version, deployer, environment, status, and how it was rolled back and why."""
    members = deployment.members
    rollback = members.get("rollback")
    return {
        "environment": deployment.environment,
        "rollout": deployment.rollout,
        "strategy": deployment.strategy,
        "status": deployment.status,
        **{name: members.get(name) for name in TEXTS},
        "createdAt": deployment.created_at,
        "startedAt": members.get("startedAt"),
        "endedAt": members.get("endedAt"),
        "rollback": _rollback(rollback, deployment.exposure) if rollback else None,
    }


def figures_of(deployments: Collection[Deployment], since: str, until: str) -> dict[str, Any]:
    """Add up those that ended in [since, until), texts of `instants`; what never moved anything is only counted.

    `perDay`: how many reached somebody, a day. `changeFailureRate`: the part of these that went back. `secondsToDetect`
    is from the start of those until the way back began, `secondsToRestore` from there until all was read back; both
    medians. What cannot be told is null.
    """
    ended = [each for each in deployments if since <= str(each.members.get("endedAt") or "") < until]
    count = {status: sum(each.status == status for each in ended) for status in ("succeeded", "rolled-back", "aborted")}
    reached = count["succeeded"] + count["rolled-back"]
    days = _seconds(since, until) / DAY_SECONDS
    back = [each.members for each in ended if each.status == "rolled-back" and each.members.get("rollback")]
    return {
        "since": since,
        "until": until,
        "succeeded": count["succeeded"],
        "rolledBack": count["rolled-back"],
        "aborted": count["aborted"],
        "perDay": reached / days if days > 0 else None,
        "changeFailureRate": count["rolled-back"] / reached if reached else None,
        "secondsToDetect": _middle([_seconds(each["startedAt"], each["rollback"]["at"]) for each in back]),
        "secondsToRestore": _middle([_seconds(each["rollback"]["at"], each["endedAt"]) for each in back]),
    }


def _rollback(members: Mapping[str, Any], exposure: Exposure | None) -> dict[str, Any]:
    return {
        "cause": members.get("cause", ""),
        "at": members.get("at"),
        "automatic": bool(members.get("automatic")),
        "blastRadius": None if exposure is None else blast_sentence(exposure),
    }


def _seconds(start: str, end: str) -> float:
    return (datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds()


def _middle(seconds: Sequence[float]) -> float | None:
    return median(seconds) if seconds else None
