"""Deployments: rollouts as events for dashboards, and the figures of many."""

from typing import Literal

from pydantic import Field

from flagsvc.http.fields import Moment
from flagsvc.http.parameters import PageQuery
from flagsvc.http.schemas.base import Open

Status = Literal["scheduled", "started", "rolling-back", "succeeded", "rolled-back", "aborted"]


class DeploymentQuery(PageQuery):
    """Which deployments."""

    status: Status | None = Field(None, description="Only those that stand so; the figures are of all.")
    since: Moment | None = Field(None, description="Those that live, or ended since; 30 days when left out.")


class DeploymentRollback(Open):
    """How a deployment was rolled back."""

    cause: str
    at: str | None
    automatic: bool
    blast_radius: str | None = Field(description="A sentence; null where nothing was judged.")


class DeploymentEvent(Open):
    """One rollout as a deployment."""

    environment: str
    rollout: str
    strategy: str
    status: Status
    version: str | None
    commit: str | None
    deployer: str | None
    url: str | None
    created_at: str
    started_at: str | None
    ended_at: str | None
    rollback: DeploymentRollback | None


class DeploymentFigures(Open):
    """How often, how well and how fast, of those that ended in [since, until)."""

    since: str
    until: str
    succeeded: int
    rolled_back: int
    aborted: int = Field(description="Ended before they moved anything; in no rate.")
    per_day: float | None = Field(description="Deployment frequency: succeeded and rolled back, a day.")
    change_failure_rate: float | None = Field(description="The part of these that was rolled back.")
    seconds_to_detect: float | None = Field(description="Median, from the start until the way back began.")
    seconds_to_restore: float | None = Field(description="Median, from there until everything was read back.")


class DeploymentPage(Open):
    """A page of deployments, newest first."""

    items: list[DeploymentEvent]
    next_cursor: str | None
    summary: DeploymentFigures
