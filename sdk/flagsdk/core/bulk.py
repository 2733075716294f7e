"""All flags for one context: what never changes is copied, plain rollouts share one look at the unit."""

from collections.abc import Iterable
from typing import Any

from mmh3 import hash as murmur3_of_text

from .compile_flag import ends_of
from .compile_loop import loops_of
from .compiled import Compiled
from .context import TARGETING_KEY, Context
from .decision import ErrorCode
from .hashing import NATIVE
from .hashing.murmur import murmur3
from .model import Split
from .outcome import Outcome
from .prerequisites import Decide

Rollout = tuple[str, int, int, Outcome, Outcome, Decide]
"""(key, seed, bound, outcome below the bound, outcome from it on, the whole function)."""


class Bulk:
    """Evaluates every flag that is not archived. `constants` holds, by key, what comes out the same for everybody."""

    def __init__(self, flags: Iterable[tuple[str, Compiled]]) -> None:
        self.constants: dict[str, Outcome] = {}
        self._rollouts: list[Rollout] = []
        others: list[tuple[str, Decide]] = []
        for key, compiled in flags:
            self._add(key, compiled, others)
        self._loops, self._others = loops_of(others)

    def decide(self, context: Any) -> dict[str, Outcome]:
        """Give the outcome of every flag, by key, and count a use of each."""
        for outcome in self.constants.values():
            outcome.uses += 1
        return self.constants | self.varying(context)

    def varying(self, context: Any) -> dict[str, Outcome]:
        """Give the outcome of every flag that can come out in several ways, by key, and count a use of each."""
        outcomes: dict[str, Outcome] = {}
        unit = context.get(TARGETING_KEY) if type(context) in (Context, dict) else None
        if type(unit) is str and unit and unit.isascii():
            for key, seed, bound, below, above, _ in self._rollouts:
                outcomes[key] = outcome = below if murmur3_of_text(unit, seed, False) < bound else above  # noqa: FBT003  # unsigned; a keyword costs a third more
                outcome.uses += 1
        else:
            _decide(((row[0], row[-1]) for row in self._rollouts), context, outcomes)
        for loop in self._loops:
            try:
                loop.decide_all(context, outcomes)
            except Exception:  # noqa: BLE001  # the context cannot be read like a dictionary: each flag knows what to do
                _decide(loop.members, context, outcomes)
        _decide(self._others, context, outcomes)
        return outcomes

    def _add(self, key: str, compiled: Compiled, others: list[tuple[str, Decide]]) -> None:
        if len(compiled.outcomes) == 1:
            if compiled.outcomes[0].error is not ErrorCode.FLAG_NOT_FOUND:
                self.constants[key] = compiled.outcomes[0]
        elif (plain := rollout_of(key, compiled)) is not None:
            self._rollouts.append(plain)
        else:
            others.append((key, compiled.decide))


def _decide(flags: Iterable[tuple[str, Decide]], context: Any, outcomes: dict[str, Outcome]) -> None:
    """Ask one flag after the other, and count a use of each."""
    for key, decide in flags:
        outcomes[key] = outcome = decide(context)
        outcome.uses += 1


def rollout_of(key: str, compiled: Compiled) -> Rollout | None:
    """Give the parts of a flag that does nothing but split targeting keys in two by murmur3, else None."""
    flag = compiled.flag
    if flag is None or flag.rules or flag.targets or flag.prerequisites or not isinstance(flag.default, Split):
        return None
    split = flag.default
    ends = ends_of(split) if split.hash == NATIVE and split.by == TARGETING_KEY else []
    if len(ends) != 2:  # noqa: PLR2004  # one below the bound, one above
        return None
    served = {outcome.variant: outcome for outcome in compiled.outcomes if outcome.split is not None}
    (low, bound), (high, _) = ends
    return key, murmur3(split.salt, 0), bound, served[low], served[high], compiled.decide
