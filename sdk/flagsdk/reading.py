"""Reading flags: from the snapshot in force, without a lock, without waiting, without an exception."""

from typing import Any, TypeVar, overload

from flagsdk.core.context import Context
from flagsdk.core.decision import Decision
from flagsdk.deciding import ContextLike, Deciding, coerced
from flagsdk.decisions import BOOLEAN, FLOAT, INTEGER, OBJECT, STRING, Decisions

STABLE = "stable"

D = TypeVar("D")
Object = dict[str, Any]


class Reading(Deciding):
    """The getters: each answers for any arguments within about a microsecond, if need be with the caller's default.

    The `…_details` add variant, reason, rule, bucket, revision and, where something is wrong, the error.

    A getter tries the short way first; whatever is unusual (the first use of a flag, an error, another type, a context
    that is no mapping) goes the careful way. An answer counts one use on its outcome: `outcome.uses += 1`, without a
    lock. CPython with a GIL changes threads only at calls and backward jumps (3.10 and later), so no use is lost; a
    free-threaded build may lose one now and then, and never an answer.
    """

    def is_enabled(self, key: str, context: ContextLike = None) -> bool:
        """Value of a boolean flag; False where there is none."""
        try:
            outcome = self._flags[key](context)
        except Exception:  # noqa: BLE001 - the careful way answers
            return bool(self._value(key, context, None, BOOLEAN))
        if outcome.error is None and outcome.type == "boolean":
            outcome.uses += 1
            return outcome.value is True
        return bool(self._value(key, context, None, BOOLEAN))

    @overload
    def get_boolean(self, key: str, context: ContextLike = ..., default: bool = ...) -> bool: ...  # noqa: FBT001 - the value of a flag
    @overload
    def get_boolean(self, key: str, context: ContextLike = ..., default: D = ...) -> bool | D: ...
    def get_boolean(self, key: str, context: ContextLike = None, default: Any = False) -> Any:  # noqa: FBT002 - likewise
        """Value of a boolean flag; `default` where there is no such flag or it has another type."""
        try:
            outcome = self._flags[key](context)
        except Exception:  # noqa: BLE001 - the careful way answers
            return self._value(key, context, default, BOOLEAN)
        if outcome.error is None and outcome.type == "boolean":
            outcome.uses += 1
            return outcome.value
        return self._value(key, context, default, BOOLEAN)

    @overload
    def get_string(self, key: str, context: ContextLike = ..., default: str = ...) -> str: ...
    @overload
    def get_string(self, key: str, context: ContextLike = ..., default: D = ...) -> str | D: ...
    def get_string(self, key: str, context: ContextLike = None, default: Any = "") -> Any:
        """Value of a string flag; `default` where there is no such flag or it has another type."""
        try:
            outcome = self._flags[key](context)
        except Exception:  # noqa: BLE001 - the careful way answers
            return self._value(key, context, default, STRING)
        if outcome.error is None and outcome.type == "string":
            outcome.uses += 1
            return outcome.value
        return self._value(key, context, default, STRING)

    @overload
    def get_integer(self, key: str, context: ContextLike = ..., default: int = ...) -> int: ...
    @overload
    def get_integer(self, key: str, context: ContextLike = ..., default: D = ...) -> int | D: ...
    def get_integer(self, key: str, context: ContextLike = None, default: Any = 0) -> Any:
        """Value of an integer flag; `default` where there is no such flag or it has another type."""
        try:
            outcome = self._flags[key](context)
        except Exception:  # noqa: BLE001 - the careful way answers
            return self._value(key, context, default, INTEGER)
        if outcome.error is None and outcome.type == "integer":
            outcome.uses += 1
            return outcome.value
        return self._value(key, context, default, INTEGER)

    @overload
    def get_float(self, key: str, context: ContextLike = ..., default: float = ...) -> float: ...
    @overload
    def get_float(self, key: str, context: ContextLike = ..., default: D = ...) -> float | D: ...
    def get_float(self, key: str, context: ContextLike = None, default: Any = 0.0) -> Any:
        """Value of a float or integer flag; `default` where there is no such flag or it has another type."""
        try:
            outcome = self._flags[key](context)
        except Exception:  # noqa: BLE001 - the careful way answers
            return self._value(key, context, default, FLOAT)
        if outcome.error is None and outcome.type == "float":
            outcome.uses += 1
            return float(outcome.value)
        return self._value(key, context, default, FLOAT)

    @overload
    def get_object(self, key: str, context: ContextLike = ...) -> Object | None: ...
    @overload
    def get_object(self, key: str, context: ContextLike = ..., *, default: Object) -> Object: ...
    @overload
    def get_object(self, key: str, context: ContextLike, default: Object) -> Object: ...
    @overload
    def get_object(self, key: str, context: ContextLike = ..., default: D = ...) -> Object | D: ...
    def get_object(self, key: str, context: ContextLike = None, default: Any = None) -> Any:
        """Value of an object flag, as a copy; `default` where there is no such flag or it has another type."""
        return self._value(key, context, default, OBJECT)

    def get_boolean_details(self, key: str, context: ContextLike = None, default: Any = False) -> Decision:  # noqa: FBT002 - likewise
        """Decide a boolean flag, and say why; `default` is the value where that fails."""
        return self._decision(key, context, default, BOOLEAN)

    def get_string_details(self, key: str, context: ContextLike = None, default: Any = "") -> Decision:
        """Decide a string flag, and say why; `default` is the value where that fails."""
        return self._decision(key, context, default, STRING)

    def get_integer_details(self, key: str, context: ContextLike = None, default: Any = 0) -> Decision:
        """Decide an integer flag, and say why; `default` is the value where that fails."""
        return self._decision(key, context, default, INTEGER)

    def get_float_details(self, key: str, context: ContextLike = None, default: Any = 0.0) -> Decision:
        """Decide a float or integer flag, and say why; `default` is the value where that fails."""
        return self._decision(key, context, default, FLOAT)

    def get_object_details(self, key: str, context: ContextLike = None, default: Any = None) -> Decision:
        """Decide an object flag, and say why; `default` is the value where that fails."""
        return self._decision(key, context, default, OBJECT)

    def cohort(self, key: str, context: ContextLike = None, default: str = STABLE) -> str:
        """Backend of a traffic split; `default` where there is no such split."""
        try:
            outcome = self._splits[key](context)
        except Exception:  # noqa: BLE001 - the careful way answers
            return str(self._value(key, context, default, STRING, split=True))
        if outcome.error is None:
            outcome.uses += 1
            return str(outcome.value)
        return str(self._value(key, context, default, STRING, split=True))

    def cohort_details(self, key: str, context: ContextLike = None, default: str = STABLE) -> Decision:
        """Decide a traffic split, and say why; `default` is the value where that fails."""
        return self._decision(key, context, default, STRING, split=True)

    def evaluate_all(self, context: ContextLike = None) -> Decisions:
        """Decide every flag, by key, and count a use of each. A flag that cannot be read has the value None."""
        try:
            known, (snapshot, _, _, closed) = coerced(context), self._present()
            if snapshot is None:
                return Decisions(self._overrides.all(), known, 0)
            return Decisions(self._bulk(snapshot, closed, known), _kept(known), snapshot.revision, stale=self._is_stale)
        except Exception:  # noqa: BLE001 - a read never raises
            self._reading_faults += 1
        return Decisions({}, context, 0)


def _kept(context: Any) -> Any:
    """Keep what was decided by: a program may change its dictionary before it looks at the decisions."""
    return dict(context) if type(context) in (dict, Context) else context
