"""A decision as OpenFeature's resolution details: reason, error code, and metadata of scalars."""

from typing import Any

from openfeature.exception import ErrorCode
from openfeature.flag_evaluation import FlagMetadata, FlagResolutionDetails, Reason

from flagsdk.core.context import TARGETING_KEY, Context
from flagsdk.core.decision import Decision


def details(decision: Decision, default: Any, context: Context, environment: str) -> FlagResolutionDetails[Any]:
    """Say what was decided; with an error the value is the caller's default, as OpenFeature wants it."""
    metadata = _metadata(decision, context, environment)
    if decision.error is not None:
        return failed(default, ErrorCode[decision.error.name], decision.detail, metadata)
    reason = Reason[decision.reason.name]
    return FlagResolutionDetails(decision.value, reason=reason, variant=decision.variant, flag_metadata=metadata)


def failed(
    default: Any, code: ErrorCode, detail: str | None, metadata: FlagMetadata | None = None
) -> FlagResolutionDetails[Any]:
    """Serve the caller's default, and say why."""
    return FlagResolutionDetails(default, code, detail, Reason.ERROR, flag_metadata=metadata or {})


def _metadata(decision: Decision, context: Context, environment: str) -> FlagMetadata:
    """Say what decided, under our names and under those that OpenFeature's telemetry looks for."""
    revision = decision.revision
    found = {
        "rule": decision.rule,
        "bucket": decision.bucket,
        "prerequisite": decision.prerequisite,
        "revision": revision,
        "version": None if revision is None else str(revision),
        "flagSetId": environment or None,
        "contextId": context.get(TARGETING_KEY),
    }
    return {name: value for name, value in found.items() if isinstance(value, str | int)}
