"""The documentation's site: built strictly, with every page in its navigation, and nothing fetched from elsewhere."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Page, TimeoutError, expect  # noqa: A004  # it is playwright's own

from scripts.site import build, configuration, indented, navigation, pages, sources, title
from tests.console.browser import running_browser
from tests.support.timing import eventually
from tests.support.tree import ROOT

SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
SECTIONS = ("Tutorial", "How-to", "Reference", "Explanation", "Operate")


def advice(page: Path) -> str:
    """Say which line of mkdocs.yml is missing."""
    return f'  - "{title(page)}": {page.as_posix()}      (or {page.parent.as_posix()}/*)'


def test_every_page_is_in_the_navigation() -> None:
    named = set(navigation())
    missing = [page for page in pages() if page.as_posix() not in named]

    assert missing == [], "add to `nav` in mkdocs.yml:\n" + "\n".join(map(advice, missing))


def test_the_navigation_names_every_page_once_and_none_that_is_not_there() -> None:
    named = navigation()

    assert [page for page in named if not (ROOT / page).is_file()] == []
    assert len(named) == len(set(named))


def test_the_navigation_has_a_place_for_each_kind_of_page() -> None:
    sections = {name for entry in configuration()["nav"] for name in entry}

    assert sections > set(SECTIONS)


def test_a_missing_page_is_told_with_its_line() -> None:
    assert advice(Path("docs/how-to/demo.md")) == '  - "The demo": docs/how-to/demo.md      (or docs/how-to/*)'


def test_a_folder_s_other_pages_follow_by_their_titles_its_readme_first_and_an_empty_section_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("b", "a", "README", "named"):
        (tmp_path / "docs/run").mkdir(parents=True, exist_ok=True)
        (tmp_path / f"docs/run/{name}.md").write_text(f"# The `{name}`\n")
    (tmp_path / "mkdocs.yml").write_text(
        "nav: [{Run: [docs/run/*, {Named: docs/run/named.md}]}, {Deploy: [docs/deploy/*]}]\n"
    )
    monkeypatch.setattr("scripts.site.ROOT", tmp_path)
    monkeypatch.setattr("scripts.site.CONFIGURATION", tmp_path / "mkdocs.yml")

    inner = [
        "docs/run/README.md",
        {"The a": "docs/run/a.md"},
        {"The b": "docs/run/b.md"},
        {"Named": "docs/run/named.md"},
    ]
    assert configuration()["nav"] == [{"Run": inner}]


def test_what_pages_link_to_comes_along() -> None:
    names = {path.as_posix() for path in sources()}

    assert names > {"examples/plans/canary.yaml", "docs/images/rollback-tree.svg", "sdk/README.md", "CHANGELOG.md"}


def test_what_belongs_to_an_item_is_indented_by_four() -> None:
    written = "1. a\n\n   ```sh\n     b\n   ```\n\n- c\n  d\n\nend\n   kept\n"

    assert indented(written) == "1. a\n\n    ```sh\n      b\n    ```\n\n- c\n    d\n\nend\n   kept\n"


@contextmanager
def served(site: Path) -> Iterator[str]:
    """Serve a folder while the block runs; gives its address."""
    handler = partial(Quiet, directory=str(site))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


class Quiet(SimpleHTTPRequestHandler):
    """Says nothing of what it serves."""

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def test_a_broken_link_or_anchor_breaks_the_build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/README.md").write_text("# A\n\n[b](b.md) [c](#nowhere)\n")
    (tmp_path / "mkdocs.yml").write_text("site_name: a\ndocs_dir: src\nsite_dir: site\n")
    monkeypatch.setattr("scripts.site.ROOT", tmp_path)
    monkeypatch.setattr("scripts.site.CONFIGURATION", tmp_path / "mkdocs.yml")

    done = build(tmp_path / "site")

    assert done.returncode != 0
    assert "2 issues found" in done.stdout + done.stderr
    assert not (tmp_path / "site").exists()


def _found(page: Page, tutorial: str) -> bool:
    """Search as a reader does; a page whose script has not begun hears nothing, and is opened anew."""
    page.goto(tutorial)
    expect(page.get_by_role("heading", name="Ten minutes to a canary")).to_be_visible()
    page.keyboard.press("/")
    page.keyboard.type("allocation")
    try:
        page.get_by_text("The allocation is stored", exact=False).first.wait_for(timeout=10_000)
    except TimeoutError:
        return False
    return True


def _looked(page: Page, address: str) -> None:
    eventually(lambda: _found(page, f"{address}/docs/tutorial/"), "what is searched")
    page.goto(f"{address}/docs/how-to/roll-back/")
    expect(page.get_by_role("img", name="The tree below as a picture")).to_be_visible()
    page.goto(f"{address}/docs/architecture/")


@pytest.mark.servers
def test_it_is_built_strictly_with_every_page_and_a_browser_reads_it_and_asks_nobody_else(tmp_path: Path) -> None:
    """Strictly: a broken link or anchor is a warning, and a warning is an error."""
    site = tmp_path / "site"
    done = build(site)
    assert done.returncode == 0, done.stdout + done.stderr
    places = {page.with_name("index.html") if page.stem == "README" else page.with_suffix("") for page in pages()}
    asked, failed, shown = list[str](), list[str](), list[str]()

    with served(site) as address, running_browser() as browser:
        for scheme in SCHEMES:
            context = browser.new_context(color_scheme=scheme)
            page = context.new_page()
            page.on("request", lambda request: asked.append(request.url))
            page.on("pageerror", lambda error: failed.append(str(error)))
            _looked(page, address)
            shown.append(page.evaluate("document.body.getAttribute('data-md-color-scheme')"))
            context.close()

    assert [str(place) for place in places if not (site / place).exists()] == []
    assert shown == ["default", "slate"]
    assert failed == []
    assert len(asked) > 10
    assert [url for url in asked if not url.startswith((address, "data:", "blob:"))] == []
