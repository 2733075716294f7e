"""Reading a backup: nothing in it is believed before all of it was read once."""

import gzip
import json
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flagsvc.store.backups.form import FORMAT, KIND, Digest
from flagsvc.store.faults import Damaged

LONGEST_LINE = 64 * 1024 * 1024
Row = Sequence[Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What a backup says of itself. `tables` maps names to columns, `rows` to the numbers of rows."""

    created_at: str
    created_by: str
    database: str
    revision: str
    release: str | None
    tables: Mapping[str, Sequence[str]]
    rows: Mapping[str, int]


def examine(path: Path) -> Header:
    """Read a backup to its end and check digest, order and counts; raises Damaged with what is wrong, OSError."""
    counts: dict[str, int] = {}
    for table, _ in rows_of(path):
        counts[table] = counts.get(table, 0) + 1
    header = header_of(path)
    if wrong := [name for name, number in header.rows.items() if counts.get(name, 0) != number]:
        raise Damaged(f"{path} is damaged: it has not the rows of {', '.join(wrong)} that it says. {_KEEP}")
    return header


def header_of(path: Path) -> Header:
    """Read the first line; raises Damaged when it is none of ours, or of a format that this program cannot read."""
    return _header(path, next(_lines(path), b""))


def rows_of(path: Path) -> Iterator[tuple[str, Row]]:
    """Yield table and row; raises Damaged at the end, or before, when the file is not whole."""
    lines, digest = _lines(path), Digest()
    first = next(lines, b"")
    header = _header(path, first)
    digest.add(first)
    table, last = "", False
    for line in lines:
        if last:
            raise Damaged(f"{path} is damaged: something follows its end. {_KEEP}")
        value = _value(path, line)
        if isinstance(value, dict):
            _demand_whole(path, value, digest)
            last = True
            continue
        digest.add(line)
        if isinstance(value, str) and value in header.tables:
            table = value
        elif isinstance(value, list) and len(value) == len(header.tables.get(table, ())):
            digest.rows += 1
            yield table, value
        else:
            raise Damaged(f"{path} is damaged: a line of it is neither a table nor a row. {_KEEP}")
    if not last:
        raise Damaged(f"{path} is cut off: its last line is missing. {_KEEP}")


_KEEP = "Nothing was changed; take another backup."


def _lines(path: Path) -> Iterator[bytes]:
    try:
        with gzip.open(path, "rb") as packed:
            while line := packed.readline(LONGEST_LINE):
                yield line
    except EOFError as error:
        raise Damaged(f"{path} is cut off. {_KEEP}") from error
    except (gzip.BadGzipFile, zlib.error) as error:
        raise Damaged(f"{path} is damaged, or no backup of flagsvc ({error}). {_KEEP}") from error


def _value(path: Path, line: bytes) -> Any:
    try:
        return json.loads(line)
    except ValueError as error:
        raise Damaged(f"{path} is damaged: a line of it is no JSON. {_KEEP}") from error


def _header(path: Path, line: bytes) -> Header:
    value = _value(path, line) if line[:1] == b"{" else None
    if not isinstance(value, dict) or value.get("kind") != KIND:
        raise Damaged(f"{path} is no backup of flagsvc. Nothing was changed.")
    if value.get("format") != FORMAT:
        raise Damaged(
            f"{path} is of format {value.get('format')!r}, made by flagsvc {value.get('createdBy')}, and this program "
            f"reads format {FORMAT}. Nothing was changed; take the newer version."
        )
    try:
        return _told(value)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Damaged(f"{path} is damaged: its first line is not whole. {_KEEP}") from error


def _told(value: Mapping[str, Any]) -> Header:
    """Take what the first line says; nothing has vouched for it yet, the digest is at the end."""
    schema, tables, rows = value["schema"], value["tables"], value["rows"]
    return Header(
        created_at=value["createdAt"], created_by=value["createdBy"], database=value["database"],
        revision=schema["revision"], release=schema["release"],
        tables={name: [*columns] for name, columns in tables.items()},
        rows={name: int(number) for name, number in rows.items()},
    )  # fmt: skip


def _demand_whole(path: Path, end: Mapping[str, Any], digest: Digest) -> None:
    if (end.get("digest"), end.get("rows")) != (digest.text, digest.rows):
        raise Damaged(f"{path} is damaged: its digest is another than that of its rows. {_KEEP}")
