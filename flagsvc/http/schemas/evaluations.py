"""Evaluate and explain."""

from typing import Any

from pydantic import Field

from flagsvc.http.fields import Key, Moment, RevisionNumber
from flagsvc.http.schemas.base import Closed, Open
from flagsvc.http.schemas.traces import Decision, Trace


class Question(Closed):
    """A flag or a traffic split (exactly one of them), and for whom; now, at a revision, or at a time."""

    flag: Key | None = None
    split: Key | None = None
    context: dict[str, Any] = Field(default_factory=dict, description="Targeting key and attributes. Never kept.")
    revision: RevisionNumber | None = None
    at: Moment | None = None
    explain: bool = Field(default=False, description="Whether to tell every condition with its operands and outcome.")


class Evaluation(Open):
    """The decision, and with `explain` the way to it."""

    environment: Key
    revision: int
    decision: Decision
    trace: Trace | None = Field(None, description="With `explain`.")
