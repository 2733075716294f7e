"""The audit trail as a file."""

import csv
import json
from typing import Any

import pytest

from flagsvc.domain.audit_lines import COLUMNS, csv_lines, json_lines


def _change(**members: Any) -> dict[str, Any]:
    change = {
        "id": "prod:3",
        "environment": "prod",
        "revision": 3,
        "at": "2026-01-01T00:00:00.000000Z",
        "actor": {"kind": "token", "name": "ada", "tokenId": "t1"},
        "reason": "launch",
        "action": "flag.edit",
        "edits": [{"kind": "flag", "key": "a", "action": "edit"}, {"kind": "segment", "key": "b", "action": "create"}],
        "previousHash": "0",
        "hash": "1",
    }
    return {**change, **members}


def _read(*changes: dict[str, Any]) -> list[dict[str, str]]:
    return list(csv.DictReader("".join(csv_lines(changes)).splitlines(keepends=True)))


def test_a_line_of_json_is_a_change() -> None:
    [first, second] = list(json_lines([_change(), _change(reason="two\nlines")]))

    assert json.loads(first) == _change()
    assert second.count("\n") == 1


def test_a_table_has_names_and_a_row_per_change() -> None:
    [row] = _read(_change())

    assert tuple(row) == COLUMNS
    assert (row["environment"], row["revision"], row["actor"], row["tokenId"], row["address"]) == (
        "prod",
        "3",
        "ada",
        "t1",
        "",
    )
    assert row["documents"] == "edit flag/a; create segment/b"


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx"])
def test_what_looks_like_a_formula_is_disarmed(text: str) -> None:
    [row] = _read(_change(reason=text, actor={"kind": "token", "name": text}))

    assert row["reason"] == row["actor"] == f"'{text}"


def test_quotes_commas_and_lines_stay_in_their_cell() -> None:
    text = 'a "b", c\nd'

    [row] = _read(_change(reason=text))

    assert row["reason"] == text


def test_no_changes_are_a_table_of_names() -> None:
    assert list(csv_lines([])) == [",".join(COLUMNS) + "\r\n"]
