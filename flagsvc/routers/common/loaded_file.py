"""One file that servers load, told as a whole: written aside, checked, loaded anew, and read back from each of them."""

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from flagsvc.domain.routing.errors import RouterError
from flagsvc.domain.routing.observed import Observed
from flagsvc.outbound.files import read_text, write_at_once
from flagsvc.routers.common.facts import EDITED, Facts, Nodes, observed_of
from flagsvc.routers.common.reload import Reload

SETTLE_SECONDS = 0.2
"""nginx lets old workers take new connections for 100 ms more after the new ones have begun to."""
SETTLE_READINGS = 3


class LoadedFile:
    """`facts_in` reads what a text says about itself; `nodes` are the servers that have loaded it."""

    def __init__(self, path: Path, facts_in: Callable[[str], Facts | None], nodes: Nodes, reload: Reload) -> None:
        self.path, self.facts_in, self.nodes, self.reload = path, facts_in, nodes, reload
        self._settled: Mapping[str, Facts | None] | None = None

    def plan(self, text: str, facts: Facts) -> Sequence[str]:
        """Say what `tell` would do now; empty when the file is as wanted and every node has loaded it."""
        written = self._written(facts)
        if written and self._held(facts):
            return ()
        steps = [] if written else [f"write {self.path}:\n{text}"]
        return (*steps, self.reload.words() or f"wait until somebody reloads {self.reload.program}")

    def tell(self, text: str, facts: Facts) -> None:
        """Write and reload, unless all of it is in force; what would not load is taken back before anybody loads it.

        A node that does not answer is told all the same: it loads the file when it is back.
        """
        if not self._written(facts):
            self._write(text)
        elif self._held(facts):
            return
        self.reload()

    def observe(self) -> Observed | None:
        """Read the file and every node; only what all of them say, and go on saying, is in force."""
        said = self._said()
        if said != self._settled:
            time.sleep(SETTLE_SECONDS)
            if any(self._said() != said for _ in range(SETTLE_READINGS)):
                return Observed(weights={}, detail="what the nodes have loaded is changing")
            self._settled = said
        return observed_of(said)

    def _said(self) -> Mapping[str, Facts | None]:
        return {str(self.path): self._in_file(), **self.nodes.read()}

    def _in_file(self) -> Facts | None:
        """Read the file's facts; whatever was put there instead is a difference, and never in the way of writing."""
        try:
            text = read_text(self.path)
            return None if text is None else self.facts_in(text)
        except RouterError:
            return EDITED

    def _written(self, facts: Facts) -> bool:
        return self._in_file() == facts

    def _held(self, facts: Facts) -> bool:
        try:
            return all(held == facts for held in self.nodes.read().values())
        except RouterError:
            return False

    def _write(self, text: str) -> None:
        before = self._before()
        write_at_once(self.path, text)
        try:
            self.reload.demand_sound()
        except RouterError:
            if before is not None:
                write_at_once(self.path, before)
            raise

    def _before(self) -> str | None:
        try:
            return read_text(self.path)
        except RouterError:
            return None
