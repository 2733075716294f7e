"""The oracle: what each committed revision answers to the questions, by the plain walk over its documents."""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping
from typing import Any

from flagsdk.core.decision import ErrorCode
from flagsdk.core.explain import explained
from flagsdk.core.snapshot import Snapshot
from flagsvc.domain.records import Whole
from tests.faults.questions import AUDIENCE, CHILD, CONTEXTS, GONE, HALF, NUMBER, SPLIT

FLAGS = (NUMBER, HALF, AUDIENCE, CHILD, GONE)
NONE = -7
"""The default that is asked with: what a client says that holds no such flag."""

Answers = tuple[Hashable, ...]
Seen = tuple[int | None, int, str, Hashable]
"""(revision if the answer names it, number of the context, what was asked, answer)."""


class Oracle:
    """Learns each committed revision, and finds fault with observed answers."""

    def __init__(self) -> None:
        self._allowed: dict[tuple[int | None, int, str], set[Hashable]] = defaultdict(set)
        self.revisions: set[tuple[str, int]] = set()

    def learn(self, whole: Whole) -> None:
        """Take in one revision."""
        self.revisions.add((whole.epoch, whole.revision))
        snapshot = Snapshot.load(whole.environment, whole.epoch, whole.revision, whole.documents)
        for place in range(len(CONTEXTS)):
            for asked, answer in answers(snapshot, place).items():
                self._allowed[whole.revision, place, asked].add(answer)
                self._allowed[None, place, asked].add(answer)

    def alias(self, revision: int, known: int) -> None:
        """Let answers that name `revision` be those of a known one."""
        for (number, place, asked), allowed in list(self._allowed.items()):
            if number == known:
                self._allowed[revision, place, asked] |= allowed

    def allow_nothing(self) -> None:
        """Let clients answer with the default that they were asked with: they have started without any source."""
        for place in range(len(CONTEXTS)):
            for asked in (*FLAGS, SPLIT):
                self._allowed[None, place, asked].add(NONE)

    def faults(self, seen: Iterable[Seen]) -> list[str]:
        """Say which answers are those of no committed revision."""
        return [
            f"{asked} of context {place} was {answer!r} at revision {revision}"
            for revision, place, asked, answer in seen
            if answer not in self._allowed.get((revision, place, asked), ())
        ]

    def regressions(self, held: Iterable[tuple[str, int]]) -> list[str]:
        """Say where a reader went back within an epoch, or held what was never committed."""
        found, highest = [], dict[str, int]()
        for epoch, revision in held:
            if (epoch, revision) not in self.revisions:
                found.append(f"{epoch}.{revision} was never committed")
            if revision < highest.get(epoch, 0):
                found.append(f"{epoch}.{revision} came after {epoch}.{highest[epoch]}")
            highest[epoch] = max(revision, highest.get(epoch, 0))
        return found


def answers(snapshot: Snapshot, place: int) -> dict[str, Hashable]:
    """Answer every question for a context, by name; "all" is the answer to everything at once."""
    context = CONTEXTS[place]
    decided = {key: explained(snapshot, key, context) for key in FLAGS}
    found = {key: made for key, made in decided.items() if made.error is not ErrorCode.FLAG_NOT_FOUND}
    named: dict[str, Hashable] = {key: found[key].value if key in found else NONE for key in FLAGS}
    everything = together({key: made.value for key, made in found.items()})
    return named | {SPLIT: explained(snapshot, SPLIT, context, "split").value, "all": everything}


def together(values: Mapping[str, Any]) -> Answers:
    """Give the values of many flags as one value that can be compared and kept in a set."""
    return tuple(sorted(values.items()))
