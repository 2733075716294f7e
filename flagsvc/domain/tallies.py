"""What many units get, added up: per variant, beside what the split that decided says, and beside a draft."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from flagsdk.core.model import Split
from flagsdk.core.outcome import Outcome
from flagsvc.domain.analysis.chi_square import Fit, fit_of

NOBODY = ""
"""Stands for no variant: where there is nothing to decide."""


def counts_of(outcomes: Sequence[Outcome]) -> dict[str, int]:
    """Count units by variant, in the order of names."""
    return dict(sorted(Counter(outcome.variant or NOBODY for outcome in outcomes).items()))


def split_of(outcomes: Sequence[Outcome]) -> dict[str, Any] | None:
    """Compare the split that decided most units with what those units got; None where none decided.

    {"rule": id or None for the default, "units", "counts", "expected": variant → share, "chiSquare": … or None}
    """
    decided = [outcome for outcome in outcomes if outcome.split is not None]
    if not decided:
        return None
    (rule, _), _ = Counter((outcome.rule, id(outcome.split)) for outcome in decided).most_common(1)[0]
    chief = next(outcome.split for outcome in decided if outcome.rule == rule)
    counts = counts_of([outcome for outcome in decided if outcome.split is chief])
    expected = shares_of(chief) if chief else {}
    fit = fit_of(counts, expected)
    units = sum(counts.values())
    return {"rule": rule, "units": units, "counts": counts, "expected": expected, "chiSquare": fit and _shown(fit)}


def shares_of(split: Split) -> dict[str, float]:
    """Give the share of each variant of a split, by the table that decides."""
    shares: Counter[str] = Counter()
    for variant, start, end in split.ranges:
        shares[variant] += end - start
    return {variant: buckets / split.space for variant, buckets in sorted(shares.items())}


def moves_of(before: Sequence[Outcome], after: Sequence[Outcome]) -> list[dict[str, Any]]:
    """Count the units that get another variant, most first: [{"from", "to", "units"}]."""
    pairs = ((old.variant or NOBODY, new.variant or NOBODY) for old, new in zip(before, after, strict=True))
    moved = Counter(pair for pair in pairs if pair[0] != pair[1])
    ordered = sorted(moved.items(), key=lambda each: (-each[1], each[0]))
    return [{"from": old, "to": new, "units": units} for (old, new), units in ordered]


def draft_of(before: Sequence[Outcome], after: Sequence[Outcome]) -> Mapping[str, Any]:
    """Tell what a draft would change for these units."""
    moves = moves_of(before, after)
    return {"counts": counts_of(after), "moved": sum(move["units"] for move in moves), "moves": moves}


def _shown(fit: Fit) -> dict[str, Any]:
    return fit._asdict()
