"""Tables of the simulated analysis: columns are levels of traffic, rows are rules."""

from collections.abc import Mapping, Sequence

import numpy as np

from benchmarks.analysis_sequential import Positions
from benchmarks.analysis_traffic import PER_MINUTE, POLLS, Chance

SEED = 20_261_126
WIDTH, COLUMN = 38, 15
NEARLY_ALL, MOST = 0.995, 0.5
Table = tuple[str, Sequence[str], Mapping[str, Sequence[str]]]
"""Title, columns, and rows by name."""
Kept = tuple[Table, float]
"""A table, and the largest part of healthy rollouts in it that went back although the opposite is promised."""


def chance(seed: int) -> Chance:
    """Give the source of chance of one cell."""
    return np.random.default_rng([SEED, seed])


def part(positions: Positions) -> float:
    """Part of the rollouts in which anything was noticed."""
    return float((positions < POLLS).mean())


def minutes(positions: Positions, onset: int = 0) -> str:
    """Median minutes from the onset until it was noticed, and in how many rollouts it was if not in nearly all."""
    found = part(positions)
    if found <= MOST:
        return f"({found:.0%})"
    middle = (float(np.median(positions)) + 1 - onset) / PER_MINUTE
    return f"{middle:.3g}" if found >= NEARLY_ALL else f"{middle:.3g} ({found:.0%})"


def in_words(rows: Mapping[str, Sequence[float]]) -> Mapping[str, Sequence[str]]:
    """Write parts of a hundred."""
    return {name: [f"{value:.2%}" for value in values] for name, values in rows.items()}


def show(table: Table) -> None:
    """Print a table."""
    title, columns, rows = table
    print(f"\n{title}")
    for name, values in (("", columns), *rows.items()):
        print(f"{name:{WIDTH}}{''.join(f'{value:>{COLUMN}}' for value in values)}", flush=True)
