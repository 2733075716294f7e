"""Outcomes: everything an evaluation can end in, made once per compiled flag and handed out by reference."""

from typing import Any

from .context import found, unit_of
from .decision import ErrorCode, Reason
from .model import Flag, Split
from .sketch import Sketch

TARGET_RULE = "target"
UNREADABLE = "the context or its unit cannot be read"
CIRCULAR = "the prerequisites go round in a circle"


class Outcome:
    """One possible end of an evaluation. Only `uses` ever changes: the client counts in it, and so does a bulk.

    `sketch` is that of the split that led here, shared by all of its outcomes; None where its hash allows for none.
    """

    __slots__ = (
        "detail",
        "error",
        "prerequisite",
        "reason",
        "rule",
        "sketch",
        "split",
        "type",
        "uses",
        "value",
        "variant",
    )

    def __init__(self, kind: str | None, value: Any, variant: str | None, reason: Reason) -> None:
        self.type = kind
        self.value = value
        self.variant = variant
        self.reason = reason
        self.rule: str | None = None
        self.error: ErrorCode | None = None
        self.detail: str | None = None
        self.prerequisite: str | None = None
        self.split: Split | None = None
        self.sketch: Sketch | None = None
        self.uses = 0

    def __repr__(self) -> str:
        return f"Outcome({self.variant!r}, {self.reason}, rule={self.rule!r}, error={self.error})"

    def bucket(self, context: Any) -> int | None:
        """Bucket of the context's unit where a split decided, else None; for the context that led here."""
        if self.split is None:
            return None
        unit = unit_of(found(context, self.split.by))
        return None if unit is None else self.split.place(unit)


def missing_unit(by: str) -> str:
    """Say that a split has no unit to place."""
    return f"there is no unit at {by!r}: a text that is not empty"


def nowhere(error: ErrorCode, detail: str) -> Outcome:
    """Outcome of asking for what is not there or cannot be read: no value, no variant, no type."""
    outcome = Outcome(None, None, None, Reason.ERROR)
    outcome.error, outcome.detail = error, detail
    return outcome


class Outcomes:
    """The outcomes of one flag, each made on first demand and listed in `made`."""

    def __init__(self, flag: Flag) -> None:
        self._flag = flag
        self.made: list[Outcome] = []

    def of(self, variant: str, reason: Reason, rule: str | None = None) -> Outcome:
        """Serve a variant."""
        flag = self._flag
        outcome = Outcome(flag.type, flag.variants[variant], variant, reason)
        outcome.rule = rule
        self.made.append(outcome)
        return outcome

    def of_split(self, split: Split, rule: str | None, sketch: Sketch | None) -> dict[str, Outcome]:
        """Serve each variant of a split that owns a range of it."""
        served = {
            variant: self.of(variant, Reason.SPLIT, rule) for variant in dict.fromkeys(v for v, _, _ in split.ranges)
        }
        for outcome in served.values():
            outcome.split, outcome.sketch = split, sketch
        return served

    def fault(self, error: ErrorCode, detail: str, rule: str | None = None) -> Outcome:
        """Serve the off variant because something is wrong."""
        outcome = self.of(self._flag.off, Reason.ERROR, rule)
        outcome.error, outcome.detail = error, detail
        return outcome

    def unmet(self, parent: str) -> Outcome:
        """Serve the off variant because a prerequisite is not met."""
        outcome = self.of(self._flag.off, Reason.DEFAULT)
        outcome.prerequisite = parent
        return outcome
