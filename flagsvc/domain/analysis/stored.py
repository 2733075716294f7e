"""Evidence and verdicts out of stored members, as `dataclasses.asdict` and JSON give them; unknown members are ignored.

Python writes a float in JSON by its shortest text that reads back as the same float, so nothing is lost on the way.
"""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

from flagsvc.domain.analysis.evidence import Evidence
from flagsvc.domain.analysis.measurement import MetricVerdict, Verdict

_TABLES = ("cells", "counts")
_ROWS = ("sums", "clumps")


def evidence_of(members: Mapping[str, Any]) -> Evidence:
    """Read stored evidence back; members that are missing have their defaults."""
    known = _known(Evidence, members)
    tables = {name: {key: _table(rows) for key, rows in known[name].items()} for name in _TABLES if name in known}
    rows = {name: {key: _row(row) for key, row in known[name].items()} for name in _ROWS if name in known}
    return Evidence(**{**known, **tables, **rows})


def verdict_of_members(members: Mapping[str, Any]) -> Verdict:
    """Read a stored verdict back; `kind` and `reason` must be there."""
    known = _known(Verdict, members)
    metrics = tuple(MetricVerdict(**_known(MetricVerdict, one)) for one in known.get("metrics", ()))
    return Verdict(**{**known, "metrics": metrics, "warnings": tuple(known.get("warnings", ()))})


def _known(kind: type, members: Mapping[str, Any]) -> dict[str, Any]:
    names = {one.name for one in fields(kind)}
    return {name: value for name, value in members.items() if name in names}


def _table(rows: Sequence[Sequence[float]]) -> tuple[tuple[float, ...], ...]:
    return tuple(_row(row) for row in rows)


def _row(row: Sequence[float]) -> tuple[float, ...]:
    return tuple(float(value) for value in row)
