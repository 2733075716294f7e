"""The documents: every link between files leads somewhere, every page can be reached, every record is listed."""

import re
from pathlib import Path

import pytest

from tests.support.tree import ROOT, tracked

PAGES = [path for path in tracked() if path.suffix == ".md" and "tests" not in path.parts]
LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)#\s]+)(#[^)]*)?\)")

INWARD = re.compile(r"\]\((?!https?:)([^)#\s]*\.md|)#([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)


def _links(page: Path) -> list[Path]:
    return [(page.parent / target).resolve() for target, _ in LINK.findall(page.read_text())]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_to_a_file_of_this_tree(page: Path) -> None:
    assert [str(target) for target in _links(page) if not target.exists()] == []


def _anchors(page: Path) -> set[str]:
    """Names of a page's headings, as code hosts make them."""
    titles = HEADING.findall(FENCED.sub("", page.read_text()))
    return {re.sub(r"[^\w -]", "", title).lower().replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_into_a_page_leads_to_a_heading(page: Path) -> None:
    inward = [((page.parent / target) if target else page, name) for target, name in INWARD.findall(page.read_text())]

    assert [f"{target}#{name}" for target, name in inward if name not in _anchors(target)] == []


def test_every_page_can_be_reached_from_the_readme() -> None:
    reached, waiting = set[Path](), [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        if page in reached or not page.exists():
            continue
        reached.add(page)
        linked = _links(page)
        folders = [child for target in linked if target.is_dir() for child in target.glob("*.md")]
        waiting += [target for target in [*linked, *folders] if target.suffix == ".md"]

    unreached = {path for path in PAGES if path.is_relative_to(ROOT / "docs")} - reached
    assert sorted(str(path.relative_to(ROOT)) for path in unreached) == []


def test_every_decision_record_is_listed_and_says_its_status() -> None:
    folder = ROOT / "docs" / "decisions"
    index = (folder / "README.md").read_text()

    for record in sorted(folder.glob("[0-9]*.md")):
        assert f"]({record.name})" in index, record.name
        assert re.search(r"^Status: (accepted|rejected|replaced by \d{4})$", record.read_text(), re.MULTILINE), (
            record.name
        )
