"""One environment at one (epoch, revision): its documents, ready for evaluation."""

import json
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, TypeVar

from .bulk import Bulk
from .compiled import Compiled, absent
from .context import text_of
from .digest import Digest
from .library import Library
from .malformed import Malformed
from .outcome import Outcome
from .prerequisites import Decide
from .support import Audience

FORMAT = 1
FLAG, SPLIT = "flag", "split"

Text = TypeVar("Text", str, str | None)


class Decisions(dict[str, Decide]):
    """Compiled functions by key; a key that is not there yet is compiled on first use.

    `decisions[key](context)` gives an Outcome for every key and every context. Unknown keys are never stored.
    """

    __slots__ = ("_kind", "_library")

    def __init__(self, library: Library, kind: str, ready: Mapping[str, Decide]) -> None:
        super().__init__(ready)
        self._library = library
        self._kind = kind

    def __missing__(self, key: str) -> Decide:
        exact = text_of(key)
        if exact is None:
            return absent(f"{self._kind} of a key that is no text").decide
        name = f"{self._kind}/{exact}"
        decide = self._library.compiled(name).decide
        if name in self._library.documents:
            self[exact] = decide
        return decide

    def copy(self) -> "Decisions":
        """Give a copy, to be moved to another library."""
        return Decisions(self._library, self._kind, self)

    def move(self, library: Library, dropped: list[str]) -> None:
        """Go over to a changed library: the dropped functions are replaced by what it has compiled already."""
        self._library = library
        prefix = f"{self._kind}/"
        for name in dropped:
            if name.startswith(prefix):
                key = name.removeprefix(prefix)
                compiled = library.known(name)
                if compiled is None:
                    self.pop(key, None)
                else:
                    self[key] = compiled.decide


class Snapshot:
    """Immutable to its readers; what is compiled on the way is shared with the snapshots that follow.

    `decide[key](context)` and `cohorts[key](context)` give the Outcome of a flag and of a traffic split; `documents`
    are the canonical texts by name.
    """

    __slots__ = (
        "_bulk",
        "_digest",
        "_library",
        "cohorts",
        "decide",
        "documents",
        "environment",
        "epoch",
        "format",
        "revision",
    )

    def __init__(
        self, identity: tuple[str, str, int], library: Library, digest: Digest, decide: Decisions, cohorts: Decisions
    ) -> None:
        self.environment, self.epoch, self.revision = identity
        self.format = FORMAT
        self.documents: Mapping[str, str] = MappingProxyType(library.documents)
        self.decide = decide
        self.cohorts = cohorts
        self._library = library
        self._digest = digest
        self._bulk: Bulk | None = None

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
        digest = _digested(Digest.of, documents)
        library = Library(dict(documents))
        tables = Decisions(library, FLAG, {}), Decisions(library, SPLIT, {})
        return cls((environment, epoch, revision), library, digest, *tables)

    def apply(self, revision: int, edits: Mapping[str, str | None]) -> "Snapshot":
        """Give the snapshot after a change: a text replaces or adds a document, None removes it. Raises Malformed.

        Everything unchanged is shared; compiled flags that rest on a changed document are compiled again.
        """
        digest = _digested(self._digest.edit, edits)
        documents = dict(self._library.documents)
        for name, text in edits.items():
            if text is None:
                documents.pop(name, None)
            else:
                check_document(name, text)
                documents[name] = text
        decide, cohorts = self.decide.copy(), self.cohorts.copy()  # before the library's own copies: see Library.edit
        library, dropped = self._library.edit(documents, edits)
        for decisions in (decide, cohorts):
            decisions.move(library, dropped)
        identity = (self.environment, self.epoch, revision)
        return type(self)(identity, library, digest, decide, cohorts)

    def bulk(self, context: Any) -> dict[str, Outcome]:
        """Give the outcome of every flag that is not archived, and count a use of each."""
        return self.everything.decide(context)

    @property
    def everything(self) -> Bulk:
        """All flags that are not archived, compiled."""
        if self._bulk is None:
            for key in self.keys():
                self.decide[key]  # asking compiles, and what is asked for counts as in use
            self._bulk = Bulk((key, self._library.compiled(f"{FLAG}/{key}")) for key in self.keys())
        return self._bulk

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


def _digested(digest: Callable[[Mapping[str, Text]], Digest], documents: Mapping[str, Text]) -> Digest:
    try:
        return digest(documents)
    except UnicodeEncodeError as fault:
        raise Malformed("", "a document's name or text is not valid Unicode") from fault


def _refuse(word: str) -> None:
    raise ValueError(f"{word} is no JSON number")


_JSON = json.JSONDecoder(parse_constant=_refuse)
