"""What a client reports: the revision that it holds, uses per variant, samples of units. Values ⇄ JSON, bounded.

Counts and samples are added to what was reported before; a client numbers its reports, so that the service takes each
once. Unknown members are ignored, on both sides: old and new clients and services understand one another.
"""

import json
import struct
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from flagsdk.core.sketch import MAX_LEVEL, MOST, WHOLE, Sample
from flagsdk.wire.faults import Corrupt

MAX_BYTES = 256 * 1024
"""A longer report is refused unread."""
MAX_USES, MAX_UNITS = 500, 50
"""Rows of one report; a client sends further ones in further reports."""
MAX_TEXT = 100
MAX_NUMBER = 2**53 - 1
MAX_COUNT = 10**10
"""Uses in one row, so that no sum of many rows leaves 64 bits; a client leaves the rest for the next report."""
KINDS = ("flag", "split")
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One report of one client.

    `client` is drawn at random per process; `sequence` counts its reports from 1. `applied_after_ms` is what passed
    from the commit of `revision` until it decided there, by the clocks of both; None when that is not known. `dropped`
    is how many uses were given up undelivered since the last accepted report.
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


def report_json(report: Report) -> bytes:
    """Write a report."""
    members = {
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
        "units": [{"kind": row.kind, "key": row.key, **_sample_members(row.sample)} for row in report.units],
    }
    return json.dumps(members, ensure_ascii=False, separators=(",", ":")).encode()


def parse_report(body: bytes) -> Report:
    """Decode a report; raises Corrupt for anything that is not one within the bounds above."""
    try:
        members = json.loads(body)
    except (ValueError, RecursionError) as fault:
        raise Corrupt("not JSON") from fault
    if not isinstance(members, dict):
        raise Corrupt("not a JSON object")
    client = _text(members, "client")
    if len(client) not in CLIENT_LENGTH or not (client.isascii() and client.isalnum()):
        raise Corrupt("client is not 16 to 64 letters and digits")
    after = members.get("appliedAfterMs")
    return Report(
        client=client,
        sequence=_number(members, "sequence", least=1),
        environment=_text(members, "environment"),
        sdk=_text(members, "sdk"),
        application=_text(members, "application", least=0),
        epoch=_text(members, "epoch"),
        revision=_number(members, "revision"),
        applied_after_ms=None if after is None else _number(members, "appliedAfterMs"),
        dropped=_number(members, "dropped"),
        uses=[_use(row) for row in _rows(members, "uses", MAX_USES)],
        units=[_units(row) for row in _rows(members, "units", MAX_UNITS)],
    )


def sample_text(sample: Sample) -> str:
    """Write a sample as `LEVEL:BASE64` of its sorted hashes, each in four bytes, big-endian."""
    return f"{sample.level}:{_hashes_text(sample)}"


def sample_of(text: str) -> Sample:
    """Read `sample_text` back; raises Corrupt."""
    level, _, hashes = text.partition(":")
    if not (level.isascii() and level.isdecimal()):
        raise Corrupt("a sample has no level")
    return _sample(int(level), hashes)


def _sample_members(sample: Sample) -> dict[str, Any]:
    return {"level": sample.level, "hashes": _hashes_text(sample)}


def _hashes_text(sample: Sample) -> str:
    return b64encode(struct.pack(f">{len(sample.hashes)}I", *sorted(sample.hashes))).decode()


def _sample(level: int, text: str) -> Sample:
    if len(text) > 6 * MOST:
        raise Corrupt("too many hashes")
    try:
        octets = b64decode(text, validate=True)
        hashes = frozenset(struct.unpack(f">{len(octets) // 4}I", octets))
    except (ValueError, struct.error) as fault:
        raise Corrupt("hashes are not base64 of four bytes each") from fault
    if not 0 <= level <= MAX_LEVEL or len(hashes) > MOST or max(hashes, default=-1) >= WHOLE >> level:
        raise Corrupt("not a sample")
    return Sample(level, hashes)


def is_text(value: object, least: int = 1, most: int = MAX_TEXT) -> bool:
    """Whether a value can be a key, a variant or a name in a report."""
    return isinstance(value, str) and least <= len(value) <= most and "\0" not in value and _is_unicode(value)


def _use(row: Mapping[str, Any]) -> UseRow:
    variant = None if row.get("variant") is None else _text(row, "variant")
    kind, key = _subject(row)
    return UseRow(kind, key, variant, _number(row, "revision"), _number(row, "uses", least=1, most=MAX_COUNT))


def _units(row: Mapping[str, Any]) -> UnitsRow:
    return UnitsRow(*_subject(row), _sample(_number(row, "level"), _text(row, "hashes", least=0, most=6 * MOST)))


def _subject(row: Mapping[str, Any]) -> tuple[str, str]:
    kind = _text(row, "kind")
    if kind not in KINDS:
        raise Corrupt(f"kind is not one of {', '.join(KINDS)}")
    return kind, _text(row, "key")


def _rows(members: Mapping[str, Any], name: str, most: int) -> list[Mapping[str, Any]]:
    rows = members.get(name)
    if not isinstance(rows, list) or len(rows) > most or not all(isinstance(row, dict) for row in rows):
        raise Corrupt(f"{name} is not a list of at most {most} objects")
    return rows


def _text(members: Mapping[str, Any], name: str, *, least: int = 1, most: int = MAX_TEXT) -> str:
    value = members.get(name)
    if not is_text(value, least, most):
        raise Corrupt(f"{name} is not a text of {least} to {most} characters")
    return str(value)


def _is_unicode(text: str) -> bool:
    return text.isascii() or text == text.encode("utf-8", "replace").decode()


def _number(members: Mapping[str, Any], name: str, *, least: int = 0, most: int = MAX_NUMBER) -> int:
    value = members.get(name)
    if type(value) is not int or not least <= value <= most:
        raise Corrupt(f"{name} is not a whole number from {least} to {most}")
    return value
