"""Everything is down, for long: `python -m scripts.reliability.soak --minutes 10 --restarts 20`.

Redis, the service and PostgreSQL are killed; an application goes on asking, and is started again from its copy on disk.
Exits with 1 for a wrong answer, an exception, a start that had no flags, or an application that does not come back.
"""

import argparse
import sys
import time

from tests.faults.application import Report
from tests.faults.outage import Outcome, endure, stage
from tests.support.timing import eventually


def main() -> int:
    """Run the outage, and print what the application saw."""
    options = _options()
    with stage(options.per_second) as running:
        print(f"up: {_line(running.application.reports[-1])}", flush=True)
        running.fall()
        began = time.monotonic()
        outcome = endure(running, options.minutes * 60, options.restarts)
        down = time.monotonic() - began
        before = running.application.reports[-1]
        revision = running.rise()
        healed = time.monotonic()
        eventually(lambda: running.revision() >= revision, "the application at the head")
        outcome.lives.append(before)
        _tell(outcome, down, time.monotonic() - healed)
    return 0 if _is_good(outcome, options.restarts) else 1


def _is_good(outcome: Outcome, restarts: int) -> bool:
    starts = [life.ready_seconds for life in outcome.lives[1:]]
    return not (outcome.wrong or outcome.raised) and len(starts) == restarts and max(starts, default=0) < float("inf")


def _tell(outcome: Outcome, down: float, healed: float) -> None:
    for number, life in enumerate(outcome.lives):
        print(f"life {number}: {_line(life)}")
    starts = sorted(life.ready_seconds for life in outcome.lives[1:])
    print(f"everything down for {down:.0f} s, {len(starts)} cold starts from the copy on disk")
    print(f"{outcome.calls:,} evaluations answered, {outcome.wrong} wrong, {outcome.raised} exceptions")
    if starts:
        print(f"a cold start had flags after {starts[len(starts) // 2]:.2f} s (median), {starts[-1]:.2f} s (longest)")
    print(f"back at the head {healed:.1f} s after everything answered again")


def _line(report: Report) -> str:
    return (
        f"{report.calls:,} answers in {report.seconds:.0f} s, {report.wrong} wrong, {report.raised} exceptions, "
        f"ready after {report.ready_seconds:.2f} s by {report.source}, {report.state}, "
        f"{report.rss_bytes / 2**20:.1f} MiB"
    )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--restarts", type=int, default=20)
    parser.add_argument("--per-second", type=int, default=20_000)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
