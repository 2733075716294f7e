"""Builds the documentation's site: `python -m scripts.site [FOLDER]` writes FOLDER, or else site/.

The pages link one another as files of the tree, inside docs/ and outside. So they are laid out in one folder as they
lie in the tree, with every file that a page links to, and Zensical builds that: a link that works in the tree works on
the site, and one that does not fails the build.
"""

import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

ROOT = Path(__file__).parents[1]
CONFIGURATION = ROOT / "mkdocs.yml"
PROJECT = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md", "CODE_OF_CONDUCT.md")
LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)#\s]+)(?:#[^)]*)?\)")

ITEM = re.compile(r"(?:[-*]|\d+\.) +")


def pages() -> list[Path]:
    """Give every page of docs/, in the order of their names, relative to the tree."""
    return sorted(path.relative_to(ROOT) for path in (ROOT / "docs").rglob("*.md"))


def sources() -> set[Path]:
    """Give what the site is made of, relative to the tree: all pages, and whatever they link to, and so on."""
    found, waiting = set[Path](), [*pages(), *map(Path, PROJECT)]
    while waiting:
        page = waiting.pop()
        if page in found or not (ROOT / page).is_file():
            continue
        found.add(page)
        if page.suffix == ".md":
            waiting += _linked(page)
    return found


def _linked(page: Path) -> Iterator[Path]:
    for target in LINK.findall((ROOT / page).read_text("utf-8")):
        path = (ROOT / page.parent / target).resolve()
        if path.is_relative_to(ROOT):
            yield path.relative_to(ROOT)


def navigation() -> list[str]:
    """Give the pages that the navigation names, in their order."""
    return list(_leaves(configuration()["nav"]))


def configuration() -> dict[str, Any]:
    """Read mkdocs.yml. `FOLDER/*` in its navigation stands for the pages of that folder that it does not name."""
    read: dict[str, Any] = YAML(typ="safe").load(CONFIGURATION.read_text("utf-8"))
    named = {leaf for leaf in _leaves(read.get("nav", [])) if not leaf.endswith("/*")}
    return {**read, "nav": _whole(read["nav"], named)} if "nav" in read else read


def _whole(entries: Iterable[Any], named: AbstractSet[str]) -> list[Any]:
    """Put pages in for every `FOLDER/*`; a section without any is left out."""
    found = list[Any]()
    for entry in entries:
        if isinstance(entry, str):
            found += _rest(entry.removesuffix("/*"), named) if entry.endswith("/*") else [entry]
            continue
        [(name, inner)] = entry.items()
        inner = inner if isinstance(inner, str) else _whole(inner, named)
        found += [{name: inner}] if inner else []
    return found


def _rest(folder: str, named: AbstractSet[str]) -> list[Any]:
    """Give the pages of a folder that are not named: its README first, as the section's own page, others by title."""
    rest = [page for page in pages() if page.parent == Path(folder) and page.as_posix() not in named]
    readme = [page.as_posix() for page in rest if page.stem == "README"]
    return [*readme, *({title(page): page.as_posix()} for page in rest if page.stem != "README")]


def title(page: Path) -> str:
    """Give a page's own heading, without marks."""
    lines = (ROOT / page).read_text("utf-8").splitlines()
    return next((line[2:].replace("`", "") for line in lines if line.startswith("# ")), page.stem)


def _leaves(node: Any) -> Iterator[str]:
    if isinstance(node, str):
        yield node
        return
    for each in node.values() if isinstance(node, dict) else node:
        yield from _leaves(each)


def build(site: Path) -> "subprocess.CompletedProcess[str]":
    """Lay the sources out in a folder of their own, build them strictly there, and put the outcome at `site`."""
    settings = configuration()
    with tempfile.TemporaryDirectory(prefix="flagsvc-site-") as folder:
        work = Path(folder)
        for source in sources():
            _lay(ROOT / source, work / settings["docs_dir"] / source)
        with (work / CONFIGURATION.name).open("w", encoding="utf-8") as file:
            YAML(typ="safe").dump(settings, file)
        command = [str(Path(sys.executable).parent / "zensical"), "build", "--strict"]
        done = subprocess.run(command, cwd=work, capture_output=True, text=True, check=False)
        if done.returncode == 0:
            shutil.rmtree(site, ignore_errors=True)
            shutil.copytree(work / settings["site_dir"], site)
    return done


def _lay(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.suffix == ".md":
        target.write_text(indented(source.read_text("utf-8")), "utf-8")
    else:
        shutil.copyfile(source, target)


def indented(text: str) -> str:
    """Indent what belongs to an item of a list by four, which is what Python-Markdown asks for; others ask for less."""
    lines, width = list[str](), 0
    for line in text.split("\n"):
        item = ITEM.match(line)
        if item:
            width = len(item[0])
        elif line and not line.startswith(" " * width):
            width = 0
        lines.append(f"    {line[width:]}" if width and line and not item else line)
    return "\n".join(lines)


def main() -> int:
    """Build; print what Zensical says, and where the site is."""
    site = Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "site")
    done = build(site)
    print(done.stdout + done.stderr if done.returncode else f"{len(sources())} files; the site is in {site}/")
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
