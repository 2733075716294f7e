"""The first table of a split, and the next one after a change of weights: last in, first out, minimal movement."""

from collections.abc import Iterable, Mapping
from itertools import accumulate

from .free import FreeRanges
from .quotas import WHOLE, quotas
from .stack import Stack
from .table import Table, by_start, ordered, ranges_of


def initial(weights: Mapping[str, int], space: int = WHOLE, last: str | None = None) -> Table:
    """Lay the variants out from bucket 0 in the given order, with `last` (off variant, stable backend) on top.

    So the arms of splits that share a salt nest: each growing arm owns [0, x). Raises Misallocated as `quotas` does.
    """
    wanted = quotas(weights, space)
    names = sorted((variant for variant in wanted if wanted[variant]), key=lambda name: name == last)
    ends = accumulate(wanted[name] for name in names)
    return tuple((name, end - wanted[name], end) for name, end in zip(names, ends, strict=True))


def reweigh(table: Table, weights: Mapping[str, int], space: int = WHOLE, base: str | None = None) -> Table:
    """Next table: moves Σ max(0, want - have) buckets, and none between two variants that both grow.

    Who gives, gives what it took last; who takes, takes beside what it owns where it can. The base lives at the top of
    the space: it gives its low end first, every other variant its high end. So a ramp fed by one donor, walked back,
    restores the table; and two arms, one of them the base, own [0, x) and [x, space) whatever the path. Pass the same
    base each time; without one, no variant is special.  Source: docs/evaluation.md, "Allocation".
    """
    wanted = quotas(weights, space)
    stacks = _stacks(table, wanted, base)
    free = FreeRanges()
    for stack in stacks:
        free.add(stack.give(stack.size - wanted.get(stack.variant, 0)))
    _fill(free, [(stack, wanted.get(stack.variant, 0)) for stack in stacks])
    return ordered((stack.variant, stack.ranges) for stack in stacks)


def _stacks(table: Table, wanted: Iterable[str], base: str | None) -> list[Stack]:
    """Owners by their lowest bucket, then newcomers by name: an order that no object order can change."""
    owners = list(dict.fromkeys(variant for variant, _, _ in sorted(table, key=by_start)))
    newcomers = sorted(set(wanted).difference(owners))
    return [Stack(name, ranges_of(table, name), top=name == base) for name in owners + newcomers]


def _fill(free: FreeRanges, wants: list[tuple[Stack, int]]) -> None:
    """Everybody takes what lies beside it before anybody takes what does not."""
    for stack, want in wants:
        while (need := want - stack.size) > 0 and (found := free.beside(stack)):
            stack.take(free.cut(*found, need))
    for stack, want in wants:
        while (need := want - stack.size) > 0:
            stack.take(free.cut(*(free.beside(stack) or free.outermost(stack)), need))
