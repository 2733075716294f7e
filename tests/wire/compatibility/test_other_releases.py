"""What earlier releases wrote and what later ones may write: each frozen case says what is demanded of a reader."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.signing.keys import PINNED
from tests.signing.reader import Reader
from tests.wire.compatibility.serving import serving
from tests.wire.compatibility.test_written import decided, impatient

__all__ = ["impatient"]

CASES: list[dict[str, Any]] = [
    case | {"id": f"{name}/{case['id']}"}
    for name in ("past", "future")
    for case in json.loads((Path(__file__).parent / f"{name}.json").read_text(encoding="utf-8"))["cases"]
]
STEPS = 8  # more than any case needs to come to rest


def read(case: dict[str, Any], redis_url: str, folder: Path) -> Reader:
    """Let a reader see the states of a case, one after the other."""
    expect = case["expect"]
    with serving(case["way"], redis_url, folder) as served:
        reader = Reader(served.source, PINNED if case["pinned"] else None)
        for state in case["states"]:
            served.show(state)
            reader.step()
        for _ in range(STEPS):
            if _is_at_rest(reader, expect):
                break
            reader.step()
    return reader


def _is_at_rest(reader: Reader, expect: dict[str, Any]) -> bool:
    place = [reader.held.epoch, reader.held.revision] if reader.held else None
    return place == expect["place"] and bool(reader.refusals) == bool(expect["refused"])


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_a_reader_does_what_the_case_demands(case: dict[str, Any], redis_url: str, tmp_path: Path) -> None:
    reader, expect = read(case, redis_url, tmp_path), case["expect"]

    assert {type(fault).__name__ for fault in reader.refusals} == ({expect["refused"]} if expect["refused"] else set())
    assert (reader.held is not None and list(reader.place)) == (expect["place"] or False)
    if reader.held is None:
        return
    for asked in expect["decisions"]:
        given = decided(reader.held, asked["kind"], asked["key"], asked["context"])
        assert given == asked["expect"], case["demands"]
    compiled = [reader.held.compiled(kind, key) for kind in ("flag", "split") for key in reader.held.keys(kind)]
    assert sum(len(each.unsupported) for each in compiled) == expect["unsupported"]


def test_every_case_says_what_is_demanded_and_has_a_name_of_its_own() -> None:
    assert len({case["id"] for case in CASES}) == len(CASES)
    assert all(case["demands"] for case in CASES)


def test_a_file_without_a_signature_and_without_a_key_decides_like_the_signed_one(
    redis_url: str, tmp_path: Path
) -> None:
    """The same documents, frozen with and without the members that are optional: signatures decide nothing."""
    cases = {case["id"]: case for case in CASES}
    unsigned = read(cases["past/file/without-a-signature"], redis_url, tmp_path).held
    signed = read(cases["future/file/unknown-members"], redis_url, tmp_path).held

    assert unsigned is not None
    assert signed is not None
    assert (unsigned.digest, unsigned.revision) == (signed.digest, signed.revision)
