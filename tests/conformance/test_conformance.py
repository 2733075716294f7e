"""Both engines against every case of the corpus, and the corpus against the laws it is generated from."""

import json
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from flagsdk.core.decision import Decision
from flagsdk.core.evaluate import evaluate, evaluate_split
from flagsdk.core.explain import explain
from flagsdk.core.hashing import HASHES
from flagsdk.core.operators import OPERATORS
from flagsdk.core.snapshot import Snapshot
from tests.conformance import generate
from tests.conformance.vector_files import FILES, vectors_of

HERE = Path(__file__).parent
NAMES = sorted(path.name for path in HERE.glob("*.json"))
ANSWER = ("value", "variant", "reason", "rule", "bucket", "error", "prerequisite")
ENGINES = {"flag": evaluate, "split": evaluate_split}

Case = dict[str, Any]


@cache
def _file(name: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((HERE / name).read_text(encoding="utf-8"))
    return content


def _snapshot(name: str) -> Snapshot:
    documents = {key: json.dumps(document) for key, document in _file(name)["documents"].items()}
    return Snapshot.load("conformance", "epoch", 1, documents)


def _kind(case: Case) -> str:
    return "flag" if "flag" in case else "split"


def _wrong(case: Case, found: dict[str, Any]) -> dict[str, Any] | None:
    """Nothing, or what was expected and found; compared as JSON, so that true is not 1 and 1 is not 1.0."""
    expected = {name: case["expect"].get(name) for name in ANSWER}
    answer = {name: found[name] for name in ANSWER}
    same = json.dumps(expected, sort_keys=True) == json.dumps(answer, sort_keys=True)
    return None if same else {"id": case["id"], "expected": expected, "found": answer}


def _members(decision: Decision) -> dict[str, Any]:
    return {name: getattr(decision, name) for name in ANSWER}


@pytest.mark.parametrize("name", NAMES)
def test_the_compiled_engine_decides_as_the_corpus_says(name: str) -> None:
    snapshot = _snapshot(name)

    wrong = [
        _wrong(case, _members(ENGINES[_kind(case)](snapshot, case[_kind(case)], case["context"])))
        for case in _file(name)["cases"]
    ]

    assert [each for each in wrong if each] == []


@pytest.mark.parametrize("name", NAMES)
def test_the_explaining_engine_decides_as_the_corpus_says(name: str) -> None:
    snapshot = _snapshot(name)

    wrong = [
        _wrong(case, explain(snapshot, case[_kind(case)], case["context"], _kind(case))["decision"])
        for case in _file(name)["cases"]
    ]

    assert [each for each in wrong if each] == []


def test_the_files_are_what_the_laws_say() -> None:
    """Drift: a file that was edited, or a law that changed without `python -m tests.conformance.generate`."""
    corpus = generate.corpus()

    assert sorted(corpus) == NAMES
    for name in NAMES:
        assert (HERE / name).read_text(encoding="utf-8") == corpus[name], name


def test_generating_twice_gives_the_same_bytes() -> None:
    assert generate.corpus() == generate.corpus()


def test_every_case_has_its_own_name() -> None:
    names = Counter(case["id"] for name in NAMES for case in _file(name)["cases"])

    assert [name for name, count in names.items() if count > 1] == []


def test_the_corpus_is_as_large_as_it_says() -> None:
    cases = sum(len(_file(name)["cases"]) for name in NAMES)
    rows = sum(len(vectors_of(name)) for name in FILES)

    assert cases >= 5_000
    assert cases + rows >= 10_000


def _members_named(value: Any, name: str) -> set[str]:
    """Every text that stands under this member, at any depth."""
    if isinstance(value, list):
        return {found for item in value for found in _members_named(item, name)}
    if not isinstance(value, dict):
        return set()
    own = {value[name]} if isinstance(value.get(name), str) else set()
    return own.union(*(_members_named(member, name) for member in value.values()))


def test_every_operator_hash_reason_and_error_has_a_case() -> None:
    files = [_file(name) for name in NAMES]

    assert set(OPERATORS) <= _members_named(files, "op")
    assert set(HASHES) <= _members_named(files, "hash")
    assert _members_named(files, "reason") == {"STATIC", "DEFAULT", "TARGETING_MATCH", "SPLIT", "DISABLED", "ERROR"}
    assert {"FLAG_NOT_FOUND", "TARGETING_KEY_MISSING", "INVALID_CONTEXT", "GENERAL"} == _members_named(files, "error")
