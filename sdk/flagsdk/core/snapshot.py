"""One environment at one (epoch, revision): its documents, ready for evaluation."""

import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from .compiled import Compiled
from .decision import ErrorCode
from .digest import Digest
from .library import MAX_RECOMPILED, Library
from .malformed import Malformed
from .outcome import Outcome
from .prerequisites import Decide
from .support import Audience

FORMAT = 1
FLAG, SPLIT = "flag", "split"


class Decisions(dict[str, Decide]):
    """Compiled functions by key; a key that is not there yet is compiled on first use.

    `decisions[key](context)` gives an Outcome for every key and every context. Unknown keys are never stored.
    """

    __slots__ = ("_kind", "_library")

    def __init__(self, library: Library, kind: str) -> None:
        super().__init__()
        self._library = library
        self._kind = kind

    def __missing__(self, key: str) -> Decide:
        name = f"{self._kind}/{key}"
        decide = self._library.compiled(name).decide
        if name in self._library.documents:
            self[key] = decide
        return decide

    def adopt(self, ready: dict[str, Decide], dropped: list[str]) -> None:
        """Take over the functions of the snapshot before, but for the dropped ones, which are compiled again."""
        prefix = f"{self._kind}/"
        mine = [name.removeprefix(prefix) for name in dropped if name.startswith(prefix)]
        for key in mine:
            ready.pop(key, None)
        self.update(ready)
        for key in mine[:MAX_RECOMPILED]:
            self[key]  # asking compiles


class Snapshot:
    """Immutable to its readers; what is compiled on the way is shared with the snapshots that follow.

    `decide[key](context)` and `cohorts[key](context)` give the Outcome of a flag and of a traffic split; `documents`
    are the canonical texts by name.
    """

    __slots__ = ("_digest", "_library", "cohorts", "decide", "documents", "environment", "epoch", "format", "revision")

    def __init__(self, environment: str, epoch: str, revision: int, library: Library, digest: Digest) -> None:
        self.environment = environment
        self.epoch = epoch
        self.revision = revision
        self.format = FORMAT
        self.documents: Mapping[str, str] = MappingProxyType(library.documents)
        self.decide = Decisions(library, FLAG)
        self.cohorts = Decisions(library, SPLIT)
        self._library = library
        self._digest = digest

    @classmethod
    def load(
        cls,
        environment: str,
        epoch: str,
        revision: int,
        documents: Mapping[str, str],
        format: int = FORMAT,  # noqa: A002  # the word of the wire
    ) -> "Snapshot":
        """Read a whole snapshot; raises Malformed for a format or a document that cannot be read."""
        if format != FORMAT:
            raise Malformed("", f"format {format} is not {FORMAT}, the one this reader knows")
        for name, text in documents.items():
            check_document(name, text)
        return cls(environment, epoch, revision, Library(dict(documents)), Digest.of(documents))

    def apply(self, revision: int, edits: Mapping[str, str | None]) -> "Snapshot":
        """Give the snapshot after a change: a text replaces or adds a document, None removes it. Raises Malformed.

        Everything unchanged is shared; compiled flags that rest on a changed document are compiled again.
        """
        documents = dict(self._library.documents)
        for name, text in edits.items():
            documents.pop(name, None)
            if text is not None:
                check_document(name, text)
                documents[name] = text
        decide, cohorts = self.decide.copy(), self.cohorts.copy()
        library, dropped = self._library.edit(documents, edits)
        snapshot = type(self)(self.environment, self.epoch, revision, library, self._digest.edit(edits))
        snapshot.decide.adopt(decide, dropped)
        snapshot.cohorts.adopt(cohorts, dropped)
        return snapshot

    def bulk(self, context: Any) -> dict[str, Outcome]:
        """Give the outcome of every flag that is not archived, by key."""
        decide = self.decide
        outcomes = {key: decide[key](context) for key in self.keys(FLAG)}
        return {key: outcome for key, outcome in outcomes.items() if outcome.error is not ErrorCode.FLAG_NOT_FOUND}

    @property
    def digest(self) -> str:
        """The digest of the documents, 64 hexadecimal digits."""
        return self._digest.hex

    def flag(self, key: str) -> Compiled | None:
        """Give the compiled flag; None when it is unknown, archived or unreadable."""
        return self._found(f"{FLAG}/{key}")

    def cohort(self, key: str) -> Compiled | None:
        """Give the compiled traffic split; None when it is unknown, archived or unreadable."""
        return self._found(f"{SPLIT}/{key}")

    def compiled(self, kind: str, key: str) -> Compiled:
        """Give the compiled "flag" or "split" whatever its state; an unknown one says so in its outcome."""
        return self._library.compiled(f"{kind}/{key}")

    def audience(self, key: str) -> Audience:
        """Give a segment as conditions use it."""
        return self._library.audience(key)

    def keys(self, kind: str = FLAG) -> list[str]:
        """Give the keys of all documents of a kind, archived ones included."""
        prefix = f"{kind}/"
        return [name.removeprefix(prefix) for name in self._library.documents if name.startswith(prefix)]

    def _found(self, name: str) -> Compiled | None:
        compiled = self._library.compiled(name)
        return compiled if compiled.found else None


def check_document(name: str, text: str) -> None:
    """Pass when the text is a JSON object whose key is that of the name; else raise Malformed."""
    try:
        document = _JSON.decode(text)
    except (ValueError, RecursionError) as fault:
        raise Malformed("", f"{name} is no JSON: {fault}") from fault
    if type(document) is not dict or document.get("key") != name.partition("/")[2]:
        raise Malformed("/key", f"{name} holds no object with that key")


def _refuse(word: str) -> None:
    raise ValueError(f"{word} is no JSON number")


_JSON = json.JSONDecoder(parse_constant=_refuse)
