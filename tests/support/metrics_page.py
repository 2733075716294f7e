"""The tables of metrics in the documents, as values: what every test of metrics, alerts and dashboards measures by."""

import re
from typing import NamedTuple

from tests.support.tree import ROOT

SERVICE, FLAGCTL = "docs/reference/metrics.md", "docs/how-to/git.md"
PAGE = (ROOT / SERVICE).read_text()
ROW = re.compile(r"^\| `((?:flagsvc|process)_\w+)` \| (\w+) \| ([^|]*)\|([^|]*)\| (.+) \|$", re.MULTILINE)


class Documented(NamedTuple):
    """One row: `kind` as Prometheus calls it, labels without those that a format or a scrape adds."""

    name: str
    kind: str
    unit: str
    labels: frozenset[str]


def documented(page: str = SERVICE) -> dict[str, Documented]:
    """Give every metric that a page documents by its name; a name that is there twice fails."""
    rows = [
        Documented(name, kind, unit.strip(), frozenset(re.findall(r"`(\w+)`", labels)))
        for name, kind, unit, labels, _ in ROW.findall((ROOT / page).read_text())
    ]
    assert len({row.name for row in rows}) == len(rows)
    return {row.name: row for row in rows}
