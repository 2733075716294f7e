"""A Prometheus that scrapes a page for real: what a failed scrape, a restart and a first error look like then."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from flagsvc.domain.analysis.measurement import Arm, Measurement
from flagsvc.metric_sources.prometheus import Options, Prometheus
from tests.metric_sources.contract import errors, is_nothing
from tests.support.prometheus import MetricsPage, PrometheusServer
from tests.support.timing import eventually

pytestmark = pytest.mark.servers
COUNT = 'requests_total{cohort="$cohort"}'
METRIC = errors(
    {
        "arms": {"baseline": "stable", "candidate": "canary"},
        "events": COUNT,
        "bad": COUNT.replace("}", ',status=~"5.."}'),
    }
)


class Live:
    """The page, the server that scrapes it every second, and our source."""

    def __init__(self, page: MetricsPage, server: PrometheusServer) -> None:
        self.page, self._server = page, server
        self._source = Prometheus(Options(url=server.url, scrape_seconds=1.0))

    def serve(self, **counters: int) -> float:
        """Change the page, and give the time of the first scrape that saw all of it."""
        rows = {f'cohort="{name[:6]}",status="{name[6:] or 200}"': value for name, value in counters.items()}
        self.page.counters, self.page.text = rows, None
        eventually(lambda: self._seen() == {**counters}, f"{counters} scraped")
        return float(self._ask("max(timestamp(requests_total))"))

    def fail(self) -> float:
        """Serve what cannot be scraped, and give the time of the first scrape that failed."""
        self.page.text = "this {is no page"
        eventually(lambda: self._ask("up") == "0", "a failed scrape")
        return float(self._ask("timestamp(up)"))

    def measure(self, start: float, end: float) -> Measurement:
        """Read the window between two scrapes."""
        return self._source.measure(METRIC, start + 0.05, end + 0.05)

    def failed_in(self, start: float, end: float) -> bool:
        """Whether any scrape failed between these two."""
        rows: list[Any] = list(self._server.ask(f"min_over_time(up[{end - start:.0f}s] @ {end + 0.05:.3f})"))
        return bool(rows and rows[0]["value"][1] == "0")

    def _seen(self) -> Mapping[str, int]:
        rows: list[Mapping[str, Any]] = list(self._server.ask("requests_total"))
        return {
            row["metric"]["cohort"] + row["metric"]["status"].replace("200", ""): int(row["value"][1]) for row in rows
        }

    def _ask(self, query: str) -> str:
        rows: list[Any] = list(self._server.ask(query))
        return str(rows[0]["value"][1]) if rows else ""


@pytest.fixture
def live() -> Iterator[Live]:
    with MetricsPage() as page:
        page.counters = {'cohort="stable",status="200"': 0}
        server = PrometheusServer(page.port)
        server.start()
        try:
            yield Live(page, server)
        finally:
            server.close()


ATTEMPTS = 3


def test_a_release_with_all_that_can_happen_to_its_counters(live: Live) -> None:
    """On a machine that was too busy for a scrape in between, the release is done again."""
    for attempt in range(ATTEMPTS):
        read, disturbed = released(live, base=10_000 * (attempt + 1), error=501 + attempt)
        if not disturbed:
            break

    assert (read[0].baseline, read[0].candidate) == (Arm(events=138, bad=2), Arm(events=19, bad=1))
    assert (read[1].baseline, read[1].candidate) == (Arm(events=64), Arm(events=7))
    assert is_nothing(read[2])
    assert "a scrape failed in the window" in read[2].detail
    assert (read[3].baseline, read[3].candidate) == (Arm(events=11), Arm(events=4, bad=3))


def released(live: Live, base: int, error: int) -> tuple[list[Measurement], bool]:
    """First errors on both sides, a restart of the canary, a failed scrape, and a new error after it."""
    bad = f"stable{error}", f"canary{error}"
    begun = live.serve(stable=base + 1000, canary=base + 50)
    first = live.serve(**{"stable": base + 1136, bad[0]: 2, "canary": base + 68, bad[1]: 1})
    restarted = live.serve(**{"stable": base + 1200, bad[0]: 2, "canary": 7})
    failed = live.fail()
    back = live.serve(**{"stable": base + 1250, bad[0]: 2, "canary": 20})
    again = live.serve(**{"stable": base + 1261, bad[0]: 2, "canary": 21, bad[1]: 3})
    spans = [(begun, first), (first, restarted), (restarted, failed), (back, again)]
    disturbed = any(live.failed_in(*span) for span in (spans[0], spans[1], spans[3]))
    return [live.measure(*span) for span in spans], disturbed
