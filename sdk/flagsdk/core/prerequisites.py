"""Prerequisites of a flag: the parents that are asked before the flag itself, at any depth."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from .components import components
from .outcome import Outcome

MAX_WEIGHT = 64
MAX_DEPTH = 16
"""Above either, the ancestors are evaluated one after the other, each once, instead of inside one another."""

Decide = Callable[[Any], Outcome]
_Step = tuple[Decide, tuple[tuple[int, frozenset[Outcome], Outcome], ...]]
"""A flag's own function, and its gates: index of the parent, outcomes accepted, outcome where it is another."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Gate:
    """One prerequisite: the parent, the outcomes of it that let evaluation go on, and the outcome where it does not."""

    parent: "Gated"
    accepted: frozenset[Outcome]
    unmet: Outcome


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Gated:
    """A flag with its gates. `weight` counts it and its ancestors, each as often as it would be asked."""

    name: str
    own: Decide
    gates: tuple[Gate, ...]
    weight: int
    depth: int
    decide: Decide


def gated(name: str, own: Decide, gates: tuple[Gate, ...]) -> Gated:
    """Put the gates before a flag's own function."""
    weight = 1 + sum(gate.parent.weight for gate in gates)
    depth = 1 + max((gate.parent.depth for gate in gates), default=0)
    if weight > MAX_WEIGHT or depth > MAX_DEPTH:
        return Gated(name, own, gates, weight, depth, _OneByOne(name, own, gates))
    return Gated(name, own, gates, weight, depth, _nested(own, gates))


def _nested(own: Decide, gates: tuple[Gate, ...]) -> Decide:
    if not gates:
        return own
    if len(gates) == 1:
        return _single(own, gates[0])
    asked = tuple((gate.parent.decide, gate.accepted, gate.unmet) for gate in gates)

    def decide(context: Any) -> Outcome:
        for parent, accepted, unmet in asked:
            if parent(context) not in accepted:
                return unmet
        return own(context)

    return decide


def _single(own: Decide, gate: Gate) -> Decide:
    parent, accepted, unmet = gate.parent.decide, gate.accepted, gate.unmet
    return lambda context: own(context) if parent(context) in accepted else unmet


class _OneByOne:
    """Evaluates the ancestors one after the other; their order is found when the first context comes."""

    __slots__ = ("_gates", "_name", "_own", "_steps")

    def __init__(self, name: str, own: Decide, gates: tuple[Gate, ...]) -> None:
        self._name = name
        self._own = own
        self._gates = gates
        self._steps: list[_Step] = []

    def __call__(self, context: Any) -> Outcome:
        if not self._steps:
            self._steps = list(self._ordered())
        reached: list[Outcome] = []
        for own, asked in self._steps:
            refused = (unmet for index, accepted, unmet in asked if reached[index] not in accepted)
            reached.append(next(refused, None) or own(context))
        return reached[-1]

    def _ordered(self) -> Iterator[_Step]:
        """Give each ancestor once, after its own parents, and the flag itself last."""
        flags = _ancestors(self._gates)
        gates_of = {key: flag.gates for key, flag in flags.items()} | {self._name: self._gates}
        order = components(self._name, lambda key: [gate.parent.name for gate in gates_of[key]])
        index = {key: place for place, (key,) in enumerate(order)}
        for (key,) in order:
            asked = tuple((index[gate.parent.name], gate.accepted, gate.unmet) for gate in gates_of[key])
            yield self._own if key == self._name else flags[key].own, asked


def _ancestors(gates: tuple[Gate, ...]) -> dict[str, Gated]:
    found: dict[str, Gated] = {}
    waiting = list(gates)
    while waiting:
        parent = waiting.pop().parent
        if parent.name not in found:
            found[parent.name] = parent
            waiting += parent.gates
    return found
