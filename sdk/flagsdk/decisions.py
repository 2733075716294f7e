"""Decisions as they are handed out: fitted to the type asked for, copied where they could be changed, lazily made."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from flagsdk.core.decision import Decision, ErrorCode, Reason
from flagsdk.core.evaluate import decision_of
from flagsdk.core.outcome import Outcome

BOOLEAN, STRING, INTEGER, FLOAT, OBJECT = ("boolean",), ("string",), ("integer",), ("float", "integer"), ("object",)
"""The types of flags that a getter takes."""

Kinds = tuple[str, ...]


class Decisions(Mapping[str, Decision]):
    """What a context gets, flag by flag: decided and counted; a decision is put together when it is taken out."""

    def __init__(
        self,
        outcomes: Mapping[str, Outcome],
        context: Any,
        revision: int,
        *,
        stale: Callable[[str], bool] = lambda name: False,
    ) -> None:
        self._outcomes = outcomes
        self._stale = stale
        self._context = context
        self.revision = revision

    def __getitem__(self, key: str) -> Decision:
        outcome = self._outcomes[key]
        decision = decision_of(outcome, self._context, self.revision)
        if decision.error is None and self._stale(f"flag/{key}"):
            decision = replace(decision, reason=Reason.STALE)
        return replace(decision, value=copied(decision.value)) if outcome.type == "object" else decision

    def __iter__(self) -> Iterator[str]:
        return iter(self._outcomes)

    def __len__(self) -> int:
        return len(self._outcomes)

    def plain(self) -> dict[str, Any]:
        """Give the value of every flag, by key: for a page that takes its flags along. Objects are copied."""
        return {
            key: copied(outcome.value) if outcome.type == "object" else outcome.value
            for key, outcome in self._outcomes.items()
        }


def fitted(decision: Decision, kind: str | None, default: Any, kinds: Kinds) -> Decision:
    """Put the default in where there is no flag, or one of another type; copy and convert what is served."""
    if kind is None:
        return replace(decision, value=default)
    if kind not in kinds:
        return failed(default, ErrorCode.TYPE_MISMATCH, f"the flag is of type {kind}", decision.revision)
    if kinds is FLOAT:
        return replace(decision, value=float(decision.value))
    return replace(decision, value=copied(decision.value)) if kinds is OBJECT else decision


def failed(default: Any, error: ErrorCode, detail: str, revision: int | None = None) -> Decision:
    """Serve the caller's default, and say why."""
    return Decision(default, None, Reason.ERROR, revision=revision, error=error, detail=detail)


def copied(value: Any) -> Any:
    """Copy a JSON value: what a program does to its copy stays with it."""
    if type(value) is dict:
        return {name: copied(member) for name, member in value.items()}
    return [copied(item) for item in value] if type(value) is list else value


def value_of(outcome: Outcome, default: Any, kinds: Kinds) -> Any:
    """Give the value alone, likewise fitted."""
    if outcome.type not in kinds:
        return default
    return float(outcome.value) if kinds is FLOAT else copied(outcome.value)
