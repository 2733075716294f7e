"""The process that answers."""

from typing import Literal

from pydantic import Field

from flagsvc.http.schemas.base import Open


class SystemCheck(Open):
    """Something that the service depends on, as it was last seen in the background."""

    status: Literal["ok", "degraded", "down", "off", "unknown"] = Field(
        description="`off`: not configured. `unknown`: not looked at yet."
    )
    value: str
    since: str | None


class SystemDatabase(SystemCheck):
    """The database."""

    kind: str = Field(description="`sqlite` or `postgresql`.")


class HeldSnapshot(Open):
    """What decides in this process for one environment."""

    revision: int
    published_revision: int | None = Field(
        description="The last change that this process brought to Redis; null: none since it started."
    )
    age_seconds: float | None = Field(description="Since the database confirmed it; null: never yet.")


class SystemLinks(Open):
    """Where to read more, on this service."""

    docs: str
    openapi: str
    metrics: str | None = Field(description="Null: not here, on a port of their own.")


class System(Open):
    """The process that answers; another replica would answer for itself."""

    status: Literal["ok", "degraded", "unready"] = Field(
        description="`degraded`: something that it depends on is not as it should be; it goes on deciding from memory."
    )
    reasons: list[str] = Field(description="What it lacks to be ready; empty otherwise.")
    version: str
    python: str
    started_at: str
    uptime_seconds: float
    database: SystemDatabase
    redis: SystemCheck
    disk: SystemCheck
    memory: SystemCheck
    confirmation: SystemCheck = Field(description="Whether the database lately confirmed what decides here.")
    snapshot: dict[str, HeldSnapshot] = Field(description="By environment.")
    routers: list[str]
    metric_sources: list[str]
    notifiers: list[str]
    stream_clients: int
    links: SystemLinks
