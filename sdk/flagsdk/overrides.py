"""Values that a test or an experiment puts in the place of flags, for one scope of one client."""

import inspect
import threading
from collections.abc import Callable, Iterable, Mapping
from contextvars import ContextVar
from difflib import get_close_matches
from functools import wraps
from types import MappingProxyType
from typing import Any, Self, TypeVar, cast

from flagsdk.core.decision import Reason
from flagsdk.core.outcome import Outcome
from flagsdk.core.snapshot import FLAG, SPLIT, Snapshot

F = TypeVar("F", bound=Callable[..., Any])
Values = Mapping[str, Any]
Outcomes = Mapping[str, Outcome]

VARIANT = "override"
"""What an overridden decision names as its variant."""

_KINDS: dict[type, str] = {
    bool: "boolean",
    str: "string",
    int: "integer",
    float: "float",
    dict: "object",
    list: "object",
}
_NOTHING: Outcomes = MappingProxyType({})
_IN_FORCE: ContextVar[tuple["Override", ...]] = ContextVar("flagsdk_overrides", default=())
"""The scopes of all clients that this thread or task has entered, the innermost one last."""


class Overrides:
    """The overrides of one client. `engage(on)` is told when the first scope is entered and when the last is left."""

    def __init__(self, engage: Callable[[bool], None]) -> None:
        self._engage = engage
        self._lock = threading.Lock()
        self._scopes = 0
        self.everywhere: Outcomes = _NOTHING
        """What is overridden for every thread and task."""

    def of(self, key: str) -> Outcome | None:
        """Outcome that takes the place of a flag or split here and now."""
        for scope in reversed(_IN_FORCE.get()):
            if scope.overrides is self and key in scope.outcomes:
                return scope.outcomes[key]
        return self.everywhere.get(key)

    def all(self) -> Outcomes:
        """Everything that is overridden here and now, by key."""
        found = dict(self.everywhere)
        for scope in _IN_FORCE.get():
            if scope.overrides is self:
                found |= scope.outcomes
        return found

    def after_fork(self) -> None:
        """Take a new lock: a thread of the parent may have held the old one."""
        self._lock = threading.Lock()

    def put_everywhere(self, outcomes: Outcomes) -> None:
        """Override for every thread and task, beneath all scopes; an empty mapping ends it."""
        was, self.everywhere = bool(self.everywhere), dict(outcomes)
        self.count(int(bool(outcomes)) - int(was))

    def count(self, step: int) -> None:
        """Count the scopes that are open."""
        with self._lock:
            self._scopes += step
            self._engage(self._scopes > 0)


class Override:
    """One scope: a context manager, and a decorator of plain and async functions. Nests; safe among threads and tasks.

    A thread that is started inside has a context of its own, so it sees nothing of it (PEP 567).
    """

    def __init__(self, overrides: Overrides, outcomes: Outcomes) -> None:
        self.overrides = overrides
        self.outcomes = outcomes

    def __enter__(self) -> Self:
        _IN_FORCE.set((*_IN_FORCE.get(), self))
        self.overrides.count(1)
        return self

    def __exit__(self, *_: object) -> None:
        """Leave the innermost of these scopes here; nothing is kept in the object, which others may have entered."""
        self.overrides.count(-1)
        scopes = list(_IN_FORCE.get())
        for place in reversed(range(len(scopes))):
            if scopes[place] is self:
                del scopes[place]
                break
        _IN_FORCE.set(tuple(scopes))

    def __call__(self, function: F) -> F:
        """Decorate: every call has a scope of its own. Raises TypeError for a generator, which runs after its call."""
        if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
            raise TypeError("a generator cannot be decorated: use `with` inside it")
        if inspect.iscoroutinefunction(function):

            @wraps(function)
            async def awaited(*args: Any, **kwargs: Any) -> Any:
                with self:
                    return await function(*args, **kwargs)

            return cast("F", awaited)

        @wraps(function)
        def called(*args: Any, **kwargs: Any) -> Any:
            with self:
                return function(*args, **kwargs)

        return cast("F", called)


def outcomes_of(values: Values | None, named: Values, snapshot: Snapshot | None) -> Outcomes:
    """Make outcomes of `values` (by key) and `named` (by keyword, in which `_` stands for any of `-`, `.` and `_`).

    With a snapshot, unknown keys and values of another type than the flag's are refused: KeyError, TypeError. A value
    that no flag can have is a TypeError in any case.
    """
    known = _known(snapshot)
    chosen = {**(values or {}), **{_key_of(name, known): value for name, value in named.items()}}
    return {key: _outcome(key, value, known) for key, value in chosen.items()}


def _known(snapshot: Snapshot | None) -> Mapping[str, str]:
    """Type of each flag, and "string" for each traffic split."""
    if snapshot is None:
        return {}
    splits = dict.fromkeys(snapshot.keys(SPLIT), "string")
    flags = ((key, snapshot.compiled(FLAG, key).flag) for key in snapshot.keys(FLAG))
    return splits | {key: flag.type for key, flag in flags if flag}


def _key_of(name: str, known: Mapping[str, str]) -> str:
    if name in known or not known:
        return name
    fitting = [key for key in known if key.replace("-", "_").replace(".", "_") == name]
    if len(fitting) > 1:
        raise KeyError(f"{name!r} may be any of {', '.join(sorted(fitting))}: name it in a mapping")
    return fitting[0] if fitting else name


def _outcome(key: str, value: Any, known: Mapping[str, str]) -> Outcome:
    kind = _KINDS.get(type(value))
    if kind is None:
        raise TypeError(f"{key}: {type(value).__name__} is not the type of a flag")
    if known:
        kind = _checked(key, kind, known)
    return Outcome(kind, value, VARIANT, Reason.STATIC)


def _checked(key: str, kind: str, known: Mapping[str, str]) -> str:
    if key not in known:
        raise KeyError(f"there is no flag or traffic split {key!r}{_meant(key, known)}")
    if kind != known[key] and (kind, known[key]) != ("integer", "float"):
        raise TypeError(f"{key} is of type {known[key]}, and the value of type {kind}")
    return known[key]


def _meant(key: str, known: Iterable[str]) -> str:
    near = get_close_matches(key, known, 1)
    return f"; did you mean {near[0]!r}?" if near else ""
