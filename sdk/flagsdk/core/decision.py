"""What an evaluation answers: the decision, its reason and its error."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Reason(StrEnum):
    """Why a decision came out as it did: OpenFeature's resolution reasons."""

    STATIC = "STATIC"
    DEFAULT = "DEFAULT"
    TARGETING_MATCH = "TARGETING_MATCH"
    SPLIT = "SPLIT"
    DISABLED = "DISABLED"
    CACHED = "CACHED"
    STALE = "STALE"
    UNKNOWN = "UNKNOWN"
    ERROR = "ERROR"


class ErrorCode(StrEnum):
    """What went wrong: OpenFeature's error codes."""

    PROVIDER_NOT_READY = "PROVIDER_NOT_READY"
    FLAG_NOT_FOUND = "FLAG_NOT_FOUND"
    PARSE_ERROR = "PARSE_ERROR"
    TYPE_MISMATCH = "TYPE_MISMATCH"
    TARGETING_KEY_MISSING = "TARGETING_KEY_MISSING"
    INVALID_CONTEXT = "INVALID_CONTEXT"
    GENERAL = "GENERAL"


@dataclass(frozen=True, slots=True)
class Decision:
    """One answer: the value with everything that explains it.

    `rule` is the id of the rule that matched, or "target"; `bucket` is set where a split decided; `prerequisite` is the
    parent that was not met. With an `error`, `value` is the off variant's value, or None where there is no flag to ask.
    """

    value: Any
    variant: str | None = None
    reason: Reason = Reason.UNKNOWN
    rule: str | None = None
    bucket: int | None = None
    revision: int | None = None
    error: ErrorCode | None = None
    detail: str | None = None
    prerequisite: str | None = None
