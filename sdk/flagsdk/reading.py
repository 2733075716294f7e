"""Reading flags: from the snapshot in force, without a lock, without waiting, without an exception."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any, TypeVar, overload

from flagsdk.core.context import Context
from flagsdk.core.decision import Decision, ErrorCode, Reason
from flagsdk.core.evaluate import decision_of
from flagsdk.core.outcome import Outcome
from flagsdk.core.snapshot import Snapshot

ContextLike = Mapping[str, Any] | str | None
"""A Context, any other mapping, a targeting key alone, or nothing."""

STABLE = "stable"
_FLOAT = ("float", "integer")
_NOBODY = Context()

D = TypeVar("D")
Decide = Callable[[Any], Outcome]
Object = dict[str, Any]


class Reading:
    """The getters: each answers for any arguments within about a microsecond, if need be with the caller's default.

    The `…_details` add variant, reason, rule, bucket, revision and, where something is wrong, the error.

    An evaluation counts one use on the outcome that it leads to: `outcome.uses += 1`, without a lock. CPython with a
    GIL changes threads only at calls and backward jumps (3.10 and later), so no use is lost; a free-threaded build may
    lose one now and then, and never an answer.
    """

    def __init__(self, decide: dict[str, Decide], cohorts: dict[str, Decide]) -> None:
        self._decide = decide
        self._cohorts = cohorts
        self._snapshot: Snapshot | None = None
        self._reading_faults = 0

    def is_enabled(self, key: str, context: ContextLike = None) -> bool:
        """Value of a boolean flag; False where there is none."""
        return self.get_boolean(key, context)

    @overload
    def get_boolean(self, key: str, context: ContextLike = ..., default: bool = ...) -> bool: ...  # noqa: FBT001 - the value of a flag
    @overload
    def get_boolean(self, key: str, context: ContextLike = ..., default: D = ...) -> bool | D: ...
    def get_boolean(self, key: str, context: ContextLike = None, default: Any = False) -> Any:  # noqa: FBT002 - likewise
        """Value of a boolean flag; `default` where there is no such flag or it has another type."""
        try:
            if context is None or type(context) is str:
                context = _coerced(context)
            outcome = self._decide[key](context)
            outcome.uses += 1
            if outcome.type == "boolean":
                return outcome.value
        except Exception:  # noqa: BLE001 - a read never raises
            self._reading_faults += 1
        return default

    @overload
    def get_string(self, key: str, context: ContextLike = ..., default: str = ...) -> str: ...
    @overload
    def get_string(self, key: str, context: ContextLike = ..., default: D = ...) -> str | D: ...
    def get_string(self, key: str, context: ContextLike = None, default: Any = "") -> Any:
        """Value of a string flag; `default` where there is no such flag or it has another type."""
        try:
            if context is None or type(context) is str:
                context = _coerced(context)
            outcome = self._decide[key](context)
            outcome.uses += 1
            if outcome.type == "string":
                return outcome.value
        except Exception:  # noqa: BLE001 - a read never raises
            self._reading_faults += 1
        return default

    @overload
    def get_integer(self, key: str, context: ContextLike = ..., default: int = ...) -> int: ...
    @overload
    def get_integer(self, key: str, context: ContextLike = ..., default: D = ...) -> int | D: ...
    def get_integer(self, key: str, context: ContextLike = None, default: Any = 0) -> Any:
        """Value of an integer flag; `default` where there is no such flag or it has another type."""
        try:
            if context is None or type(context) is str:
                context = _coerced(context)
            outcome = self._decide[key](context)
            outcome.uses += 1
            if outcome.type == "integer":
                return outcome.value
        except Exception:  # noqa: BLE001 - a read never raises
            self._reading_faults += 1
        return default

    @overload
    def get_float(self, key: str, context: ContextLike = ..., default: float = ...) -> float: ...
    @overload
    def get_float(self, key: str, context: ContextLike = ..., default: D = ...) -> float | D: ...
    def get_float(self, key: str, context: ContextLike = None, default: Any = 0.0) -> Any:
        """Value of a float or integer flag; `default` where there is no such flag or it has another type."""
        try:
            if context is None or type(context) is str:
                context = _coerced(context)
            outcome = self._decide[key](context)
            outcome.uses += 1
            if outcome.type in _FLOAT:
                return float(outcome.value)
        except Exception:  # noqa: BLE001 - a read never raises
            self._reading_faults += 1
        return default

    @overload
    def get_object(self, key: str, context: ContextLike = ...) -> Object | None: ...
    @overload
    def get_object(self, key: str, context: ContextLike = ..., default: D = ...) -> Object | D: ...
    def get_object(self, key: str, context: ContextLike = None, default: Any = None) -> Any:
        """Value of an object flag; `default` where there is no such flag or it has another type."""
        try:
            if context is None or type(context) is str:
                context = _coerced(context)
            outcome = self._decide[key](context)
            outcome.uses += 1
            if outcome.type == "object":
                return _copied(outcome.value)
        except Exception:  # noqa: BLE001 - a read never raises
            self._reading_faults += 1
        return default

    def get_boolean_details(self, key: str, context: ContextLike = None, default: Any = False) -> Decision:  # noqa: FBT002 - the value of a flag
        """Decide a boolean flag, and say why; `default` is the value where that fails."""
        return self._details(key, context, default, ("boolean",))

    def get_string_details(self, key: str, context: ContextLike = None, default: Any = "") -> Decision:
        """Decide a string flag, and say why; `default` is the value where that fails."""
        return self._details(key, context, default, ("string",))

    def get_integer_details(self, key: str, context: ContextLike = None, default: Any = 0) -> Decision:
        """Decide an integer flag, and say why; `default` is the value where that fails."""
        return self._details(key, context, default, ("integer",))

    def get_float_details(self, key: str, context: ContextLike = None, default: Any = 0.0) -> Decision:
        """Decide a float or integer flag, and say why; `default` is the value where that fails."""
        return self._details(key, context, default, _FLOAT)

    def get_object_details(self, key: str, context: ContextLike = None, default: Any = None) -> Decision:
        """Decide an object flag, and say why; `default` is the value where that fails."""
        return self._details(key, context, default, ("object",))

    def cohort(self, key: str, context: ContextLike = None, default: str = STABLE) -> str:
        """Backend of a traffic split; `default` where there is no such split."""
        try:
            if context is None or type(context) is str:
                context = _coerced(context)
            outcome = self._cohorts[key](context)
            outcome.uses += 1
            backend: str | None = outcome.value
            if backend is not None:
                return backend
        except Exception:  # noqa: BLE001 - a read never raises
            self._reading_faults += 1
        return default

    def cohort_details(self, key: str, context: ContextLike = None, default: str = STABLE) -> Decision:
        """Decide a traffic split, with rule, bucket and revision; `default` is the value where it fails."""
        return self._details(key, context, default, ("string",), split=True)

    def evaluate_all(self, context: ContextLike = None) -> Mapping[str, Decision]:
        """Decide every flag, by key. A use is counted when a decision is taken out."""
        try:
            known = _coerced(context)
            snapshot = self._snapshot
            return Decisions(snapshot.bulk(known), known, snapshot.revision) if snapshot else Decisions({}, known, 0)
        except Exception:  # noqa: BLE001 - a read never raises
            self._reading_faults += 1
        return Decisions({}, _NOBODY, 0)

    def _details(
        self, key: str, context: ContextLike, default: Any, kinds: tuple[str, ...], *, split: bool = False
    ) -> Decision:
        """Decide by one snapshot from beginning to end, whatever is installed meanwhile."""
        try:
            snapshot, known = self._snapshot, _coerced(context)
            flags, splits = (snapshot.decide, snapshot.cohorts) if snapshot else (self._decide, self._cohorts)
            outcome = (splits if split else flags)[key](known)
            outcome.uses += 1
            decision = decision_of(outcome, known, snapshot.revision if snapshot else None)
            return _fitted(decision, outcome.type, default, kinds)
        except Exception as fault:  # noqa: BLE001 - a read never raises
            self._reading_faults += 1
            return Decision(default, None, Reason.ERROR, error=ErrorCode.GENERAL, detail=type(fault).__name__)


class Decisions(Mapping[str, Decision]):
    """What a context gets, flag by flag. Deciding was cheap; the details are put together when one is taken out."""

    def __init__(self, outcomes: Mapping[str, Outcome], context: Any, revision: int) -> None:
        self._outcomes = outcomes
        self._context = context
        self.revision = revision

    def __getitem__(self, key: str) -> Decision:
        outcome = self._outcomes[key]
        outcome.uses += 1
        return decision_of(outcome, self._context, self.revision)

    def __iter__(self) -> Iterator[str]:
        return iter(self._outcomes)

    def __len__(self) -> int:
        return len(self._outcomes)


def _coerced(context: ContextLike) -> Any:
    """Take a targeting key or nothing for a context; whatever else it is, evaluation says so."""
    if context is None:
        return _NOBODY
    return Context(context) if isinstance(context, str) else context


def _fitted(decision: Decision, kind: str | None, default: Any, kinds: tuple[str, ...]) -> Decision:
    """Put the default in where there is no flag, or one of another type."""
    if kind in kinds:
        value = float(decision.value) if kinds is _FLOAT else _copied(decision.value)
        return replace(decision, value=value)
    if kind is None:
        return replace(decision, value=default)
    detail = f"the flag is of type {kind}"
    return Decision(
        default, None, Reason.ERROR, revision=decision.revision, error=ErrorCode.TYPE_MISMATCH, detail=detail
    )


def _copied(value: Any) -> Any:
    """Copy the JSON value of an object flag: what a program does to its copy stays with it."""
    if type(value) is dict:
        return {name: _copied(member) for name, member in value.items()}
    return [_copied(item) for item in value] if type(value) is list else value
