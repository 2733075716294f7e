"""The way to a decision: every step of the evaluation, and every condition with what it compared."""

from typing import Annotated, Any, Literal

from pydantic import Field
from typing_extensions import TypeAliasType

from flagsvc.http.schemas.base import Open

Outcome = Literal["true", "false", "unknown"]
Reason = Literal["STATIC", "DEFAULT", "TARGETING_MATCH", "SPLIT", "DISABLED", "CACHED", "STALE", "UNKNOWN", "ERROR"]
ErrorCode = Literal[
    "PROVIDER_NOT_READY",
    "FLAG_NOT_FOUND",
    "PARSE_ERROR",
    "TYPE_MISMATCH",
    "TARGETING_KEY_MISSING",
    "INVALID_CONTEXT",
    "GENERAL",
]


class Decision(Open):
    """What somebody gets, and why."""

    value: Any = Field(description="Of a traffic split the backend.")
    variant: str | None
    reason: Reason
    rule: str | None = Field(description="Id of the rule that matched, or `target`.")
    bucket: int | None = Field(description="Where a split decided.")
    revision: int | None
    error: ErrorCode | None
    detail: str | None
    prerequisite: str | None = Field(description="The flag whose variant was not one of those asked for.")


class AllTrace(Open):
    """All parts must be true."""

    all: list["ConditionTrace"]
    outcome: Outcome


class AnyTrace(Open):
    """One part must be true."""

    any: list["ConditionTrace"]
    outcome: Outcome


class NotTrace(Open):
    """Must be false."""

    not_: "ConditionTrace" = Field(alias="not")
    outcome: Outcome


class AttributeTrace(Open):
    """An attribute was compared."""

    attribute: str
    operator: str
    left: Any = Field(description="What the context has; null: nothing.")
    right: list[Any] = Field(description="What it was compared with, the first of them.")
    right_count: int | None = Field(None, description="How many there are, where not all are shown.")
    ignore_case: bool
    negate: bool
    outcome: Outcome


class SegmentTrace(Open):
    """Somebody was looked for in a segment."""

    segment: str
    by: str
    unit: str | None
    listed: Literal["included", "excluded", "no"]
    when: "ConditionTrace | None" = Field(None, description="Its condition, where the lists did not decide.")
    negate: bool
    outcome: Outcome


class BucketTrace(Open):
    """A bucket was looked for in ranges."""

    bucket: int | None
    by: str
    unit: str | None
    hash: str
    ranges: list[list[int]] = Field(description="[start, end) each, the first of them.")
    negate: bool
    outcome: Outcome


class UnsupportedTrace(Open):
    """Nobody here knows what this means, so it is unknown."""

    unsupported: str
    outcome: Outcome


ConditionTrace = TypeAliasType(
    "ConditionTrace",
    AllTrace | AnyTrace | NotTrace | AttributeTrace | SegmentTrace | BucketTrace | UnsupportedTrace,
)


class FoundStep(Open):
    """There is no such flag, or it cannot be read."""

    step: Literal["found"]
    outcome: Literal["false"]


class EnabledStep(Open):
    """Whether it is on."""

    step: Literal["enabled"]
    outcome: Outcome


class PrerequisiteStep(Open):
    """Another flag had to serve one of these variants: what it decided, and its own steps, unless shown before."""

    step: Literal["prerequisite"]
    flag: str
    variants: list[str]
    outcome: Outcome
    decision: Decision
    steps: list["TraceStep"]


class TargetStep(Open):
    """Whether the unit is one of those that are listed for a variant."""

    step: Literal["target"]
    by: str
    unit: str | None
    variant: str
    outcome: Outcome


class RuleStep(Open):
    """A rule, with its condition; `unsupported` with what nobody here knows of it."""

    step: Literal["rule"]
    index: int = Field(description="Counted from 0.")
    rule: str = Field(description="Its id.")
    when: ConditionTrace | None = None
    faults: list[str] | None = None
    outcome: Literal["true", "false", "unknown", "unsupported"]


class DefaultStep(Open):
    """No rule was true."""

    step: Literal["default"]


class SplitStep(Open):
    """A split decided: unit, bucket and the range that has it; without a unit it could not."""

    step: Literal["split"]
    by: str
    unit: str | None
    hash: str | None = None
    salt: str | None = None
    space: int | None = None
    bucket: int | None = None
    range: list[int] | None = Field(None, description="[start, end) of the variant.")
    variant: str | None = None


class ContextStep(Open):
    """The context could not be read."""

    step: Literal["context"]
    outcome: Literal["unreadable"]


TraceStep = TypeAliasType(
    "TraceStep",
    Annotated[
        FoundStep | EnabledStep | PrerequisiteStep | TargetStep | RuleStep | DefaultStep | SplitStep | ContextStep,
        Field(discriminator="step"),
    ],
)


class Trace(Open):
    """A decision with everything that led to it, in order."""

    kind: Literal["flag", "split"]
    key: str
    revision: int
    decision: Decision
    steps: list[TraceStep]
