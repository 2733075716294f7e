"""Who moves when weights change: the layouts of other services beside ours, over the same simulated units.

Prints the table of docs/who-moves.md, and fails where ours moves one bucket more than any layout must.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from flagsdk.core.allocation import WHOLE, Table, initial, reweigh
from flagsdk.core.hashing import bucket_of

OFF = "off"
Weights = dict[str, int]
Layout = Callable[[Sequence[Weights]], tuple[Table, Table]]
"""The weights a split went through → its tables before and after the last change."""


@dataclass(frozen=True)
class Change:
    """A row: the weights, step by step; only the last step is measured. `off` is everybody outside the experiment."""

    title: str
    steps: tuple[Weights, ...]


def arms(*weights: int) -> Weights:
    """Name the arms in their order; the first is control."""
    return {f"arm{n}": weight * 1_000 for n, weight in enumerate(weights)}


def exposed(percent: int, left: int = 50) -> Weights:
    """Two arms inside a share of the traffic, the rest off."""
    one = percent * left * 10
    return {"A": one, "B": percent * 1_000 - one, OFF: WHOLE - percent * 1_000}


CHANGES = (
    Change("90/5/5 → 80/10/10", (arms(90, 5, 5), arms(80, 10, 10))),
    Change("25x4 → 15/25/25/35", (arms(25, 25, 25, 25), arms(15, 25, 25, 35))),
    Change("25x4 → 20x5 (add an arm)", (arms(25, 25, 25, 25), arms(20, 20, 20, 20, 20))),
    Change("10x10, one point first → last", (arms(*[10] * 10), arms(9, *[10] * 8, 11))),
    Change("two arms 50/50 → 49/51", (arms(50, 50), arms(49, 51))),
    Change("exposure 10 → 20 → 15 %, last step", (exposed(10), exposed(20), exposed(15))),
    Change("exposure 10 → 20 %, then 50/50 → 60/40", (exposed(10), exposed(20), exposed(20, left=60))),
    Change("exposure 5→10→20→40→80, then 79 %", tuple(exposed(percent) for percent in (5, 10, 20, 40, 80, 79))),
)


def contiguous(steps: Sequence[Weights]) -> tuple[Table, Table]:
    """Unleash, LaunchDarkly, flagd, GrowthBook, Flipt: the arms one after the other, in their order."""
    return initial(steps[-2]), initial(steps[-1])


def flagsmith(steps: Sequence[Weights]) -> tuple[Table, Table]:
    """Flagsmith: the options in the order of their ids, control is what is left on top (flagsmith-engine)."""
    control = OFF if OFF in steps[0] else next(iter(steps[0]))
    return initial(steps[-2], last=control), initial(steps[-1], last=control)


def featurevisor(steps: Sequence[Weights]) -> tuple[Table, Table]:
    """Featurevisor: more exposure with the same variations adds ranges, else all start anew (builder/traffic.ts)."""
    tables = [initial(steps[0], last=OFF)]
    for before, after in pairwise(steps):
        added = _increments(before, after)
        tables.append(_appended(tables[-1], added) if added else initial(after, last=OFF))
    return tables[-2], tables[-1]


def _increments(before: Weights, after: Weights) -> Weights | None:
    inside = [name for name in after if name != OFF]
    old, new = WHOLE - before.get(OFF, 0), WHOLE - after.get(OFF, 0)
    same = all(before.get(name, 0) * new == after[name] * old for name in inside)
    return {name: after[name] - before[name] for name in inside} if same and new >= old else None


def _appended(table: Table, added: Weights) -> Table:
    kept = [entry for entry in table if entry[0] != OFF]
    reached = max(end for _, _, end in kept)
    for name, length in added.items():
        kept.append((name, reached, reached + length))
        reached += length
    return (*kept, (OFF, reached, WHOLE))


def ours(steps: Sequence[Weights]) -> tuple[Table, Table]:
    """Ours: each table is computed from the stored one."""
    base = OFF if OFF in steps[0] else next(iter(steps[0]))
    tables = [initial(steps[0], last=base)]
    for step in steps[1:]:
        tables.append(reweigh(tables[-1], step, base=base))
    return tables[-2], tables[-1]


LAYOUTS: dict[str, Layout] = {
    "contiguous": contiguous,
    "Flagsmith": flagsmith,
    "Featurevisor": featurevisor,
    "flagsvc": ours,
}


def needed(change: Change) -> int:
    """Buckets that change hands under any layout: Σ max(0, want - have)."""
    have, want = change.steps[-2:]
    return sum(max(0, weight - have.get(name, 0)) for name, weight in want.items())


def owners(table: Table) -> list[str]:
    """Owner of every bucket."""
    found = [""] * WHOLE
    for variant, start, end in table:
        found[start:end] = [variant] * (end - start)
    return found


def differing(tables: tuple[Table, Table]) -> list[int]:
    """Buckets whose owner changes."""
    before, after = map(owners, tables)
    return [bucket for bucket in range(WHOLE) if before[bucket] != after[bucket]]


def simulate(units: int) -> list[int]:
    """How many of the units `user-0` … fall into each bucket."""
    counted = Counter(bucket_of("who-moves", f"user-{n}") for n in range(units))
    return [counted[bucket] for bucket in range(WHOLE)]


def rows(units: int) -> list[list[str]]:
    """Cells of the table; raises AssertionError where our layout is not minimal, bucket by bucket."""
    population = simulate(units)
    return [_row(change, population, units) for change in CHANGES]


def _row(change: Change, population: list[int], units: int) -> list[str]:
    moved = {name: differing(layout(change.steps)) for name, layout in LAYOUTS.items()}
    minimum = needed(change)
    if len(moved["flagsvc"]) != minimum:
        raise AssertionError(f"{change.title}: {len(moved['flagsvc'])} buckets moved, {minimum} needed")
    shares = [sum(population[bucket] for bucket in buckets) / units for buckets in moved.values()]
    return [change.title, _percent(minimum / WHOLE), *map(_percent, shares)]


def _percent(part: float) -> str:
    return f"{100 * part:.1f} %"


def table_text(units: int) -> str:
    """Build the table as Markdown."""
    lines = [["change", "needed", *LAYOUTS], ["---", *["--:"] * (1 + len(LAYOUTS))], *rows(units)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table for `--units` simulated units."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--units", type=int, default=100_000, help="simulated units (default: %(default)s)")
    sys.stdout.write(table_text(parser.parse_args(arguments).units) + "\n")


if __name__ == "__main__":
    main()
