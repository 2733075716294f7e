"""What a first visit downloads, reckoned from the built files as a browser would load them."""

import json
import re
from pathlib import Path

import pytest

from tests.support.tree import ROOT

BUILT = ROOT / "flagsvc" / "console"
MOST_BYTES = 350_000
FIRST = [(screen, coding) for screen in ("NowScreen", "FlagsScreen", "RolloutScreen") for coding in (".br", ".gz")]
"""Screens at which a visit begins; browsers take brotli on https and from this machine, gzip elsewhere."""
EDITORS = [("FlagScreen", ".br"), ("SplitScreen", ".br")]
"""Those with every editor in them."""

_LINKED = re.compile(r'(?:src|href)="/admin/([^"]+)"')
_IMPORTED = re.compile(r'(?:from|import)\s*["`\']\./([\w.-]+\.js)["`\']')
_PARTS = re.compile(r"m\.f=(\[[^\]]*\])")


def entry() -> set[str]:
    """Everything that the page itself names, and what its scripts import at once."""
    assert (BUILT / "index.html").exists(), "the console is not built: make console"
    return closure(set(_LINKED.findall((BUILT / "index.html").read_text())))


def closure(names: set[str]) -> set[str]:
    """Add what scripts import statically, again and again."""
    waiting, found = set(names), set[str]()
    while waiting:
        name = waiting.pop()
        found.add(name)
        if name.endswith(".js") and name.startswith("assets/"):
            waiting |= {f"assets/{each}" for each in _IMPORTED.findall((BUILT / name).read_text())} - found
    return found


def parts(screen: str) -> set[str]:
    """Find what is fetched for a screen: the script that is imported, and what the build has listed beside it."""
    [main] = [name for name in entry() if re.match(r"assets/index-.*\.js", name)]
    text = (BUILT / main).read_text()
    [listed] = _PARTS.findall(text)
    loaded = rf"import\(`\./([\w.-]+)`\),__vite__mapDeps\(\[([\d,]*)\]\)\),`{screen}`"
    [(script, numbers)] = re.findall(loaded, text)
    names = json.loads(listed)
    return closure({f"assets/{script}", *(names[int(number)] for number in numbers.split(",") if number)})


def transferred(path: Path, coding: str) -> int:
    """How many bytes of a file travel; small ones that have no compressed form go as they are."""
    compressed = path.with_name(path.name + coding)
    return (compressed if compressed.exists() else path).stat().st_size


@pytest.mark.parametrize(("screen", "coding"), [*FIRST, *EDITORS])
def test_a_first_visit_downloads_little(screen: str, coding: str) -> None:
    names = {"index.html", *entry(), *parts(screen)}

    size = sum(transferred(BUILT / name, coding) for name in names)

    assert len(names) > 5
    assert 100_000 < size <= MOST_BYTES, f"{screen}: {size / 1000:.0f} kB"


def test_charts_are_loaded_with_the_screens_that_have_them_only() -> None:
    first = "".join((BUILT / name).read_text() for name in entry() if name.endswith(".js"))

    assert "u-legend" not in first  # a class that the chart library gives
