"""The documents of a snapshot and what has been compiled from them, on first use and without a lock."""

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from .compiled import Compiled, Parts, absent, compile_flag, constant, parents_of
from .components import circular, components
from .decision import ErrorCode
from .decode import decode_flag, decode_segment, decode_split
from .malformed import Malformed
from .model import Flag, Segment
from .outcome import nowhere
from .support import Audience, closed, judged, segments_of

MAX_RECOMPILED = 64
"""Compiled flags that a change drops are compiled again at once, up to so many; the rest on their next use."""

_DECODE: dict[str, Callable[[dict[str, Any]], Flag]] = {"flag": decode_flag, "split": decode_split}


class Library:
    """Documents by name ("flag/KEY", "split/KEY", "segment/KEY"), and their compiled forms.

    Threads may read and compile at the same time: whoever stores a compiled form first wins, and all use that one.
    """

    def __init__(self, documents: Mapping[str, str]) -> None:
        self.documents = documents
        self._flags: dict[str, Compiled | None] = {}
        self._audiences: dict[str, Audience] = {}
        self._users: dict[str, set[str]] = {}
        self._parts = Parts(lambda key: self.compiled(f"flag/{key}"), self.audience)

    def edit(self, documents: Mapping[str, str], changed: Iterable[str]) -> tuple["Library", list[str]]:
        """Give the library of the changed documents, and the names whose compiled form rested on a changed one.

        Of these, the first MAX_RECOMPILED are compiled again; all other compiled forms are shared. The order of the
        copies is that of storing, backwards: what is in an earlier copy has its traces in the later ones, whatever
        other threads compile meanwhile.
        """
        library = Library(documents)
        library._flags, library._audiences = self._flags.copy(), self._audiences.copy()
        library._users = self._users.copy()
        return library, library._renewed(changed)

    def known(self, name: str) -> Compiled | None:
        """Give what is compiled already, else None."""
        return self._flags.get(name)

    def compiled(self, name: str) -> Compiled:
        """Give the compiled flag or traffic split, its parents before it; never raises."""
        found = self._flags.get(name)
        if found is not None:
            return found
        if name not in self.documents:
            return absent(name)
        models: dict[str, Flag | Malformed] = {}

        def parents(key: str) -> tuple[str, ...]:
            if key not in models:
                models[key] = self._model(key)
            model = models[key]
            return tuple(filter(self._waits, parents_of(model))) if isinstance(model, Flag) else ()

        for component in components(name, parents):
            ring = circular(component, parents)
            for key in component:
                self._store(key, models[key], ring=ring)
        return self.compiled(name)

    def audience(self, key: str) -> Audience:
        """Give a segment as conditions use it, its own segments before it; never raises."""
        found = self._audiences.get(key)
        if found is not None:
            return found
        models: dict[str, Segment | Malformed] = {}

        def used(other: str) -> tuple[str, ...]:
            if other not in models:
                models[other] = self._segment(other)
            model = models[other]
            return tuple(filter(self._unjudged, segments_of(model.when))) if isinstance(model, Segment) else ()

        for component in components(key, used):
            ring = circular(component, used)
            for other in component:
                self._store_audience(other, models[other], ring=ring)
        return self._audiences[key]

    def _waits(self, name: str) -> bool:
        """Whether a parent has still to be compiled."""
        return name in self.documents and self._flags.get(name) is None

    def _unjudged(self, key: str) -> bool:
        return key not in self._audiences

    def _model(self, name: str) -> Flag | Malformed:
        try:
            return _DECODE[name.partition("/")[0]](json.loads(self.documents[name]))
        except Malformed as fault:
            return fault

    def _segment(self, key: str) -> Segment | Malformed:
        name = f"segment/{key}"
        if name not in self.documents:
            return Malformed("", f"there is no segment {key!r}")
        try:
            return decode_segment(json.loads(self.documents[name]))
        except Malformed as fault:
            return Malformed("", f"segment {key!r} cannot be read: {fault}")

    def _store(self, name: str, model: Flag | Malformed, *, ring: bool) -> None:
        if isinstance(model, Malformed):
            compiled = constant(name, nowhere(ErrorCode.PARSE_ERROR, f"{name} cannot be read: {model}"))
        else:
            compiled = compile_flag(name, model, self._parts, circular=ring)
        self._note(name, compiled.rests_on)
        if self._flags.setdefault(name, compiled) is None:
            self._flags[name] = compiled

    def _store_audience(self, key: str, model: Segment | Malformed, *, ring: bool) -> None:
        if isinstance(model, Malformed):
            audience = closed(model.detail)
        else:
            audience = closed(f"segment {key!r} rests on itself") if ring else judged(model, self.audience)
            self._note(f"segment/{key}", [f"segment/{other}" for other in segments_of(model.when)])
        self._audiences.setdefault(key, audience)

    def _note(self, name: str, rests_on: Iterable[str]) -> None:
        for other in rests_on:
            self._users.setdefault(other, set()).add(name)

    def _dependents(self, changed: Iterable[str]) -> list[str]:
        """Give the changed names and all that rests on them, at any depth; they are noted again when next compiled."""
        found: dict[str, None] = {}
        waiting = list(changed)
        while waiting:
            name = waiting.pop()
            if name not in found:
                found[name] = None
                waiting += self._users.pop(name, ())
        return list(found)

    def _renewed(self, changed: Iterable[str]) -> list[str]:
        """Drop what rests on the changed names, and compile it again in its old place.

        A dictionary without gaps is copied whole; one that has lost an entry, entry by entry.
        """
        dropped = [name for name in self._dependents(changed) if self._drop(name)]
        for name in dropped[:MAX_RECOMPILED]:
            self.compiled(name)
        for name in dropped:
            if self._flags[name] is None:
                del self._flags[name]
        return dropped

    def _drop(self, name: str) -> bool:
        kind, _, key = name.partition("/")
        if kind == "segment":
            self._audiences.pop(key, None)
        if name not in self._flags:
            return False
        self._flags[name] = None
        return True
