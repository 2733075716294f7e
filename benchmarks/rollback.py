"""How long a bad release is out: from the first moment at which it fails until everybody is back, verified.

`python -m benchmarks.rollback --runs 50`. PostgreSQL, Redis, HAProxy told by its map, Prometheus with a scrape each
second, a shop in two versions under 120 requests a second. In each run the candidate has 25 % of the visitors and is
well; then 40 % of its answers are errors.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from examples.demo.stage import ENVIRONMENT
from tests.system import release
from tests.system.release import Site

BAD, WELL = 0.4, 0.004
WELL_SECONDS = 2.0


class Times(NamedTuple):
    """Seconds from when the candidate began to fail."""

    decided: float
    verified: float
    last_seen: float


def main() -> int:
    """Turn so many releases back, and print how long each part of it took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=50)
    runs = parser.parse_args().runs
    with release.running() as site:
        found = [_one(site, number, runs) for number in range(runs)]
    print(
        f"{runs} releases, 120 requests/s, 25 % at a candidate that begins to fail; seconds from then, median and p99"
    )
    _row("until the verdict, which turns it back", [times.decided for times in found])
    _row("until every router has been read back at stable", [times.verified for times in found])
    _row("  of that, from the verdict on", [times.verified - times.decided for times in found])
    _row("until the last visitor at the candidate", [times.last_seen for times in found])
    return 0


def _one(site: Site, number: int, runs: int) -> Times:
    site.places["canary"].break_down(WELL)
    key = site.begin([25, 100], "120s")
    site.holds_at(key, 25)
    time.sleep(WELL_SECONDS)
    site.tally.begin()
    began = time.time()
    site.places["canary"].break_down(BAD)
    site.ended(key)
    entries = site.api.get(f"environments/{ENVIRONMENT}/rollouts/{key}/log?limit=200")["items"]
    back = {
        entry["phase"]: _seconds(entry["at"]) for entry in entries
    }  # the oldest of each phase, as newest come first
    last = site.tally.last_seen("v2")
    times = Times(back["rolling-back"] - began, back["rolled-back"] - began, last - began)
    print(
        f"{number + 1} of {runs}: {times.decided:.2f} {times.verified:.2f} {times.last_seen:.2f}",
        file=sys.stderr,
        flush=True,
    )
    return times


def _seconds(at: str) -> float:
    return datetime.fromisoformat(at).timestamp()


def _row(what: str, seconds: Sequence[float]) -> None:
    ordered = sorted(seconds)
    late = ordered[max(0, -(-len(ordered) * 99 // 100) - 1)]
    print(f"  {what:<50} {statistics.median(ordered):6.2f}  {late:6.2f}")


if __name__ == "__main__":
    sys.exit(main())
