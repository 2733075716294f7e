"""Evaluate and explain: one, all flags for one context, one for many units."""

from typing import Annotated, Any

from pydantic import Field

from flagsvc.http.fields import Key, Moment, RevisionNumber
from flagsvc.http.schemas.base import Closed, Open
from flagsvc.http.schemas.traces import Decision, SegmentTrace, Trace

MOST_UNITS = 10_000
MOST_FLAGS = 10_000
Unit = Annotated[str, Field(min_length=1, max_length=1000)]
Units = Annotated[list[Unit], Field(min_length=1, max_length=MOST_UNITS)]
Flags = Annotated[list[Key], Field(max_length=MOST_FLAGS)]
_CONTEXT = "Targeting key and attributes. Never kept."
_DRAFT = "What a PUT of the flag's configuration, or of the split, would send: compared with the present, never stored."


class _When(Closed):
    revision: RevisionNumber | None = Field(None, description="As of this revision; or give `at`, or neither: now.")
    at: Moment | None = Field(None, description="As of this time, which must have come.")


class Question(_When):
    """A flag or a traffic split (exactly one of them), and for whom; now, at a revision, or at a time."""

    flag: Key | None = None
    split: Key | None = None
    context: dict[str, Any] = Field(default_factory=dict, description=_CONTEXT)
    explain: bool = Field(default=False, description="Whether to tell every condition with its operands and outcome.")
    draft: dict[str, Any] | None = Field(None, description=_DRAFT)


class DraftEvaluation(Open):
    """The decision after saving the draft, and with `explain` the way to it."""

    decision: Decision
    trace: Trace | None = Field(None, description="With `explain`.")


class Evaluation(Open):
    """The decision, and with `explain` the way to it."""

    environment: Key
    revision: int
    decision: Decision
    trace: Trace | None = Field(None, description="With `explain`.")
    draft: DraftEvaluation | None = Field(None, description="Only where a draft was sent.")


class MatchQuestion(_When):
    """Who is looked for in a segment; now, at a revision, or at a time."""

    context: dict[str, Any] = Field(default_factory=dict, description=_CONTEXT)
    draft: dict[str, Any] | None = Field(
        None, description="What a PUT of the segment would send: compared with the present, never stored."
    )


class Membership(Open):
    """Whether somebody is in a segment, and the way to it."""

    matched: bool = Field(description='Whether a rule with the condition "in this segment" would match.')
    trace: SegmentTrace | None = Field(description="Which list decided, or the condition; null where faults decided.")
    faults: list[str] = Field(description="Why no rule can use the segment; empty for one that works.")


class SegmentMatch(Membership):
    """Whether somebody is in a segment, and the way to it; with a draft also after saving it."""

    environment: Key
    revision: int
    draft: Membership | None = Field(None, description="Only where a draft was sent.")


class QuestionOfAll(_When):
    """For whom; now, at a revision, or at a time."""

    context: dict[str, Any] = Field(default_factory=dict, description=_CONTEXT)
    flags: Flags | None = Field(None, description="Only these, archived and unknown ones too; left out: all in force.")


class FlagDecision(Open):
    """What one flag decides."""

    flag: str
    decision: Decision


class EvaluationOfAll(Open):
    """What every flag of an environment decides for one context."""

    environment: str
    revision: int
    items: list[FlagDecision] = Field(description="By key.")


class BatchQuestion(_When):
    """A flag or a traffic split (exactly one of them), and many units."""

    flag: Key | None = None
    split: Key | None = None
    units: Units = Field(description="Each counts once, however often it is named.")
    by: Annotated[str, Field(min_length=1, max_length=200)] = Field(
        default="targetingKey", description="The attribute of the context that each unit is."
    )
    context: dict[str, Any] = Field(default_factory=dict, description="What all units have in common. Never kept.")
    draft: dict[str, Any] | None = Field(None, description=_DRAFT)
    details: bool = Field(default=False, description="Whether to list every unit.")


class ChiSquare(Open):
    """Pearson's test of goodness of fit."""

    statistic: float
    degrees: int
    p: float = Field(description="Probability of a statistic at least as large by chance alone.")
    sentence: str


class BatchSplit(Open):
    """The split that decided most of the units: what they got beside what it says."""

    rule: str | None = Field(description="The rule whose split it is; null for the default.")
    units: int = Field(description="How many units it decided.")
    counts: dict[str, int]
    expected: dict[str, float] = Field(description="Variant → share (they add up to 1), by the table that decides.")
    chi_square: ChiSquare | None = Field(description="Null where the split gives everybody the same.")


class BatchMove(Open):
    """Units that a draft would give another variant."""

    from_: str = Field(alias="from")
    to: str
    units: int


class BatchDraft(Open):
    """What saving the draft would change for these units."""

    counts: dict[str, int]
    moved: int
    moves: list[BatchMove] = Field(description="Most units first.")


class BatchItem(Open):
    """What one unit gets."""

    unit: str
    variant: str | None
    reason: str
    rule: str | None
    bucket: int | None
    draft_variant: str | None = Field(None, description="Only where a draft was sent.")


class EvaluationOfBatch(Open):
    """What many units get."""

    environment: str
    revision: int
    units: int = Field(description="How many different ones were sent.")
    counts: dict[str, int] = Field(description='Variant → units; "" for those that get none.')
    errors: int = Field(description="Units whose evaluation ended in an error, for want of an attribute for instance.")
    split: BatchSplit | None = Field(description="The split that decided most units; null where none decided any.")
    expected: dict[str, float] | None = Field(description="Of `split`: its shares, of the units that it decided.")
    chi_square: ChiSquare | None = Field(description="Of `split`: the test of the units that it decided.")
    draft: BatchDraft | None
    items: list[BatchItem] | None = Field(None, description="In the order of the request; only with `details`.")
