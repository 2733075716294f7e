"""The documentation's site: built strictly, with every page in its navigation, and nothing fetched from elsewhere."""

import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from scripts.site import build, configuration, indented, navigation, pages, sources
from tests.console.browser import running_browser
from tests.support.tree import ROOT

SECTIONS = ("Tutorial", "How-to", "Reference", "Explanation", "Operate")
HOMES = {
    "deploy": "Operate",
    "operate": "Operate",
    "runbooks": "Operate",
    "how-to": "How-to",
    "routers": "How-to",
    "reference": "Reference",
    "decisions": "Explanation",
}


def title(page: Path) -> str:
    """Give a page's own heading."""
    return next(line[2:] for line in (ROOT / page).read_text("utf-8").splitlines() if line.startswith("# "))


def advice(page: Path) -> str:
    """Say which line of mkdocs.yml is missing, and where it might go."""
    section = HOMES.get(page.parts[1], "one of the sections")
    return f'  - "{title(page)}": {page.as_posix()}      (under {section})'


def test_every_page_is_in_the_navigation() -> None:
    missing = [page for page in pages() if page.as_posix() not in navigation()]

    assert missing == [], "add to `nav` in mkdocs.yml:\n" + "\n".join(map(advice, missing))


def test_the_navigation_names_every_page_once_and_none_that_is_not_there() -> None:
    named = navigation()

    assert [page for page in named if not (ROOT / page).is_file()] == []
    assert len(named) == len(set(named))


def test_the_navigation_has_a_place_for_each_kind_of_page() -> None:
    sections = {name for entry in configuration()["nav"] for name in entry}

    assert sections > set(SECTIONS)


def test_a_missing_page_is_told_with_its_line() -> None:
    assert advice(Path("docs/how-to/demo.md")) == '  - "The demo": docs/how-to/demo.md      (under How-to)'


def test_what_pages_link_to_comes_along() -> None:
    names = {path.as_posix() for path in sources()}

    assert names > {"examples/plans/canary.yaml", "docs/images/rollback-tree.svg", "sdk/README.md", "CHANGELOG.md"}


def test_what_belongs_to_an_item_is_indented_by_four() -> None:
    written = "1. a\n\n   ```sh\n     b\n   ```\n\n- c\n  d\n\nend\n   kept\n"

    assert indented(written) == "1. a\n\n    ```sh\n      b\n    ```\n\n- c\n    d\n\nend\n   kept\n"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder: Path = tmp_path_factory.mktemp("site") / "site"
    done = build(folder)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.fixture(scope="module")
def address(site: Path) -> Iterator[str]:
    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(site))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def test_it_is_built_without_a_warning_and_has_every_page(site: Path) -> None:
    """Strictly: a broken link or anchor is a warning, and a warning is an error."""
    places = {page.with_name("index.html") if page.stem == "README" else page.with_suffix("") for page in pages()}

    assert [str(place) for place in places if not (site / place).exists()] == []
    assert (site / "search.json").stat().st_size > 100_000


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


def _looked(page: Page, address: str) -> None:
    page.goto(f"{address}/docs/tutorial/")
    expect(page.get_by_role("heading", name="Ten minutes to a canary")).to_be_visible()
    page.keyboard.press("/")
    page.keyboard.type("allocation")
    expect(page.get_by_text("The allocation is stored", exact=False).first).to_be_visible()
    page.goto(f"{address}/docs/how-to/roll-back/")
    expect(page.get_by_role("img", name="The tree below as a picture")).to_be_visible()
    page.goto(f"{address}/docs/architecture/")


@pytest.mark.servers
@pytest.mark.parametrize(("scheme", "shown"), [("light", "default"), ("dark", "slate")])
def test_a_browser_reads_and_searches_it_in_both_schemes_and_asks_nobody_else(
    address: str, scheme: str, shown: str
) -> None:
    with running_browser() as browser:
        context = browser.new_context(color_scheme="dark" if scheme == "dark" else "light")
        page, asked, failed = context.new_page(), list[str](), list[str]()
        page.on("request", lambda request: asked.append(request.url))
        page.on("pageerror", lambda error: failed.append(str(error)))

        _looked(page, address)

        colours = page.evaluate("document.body.getAttribute('data-md-color-scheme')")
        context.close()
    assert colours == shown
    assert failed == []
    assert len(asked) > 5
    assert [url for url in asked if not url.startswith((address, "data:", "blob:"))] == []
