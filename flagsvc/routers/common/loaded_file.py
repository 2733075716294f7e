"""One file that servers load, told as a whole: written aside, checked, loaded anew, and read back from each of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from flagsvc.domain.routing.errors import RouterError
from flagsvc.domain.routing.observed import Observed
from flagsvc.routers.common.facts import Facts, Nodes, observed_of
from flagsvc.routers.common.files import read_text, write_at_once
from flagsvc.routers.common.reload import Reload


@dataclass(frozen=True, slots=True)
class LoadedFile:
    """`facts_in` reads what a text says about itself; `nodes` are the servers that have loaded it."""

    path: Path
    facts_in: Callable[[str], Facts | None]
    nodes: Nodes
    reload: Reload

    def plan(self, text: str, facts: Facts) -> Sequence[str]:
        """Say what `tell` would do now; empty when the file is as wanted and every node has loaded it."""
        written = self._written(facts)
        if written and all(held == facts for held in self.nodes.read().values()):
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
        """Read the file and every node; only what all of them say is in force."""
        text = read_text(self.path)
        return observed_of({str(self.path): None if text is None else self.facts_in(text), **self.nodes.read()})

    def _written(self, facts: Facts) -> bool:
        text = read_text(self.path)
        return text is not None and self.facts_in(text) == facts

    def _held(self, facts: Facts) -> bool:
        try:
            return all(held == facts for held in self.nodes.read().values())
        except RouterError:
            return False

    def _write(self, text: str) -> None:
        before = read_text(self.path)
        write_at_once(self.path, text)
        try:
            self.reload.demand_sound()
        except RouterError:
            if before is not None:
                write_at_once(self.path, before)
            raise
