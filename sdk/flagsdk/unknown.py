"""Keys that were asked for and that no flag has: counted where nothing was found, so that a flag costs nothing more."""

from collections.abc import Iterator, Sequence

from flagsdk.core.context import text_of
from flagsdk.wire.members import MAX_COUNT, is_key
from flagsdk.wire.usage import MAX_UNKNOWN, AskedRow

MAX_KEYS = 100
"""Keys that are told by their names in one hour; what is asked beyond them is counted in one total."""


class _Asked:
    """How often something was asked for, and how much of that was told. One thread tells; any thread asks."""

    __slots__ = ("times", "told")

    def __init__(self) -> None:
        self.times = self.told = 0

    @property
    def due(self) -> int:
        return min(self.times - self.told, MAX_COUNT)


class Unknown:
    """Counts what one client asked for in vain. `note` is for any thread; all else for the one that reports.

    Nothing that could not be a key leaves the process: it is counted among the others, as is what there is no room for.
    """

    _kept: dict[str, _Asked]
    _leaving: Sequence[_Asked]

    def __init__(self) -> None:
        self.after_fork()

    def after_fork(self) -> None:
        """Begin anew in a forked child: what was counted so far is the parent's to report."""
        self._kept, self._leaving, self._others = {}, (), _Asked()

    def note(self, key: object) -> None:
        """Count that nothing was found under a key. Threads that bring a new one at once may each add one too many."""
        exact = text_of(key) or ""
        asked = self._kept.get(exact)
        if asked is None:
            roomy = len(self._kept) < MAX_KEYS and is_key(exact)
            asked = self._kept.setdefault(exact, _Asked()) if roomy else self._others
        asked.times += 1  # no thread comes between: see Reading

    def due(self) -> Iterator[tuple[tuple[AskedRow, ...], int]]:
        """Give what is not told yet, by key and of all others, in parts that fit into a report."""
        kept = dict(self._kept)  # a copy, because readers go on asking
        rows = [AskedRow(key, asked.due) for key, asked in kept.items() if asked.due]
        others = self._others.due
        for start in range(0, max(len(rows), bool(others)), MAX_UNKNOWN):
            yield tuple(rows[start : start + MAX_UNKNOWN]), 0 if start else others

    def accept(self, rows: Sequence[AskedRow], others: int) -> None:
        """Note that a part was taken."""
        for row in rows:
            if row.key in self._kept:
                self._kept[row.key].told += row.times
        self._others.told += others

    def drop(self, rows: Sequence[AskedRow]) -> None:
        """Give rows up: they count among the others from now on."""
        self.accept(rows, 0)
        self._add(sum(row.times for row in rows))

    def renew(self) -> None:
        """Make room: forget the keys of which everything was told, until they are asked for again."""
        self._add(sum(asked.times - asked.told for asked in self._leaving))  # by threads that were on their way
        idle = [key for key, asked in dict(self._kept).items() if asked.times == asked.told]
        self._leaving = [self._kept.pop(key) for key in idle]

    def _add(self, times: int) -> None:
        self._others.times += times
