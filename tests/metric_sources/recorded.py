"""A real Prometheus whose past a test has written: raw samples at the very seconds that it says."""

import subprocess
import time
from collections.abc import Iterable, Mapping

from tests.support.process import free_port, ordinary, program
from tests.support.prometheus import PrometheusServer

HOUR = 3600
SCRAPE = 10
BEGIN = (int(time.time()) // HOUR - 6) * HOUR
"""Some hours ago: what is older than that lies in blocks, where it can be put from outside."""

Samples = Mapping[int, float]
"""Seconds since BEGIN → value."""
History = Mapping[str, Samples]
"""A series, NAME{LABELS}, and its samples."""


def every(values: Iterable[float | None], since: int = 0) -> Samples:
    """One value per scrape, from `since` on; None where it is absent."""
    return {since + place * SCRAPE: value for place, value in enumerate(values) if value is not None}


class Recorded(PrometheusServer):
    """Started with that history in its storage."""

    def __init__(self, history: History) -> None:
        super().__init__(free_port())
        self._history = history

    def start(self) -> None:
        """Write the past, then start."""
        page = self.folder / "history.txt"
        page.write_text(_page(self._history))
        command = [program("promtool"), "tsdb", "create-blocks-from", "openmetrics", str(page), "data"]
        subprocess.run([*ordinary("KILL"), *command], cwd=self.folder, check=True, capture_output=True, timeout=60)
        super().start()


def _page(history: History) -> str:
    families: dict[str, list[str]] = {}
    for series, samples in history.items():
        rows = [f"{series} {value:g} {BEGIN + second}" for second, value in samples.items()]
        families.setdefault(series.partition("{")[0], []).extend(rows)
    text = [line for name, rows in families.items() for line in (f"# TYPE {name} unknown", *rows)]
    return "\n".join([*text, "# EOF", ""])
