"""docs/comparison.md: dated, with every peer in the table, and true of what this tree lacks."""

import re

import pytest

from flagsvc.http.admin import OPERATIONS
from flagsvc.settings import Settings
from tests.support.tree import ROOT, project, tracked

PAGE = (ROOT / "docs/comparison.md").read_text("utf-8")
PEERS = (
    "LaunchDarkly", "Unleash", "Flagsmith", "Split", "AWS AppConfig", "GrowthBook", "flagd", "Argo Rollouts", "Flagger",
)  # fmt: skip
LACKING = {
    "single sign-on (OIDC)": ("oidc", "saml"),
    "importers from other systems": ("importer", "import-flags"),
    "a Terraform provider": ("terraform",),
    "experiments": ("experiment",),
}


def table() -> list[list[str]]:
    rows = re.findall(r"^\|(.+)\|$", PAGE.split("## In one table")[1].split("\n## ")[0], re.MULTILINE)
    return [[cell.strip() for cell in row.split("|")] for row in rows]


def test_it_says_when_it_was_true() -> None:
    assert re.search(r"^As of \w+ 20\d\d,", PAGE, re.MULTILINE)


def test_every_peer_has_its_column_and_every_row_a_cell_for_each() -> None:
    head, *rows = table()

    assert [name for name in PEERS if not any(cell.startswith(name) for cell in head)] == []
    assert {len(row) for row in rows} == {len(head)} == {len(PEERS) + 2}
    assert [row[0] for row in rows if "" in row] == []


def test_the_version_is_the_one_that_is_developed() -> None:
    version = project()["project"]["version"]

    assert f"flagsvc {version.rpartition('.')[0]}" in table()[0]


@pytest.mark.parametrize("lacking", LACKING)
def test_what_is_said_to_be_lacking_is_not_in_the_tree(lacking: str) -> None:
    """Whoever builds it finds here that the page has to say so."""
    words = LACKING[lacking]
    places = [path.relative_to(ROOT).as_posix() for path in tracked() if path.relative_to(ROOT).parts[0] == "flagsvc"]
    told = [*places, *Settings.model_fields, *(operation.path for operation in OPERATIONS)]

    assert f"| {lacking}" in PAGE
    assert [place for place in told if any(word in place.lower() for word in words)] == []


def test_one_language_has_an_sdk() -> None:
    sdks = {path.relative_to(ROOT).parts[0] for path in tracked() if "sdk" in path.relative_to(ROOT).parts[0]}

    assert sdks == {"sdk"}
    assert "| SDKs | Python; others by OFREP |" in PAGE
