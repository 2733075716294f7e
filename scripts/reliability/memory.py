"""Does an SDK grow? `python -m scripts.reliability.memory --minutes 30`: evaluations and changes, and what is held.

One application asks its flags at a rate, each time for a unit that was never seen before, while changes arrive. Exits
with 1 when threads or descriptors grew, or the memory by more than the bound.
"""

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from tests.faults.application import Report
from tests.faults.growth import Growth, growing, settled
from tests.support.servers import RedisServer

PROGRESS_SECONDS = 60.0


def main() -> int:
    """Run it, and print what was measured."""
    options = _options()
    server = RedisServer()
    try:
        server.start()
        with (
            tempfile.TemporaryDirectory(prefix="flagsvc-memory-") as folder,
            growing(Path(folder), server, options.per_second) as growth,
        ):
            _run(growth, options.minutes * 60, options.changes_per_second, random.Random(options.seed))  # noqa: S311 - the same changes every time
            reports = growth.application.reports
    finally:
        server.close()
    kept = settled(reports, options.warm_up)
    return _told(reports, kept, growth.changes, options.bound)


def _run(growth: Growth, seconds: float, per_second: float, chance: random.Random) -> None:
    until, said = time.monotonic() + seconds, time.monotonic()
    while time.monotonic() < until:
        growth.change(chance)
        time.sleep(1 / per_second)
        if time.monotonic() - said > PROGRESS_SECONDS:
            said = time.monotonic()
            report = growth.application.reports[-1]
            print(f"{report.seconds:6.0f} s  {report.rss_bytes / 2**20:7.2f} MiB  {report.calls:,} calls", flush=True)


def _told(reports: Sequence[Report], kept: Sequence[Report], changes: int, bound: float) -> int:
    last, slope = reports[-1], slope_of(kept)
    sizes = [report.rss_bytes / 2**20 for report in kept]
    print(f"{last.calls:,} evaluations in {last.seconds:.0f} s, {changes:,} changes, revision {last.revision}")
    print(
        f"after {kept[0].seconds:.0f} s of warming up: {sizes[0]:.2f} MiB at first, {sizes[-1]:.2f} MiB at last, ",
        end="",
    )
    print(f"{min(sizes):.2f} to {max(sizes):.2f} MiB between")
    print(f"slope {slope * 3600 / 2**20:+.3f} MiB/h over {(kept[-1].seconds - kept[0].seconds) / 60:.0f} min ", end="")
    print(f"({slope * last.seconds / max(1, last.calls):+.4f} bytes per evaluation)")
    print(f"threads {_range(kept, 'threads')}, descriptors {_range(kept, 'descriptors')}, exceptions {last.raised}")
    grew = kept[-1].threads > kept[0].threads or kept[-1].descriptors > kept[0].descriptors
    return 1 if grew or last.raised or sizes[-1] - sizes[0] > bound else 0


def slope_of(reports: Sequence[Report]) -> float:
    """Bytes per second: the line that fits best (least squares)."""
    middle = sum(report.seconds for report in reports) / len(reports)
    spread = sum((report.seconds - middle) ** 2 for report in reports)
    return sum((report.seconds - middle) * report.rss_bytes for report in reports) / spread if spread else 0.0


def _range(reports: Sequence[Report], name: str) -> str:
    values = [getattr(report, name) for report in reports]
    return f"{min(values)} to {max(values)}"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--per-second", type=int, default=20_000)
    parser.add_argument("--changes-per-second", type=float, default=2)
    parser.add_argument("--warm-up", type=float, default=0.2, help="share of the time that does not count")
    parser.add_argument("--bound", type=float, default=5, help="MiB")
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
