"""What a client reports: the revision that it holds, uses per variant, samples of units. Values ⇄ JSON, bounded.

Counts and samples are added to what was reported before; a client numbers its reports, so that the service takes each
once. Unknown members are ignored, on both sides: old and new clients and services understand one another.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from flagsdk.core.sketch import Sample
from flagsdk.wire.faults import Corrupt
from flagsdk.wire.members import (
    MAX_COUNT,
    hashes_text,
    is_key,
    number_in,
    rows_in,
    sample_from,
    sample_in,
    subject_in,
    text_in,
)
from flagsdk.wire.outcomes import MAX_OUTCOMES, OutcomeRow, outcome_members, outcome_of

MAX_BYTES = 256 * 1024
"""A longer report is refused unread."""
MAX_USES, MAX_UNITS, MAX_UNKNOWN = 500, 50, 100
"""Rows of one report; a client sends further ones in further reports."""
CLIENT_LENGTH = range(16, 65)


class UseRow(NamedTuple):
    """How often a variant was served since the last accepted report. `variant` None: the flag could not be read."""

    kind: str
    key: str
    variant: str | None
    revision: int
    uses: int


class UnitsRow(NamedTuple):
    """Hashes of units that a flag's splits saw; never a unit. Repeating one changes nothing."""

    kind: str
    key: str
    sample: Sample


class AskedRow(NamedTuple):
    """How often a flag was asked for that the environment does not have, since the last accepted report."""

    key: str
    times: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One report of one client.

    `client` is drawn at random per process; `sequence` counts its reports from 1. `applied_after_ms` is what passed
    from the commit of `revision` until it decided there, by the clocks of both; None when that is not known. `dropped`
    is how many uses were given up undelivered since the last accepted report, `outcomes_dropped` how many outcomes.
    `unknown_others` is how often something unknown was asked for that is not told by its key.
    """

    client: str
    sequence: int
    environment: str
    sdk: str
    application: str
    epoch: str
    revision: int
    applied_after_ms: int | None = None
    dropped: int = 0
    uses: Sequence[UseRow] = ()
    units: Sequence[UnitsRow] = ()
    outcomes: Sequence[OutcomeRow] = ()
    outcomes_dropped: int = 0
    unknown: Sequence[AskedRow] = ()
    unknown_others: int = 0


def report_json(report: Report) -> bytes:
    """Write a report."""
    members: dict[str, Any] = {
        "client": report.client,
        "sequence": report.sequence,
        "environment": report.environment,
        "sdk": report.sdk,
        "application": report.application,
        "epoch": report.epoch,
        "revision": report.revision,
        "appliedAfterMs": report.applied_after_ms,
        "dropped": report.dropped,
        "uses": [row._asdict() for row in report.uses],
        "units": [_units_members(row) for row in report.units],
    }
    if report.outcomes:
        members["outcomes"] = [outcome_members(row) for row in report.outcomes]
    if report.outcomes_dropped:
        members["outcomesDropped"] = report.outcomes_dropped
    if report.unknown:
        members["unknown"] = [row._asdict() for row in report.unknown]
    if report.unknown_others:
        members["unknownOthers"] = report.unknown_others
    return json.dumps(members, ensure_ascii=False, separators=(",", ":")).encode()


def parse_report(body: bytes) -> Report:
    """Decode a report; raises Corrupt for anything that is not one within the bounds above."""
    try:
        members = json.loads(body)
    except (ValueError, RecursionError) as fault:
        raise Corrupt("not JSON") from fault
    if not isinstance(members, dict):
        raise Corrupt("not a JSON object")
    client = text_in(members, "client")
    if len(client) not in CLIENT_LENGTH or not (client.isascii() and client.isalnum()):
        raise Corrupt("client is not 16 to 64 letters and digits")
    after = members.get("appliedAfterMs")
    return Report(
        client=client,
        sequence=number_in(members, "sequence", least=1),
        environment=text_in(members, "environment"),
        sdk=text_in(members, "sdk"),
        application=text_in(members, "application", least=0),
        epoch=text_in(members, "epoch"),
        revision=number_in(members, "revision"),
        applied_after_ms=None if after is None else number_in(members, "appliedAfterMs"),
        dropped=number_in(members, "dropped"),
        uses=[_use(row) for row in rows_in(members, "uses", MAX_USES)],
        units=[_units(row) for row in rows_in(members, "units", MAX_UNITS)],
        outcomes=tuple(map(outcome_of, rows_in({"outcomes": []} | members, "outcomes", MAX_OUTCOMES))),
        outcomes_dropped=number_in({"outcomesDropped": 0} | members, "outcomesDropped"),
        unknown=tuple(map(_asked, rows_in({"unknown": []} | members, "unknown", MAX_UNKNOWN))),
        unknown_others=number_in({"unknownOthers": 0} | members, "unknownOthers", most=MAX_COUNT),
    )


def sample_text(sample: Sample) -> str:
    """Write a sample as `LEVEL:BASE64` of its sorted hashes, each in four bytes, big-endian."""
    return f"{sample.level}:{hashes_text(sample)}"


def sample_of(text: str) -> Sample:
    """Read `sample_text` back; raises Corrupt."""
    level, _, hashes = text.partition(":")
    if not (level.isascii() and level.isdecimal()):
        raise Corrupt("a sample has no level")
    return sample_from(int(level), hashes)


def _use(row: Mapping[str, Any]) -> UseRow:
    variant = None if row.get("variant") is None else text_in(row, "variant")
    kind, key = subject_in(row)
    return UseRow(kind, key, variant, number_in(row, "revision"), number_in(row, "uses", least=1, most=MAX_COUNT))


def _asked(row: Mapping[str, Any]) -> AskedRow:
    key = text_in(row, "key")
    if not is_key(key):
        raise Corrupt("key in unknown cannot be the key of a flag")
    return AskedRow(key, number_in(row, "times", least=1, most=MAX_COUNT))


def _units_members(row: UnitsRow) -> dict[str, Any]:
    return {"kind": row.kind, "key": row.key, "level": row.sample.level, "hashes": hashes_text(row.sample)}


def _units(row: Mapping[str, Any]) -> UnitsRow:
    return UnitsRow(*subject_in(row), sample_in(row))
