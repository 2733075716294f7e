"""What a rollout's document says of the deployment, for the audit trail: where it stands, how it was rolled back."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from flagsvc.domain.instants import text_of
from flagsvc.domain.rollouts.state import Phase, RolloutState

STATUSES: Mapping[Phase, str] = {
    "scheduled": "scheduled",
    "preparing": "started",
    "moving": "started",
    "baking": "started",
    "verifying": "started",
    "rolling-back": "rolling-back",
    "succeeded": "succeeded",
    "rolled-back": "rolled-back",
    "aborted": "aborted",
}
"""Phase → status of the deployment; a pause changes none."""


def deployment_after(deployment: Mapping[str, Any], state: RolloutState) -> dict[str, Any]:
    """Give the members of a deployment as they are in a state."""
    after = {**deployment, "status": STATUSES.get(state.phase, deployment.get("status", "started"))}
    if state.started_at:
        after["startedAt"] = moment(state.started_at)
    if state.ended_at:
        after["endedAt"] = moment(state.ended_at)
    if state.back_since or state.phase == "aborted":
        at = state.back_since or state.ended_at
        after["rollback"] = {"cause": state.cause, "at": moment(at), "automatic": state.automatic}
    return after


def moment(seconds: float) -> str:
    """Write Unix seconds as stored text."""
    return text_of(datetime.fromtimestamp(seconds, UTC))
