"""The budgets, and the verdict on what was seen: each limit is met, missed, or not judged."""

import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from loadtests.records import Record

FILE = Path(__file__).with_name("budgets.toml")
BARE = "bare Starlette route"
Standing = Literal["met", "missed", "not judged"]
Measure = Callable[[Record, Record | None], float | None]


def ratio(record: Record, bare: Record | None) -> float | None:
    """Say how many requests cost what one of the bare route costs in processor time; None where that is not known."""
    if bare is None or not (record.processor_microseconds and bare.processor_microseconds):
        return None
    return bare.processor_microseconds / record.processor_microseconds


AT_LEAST = frozenset({"requests", "per_second", "ratio"})
ALWAYS = frozenset({"requests", "error_share"})
"""Judged in quick runs, too: how many came and how many failed says nothing about how fast a machine is."""
MEASURES: Mapping[str, Measure] = {
    "requests": lambda record, _: record.requests,
    "error_share": lambda record, _: record.error_share,
    "p50_ms": lambda record, _: record.percentile(0.50),
    "p99_ms": lambda record, _: record.percentile(0.99),
    "per_second": lambda record, _: record.per_second,
    "ratio": ratio,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One limit and what was measured. `seen` None: it could not be measured here."""

    profile: str
    name: str
    limit: str
    wanted: float
    seen: float | None
    standing: Standing


def load(path: Path = FILE) -> Mapping[str, Mapping[str, Mapping[str, float]]]:
    """Read the budgets, by profile, kind of request, limit; raises ValueError for a limit that is none."""
    budgets: Mapping[str, Mapping[str, Mapping[str, float]]] = tomllib.loads(path.read_text())
    for profile, kinds in budgets.items():
        for name, limits in kinds.items():
            if unknown := limits.keys() - MEASURES.keys():
                raise ValueError(f"{profile}, {name}: {', '.join(sorted(unknown))} is no limit")
    return budgets


def judged(
    budgets: Mapping[str, Mapping[str, Mapping[str, float]]],
    records: Sequence[Record],
    profiles: Sequence[str],
    *,
    full: bool,
) -> Iterator[Finding]:
    """Yield a finding for each limit of these profiles, and one for each kind of request that failed without any."""
    found = {(each.profile, each.name): each for each in records}
    for profile in profiles:
        for name, limits in budgets.get(profile, {}).items():
            record = found.get((profile, name)) or Record(profile, name)
            bare = found.get((profile, BARE))
            for limit, wanted in limits.items():
                yield _finding(record, bare, limit, wanted, judge=full or limit in ALWAYS)
    for record in records:
        if record.failures and record.name not in budgets.get(record.profile, {}):
            yield _finding(record, None, "error_share", 0.0, judge=True)


def _finding(record: Record, bare: Record | None, limit: str, wanted: float, *, judge: bool) -> Finding:
    seen = MEASURES[limit](record, bare)
    within = seen is not None and (seen >= wanted if limit in AT_LEAST else seen <= wanted)
    standing: Standing = "not judged" if seen is None or not judge else "met" if within else "missed"
    return Finding(profile=record.profile, name=record.name, limit=limit, wanted=wanted, seen=seen, standing=standing)
