"""The generated part of docs/reference: what is committed is what the code makes, and every operation is there."""

import re

import pytest

from flagsvc.http.admin import OPERATIONS
from scripts import settings_reference
from scripts.api_reference import operations
from scripts.reference import REFERENCE, texts

MADE = re.compile("scripts.reference|Generated from")


@pytest.fixture(scope="module")
def made() -> dict[str, str]:
    return texts()


def test_the_committed_files_are_those_that_the_code_makes(made: dict[str, str]) -> None:
    stale = [name for name, text in made.items() if (REFERENCE / name).read_text("utf-8") != text]

    assert stale == [], "run python -m scripts.reference"


def test_the_page_of_the_api_has_every_operation_and_no_other(made: dict[str, str]) -> None:
    told = [line for line in made["api.md"].splitlines() if line.startswith(("`GET ", "`P", "`DELETE "))]

    assert sorted(told) == sorted(f"`{operation.method} {operation.path}`" for operation in OPERATIONS)


def test_an_operation_is_told_with_its_body_its_answers_and_its_refusals(made: dict[str, str]) -> None:
    section = made["api.md"].split("\n### Change the weights of a traffic split\n")[1].split("\n### ")[0]

    for told in (
        "`POST /api/v1/environments/{environment}/splits/{key}/weights`",
        '[WeightsChange](#schema-weightschange), for example `{"weights": {"stable": 75000, "canary": 25000}}`',
        "- also takes: `If-Match`, `X-Change-Reason`, `Idempotency-Key`, `Prefer`",
        "- 200: [TrafficSplitWritten](#schema-trafficsplitwritten)",
        "| `dryRun` | query |",
        "`stale-version`",
    ):
        assert told in section


def test_operations_are_those_of_the_description() -> None:
    described = {"paths": {"/a": {"get": {"summary": "A"}, "put": {"summary": "B"}}}}

    assert [(method, path) for method, path, _ in operations(described)] == [("GET", "/a"), ("PUT", "/a")]


def test_a_page_without_the_table_of_settings_is_an_error() -> None:
    with pytest.raises(ValueError, match="0 tables"):
        settings_reference.page("# Settings\n")


def test_every_generated_page_says_how_it_is_made(made: dict[str, str]) -> None:
    by_hand = {"openapi.json", "problems.md", "settings.md"}
    assert [name for name, text in made.items() if name not in by_hand and not MADE.search(text)] == []
