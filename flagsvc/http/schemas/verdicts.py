"""Verdicts, as other controllers read them."""

from typing import Literal

from pydantic import Field

from flagsvc.http.schemas.base import Open


class Verdict(Open):
    """What is said about the candidate of a rollout now."""

    verdict: Literal["healthy", "unhealthy", "unknown"] = Field(
        description="Unknown is neither: wait. Nothing that is stale, paused on its way or rolled back is healthy."
    )
    e: float = Field(description="Evidence that the candidate is worse.")
    p: float = Field(description="1 over the largest evidence so far, at most 1.")
    metric: str | None = Field(description="The one that decided.")
    reason: str
    phase: str
    revision: str = Field(description="EPOCH.REVISION of the environment.")
