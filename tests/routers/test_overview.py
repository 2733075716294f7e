"""docs/routers/README.md: its files load, its table has every kind with the steps that the kind really has."""

import re
from pathlib import Path

import pytest

from flagsvc.routers import KINDS
from flagsvc.settings import load_routers
from tests.support.tree import ROOT

PAGE = (ROOT / "docs/routers/README.md").read_text()
ROWS = {
    row.split("`")[1]: [cell.strip() for cell in row.split("|")] for row in re.findall(r"^\| `.*$", PAGE, re.MULTILINE)
}


def test_the_table_has_every_kind_and_no_other() -> None:
    assert ROWS.keys() == KINDS.keys()


@pytest.mark.parametrize("block", re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL))
def test_every_file_of_the_page_loads(block: str, tmp_path: Path) -> None:
    path = tmp_path / "routers.yaml"
    path.write_text(block)

    assert load_routers(path)


@pytest.mark.parametrize("kind", ROWS)
def test_every_guide_of_the_table_is_there_and_names_its_kind(kind: str) -> None:
    (link,) = re.findall(r"\]\((\S+?\.md)\)", ROWS[kind][2])

    guide = (ROOT / "docs/routers" / link).read_text()

    assert f"kind: {kind}" in guide or f"`{kind}`" in guide
