"""Does the service grow? `python -m scripts.reliability.service_soak --minutes 60`: a mixed load, and what is held.

The service runs on PostgreSQL and Redis; applications evaluate, load balancers ask, SDKs follow and are replaced, and
somebody edits. Exits with 1 when memory, descriptors, threads, tasks or connections grew beyond their bounds, or when
a request failed.
"""

import argparse
import os
import sys
import time
from collections.abc import Sequence

from benchmarks.host import used
from tests.faults.service_growth import Held, Soaked, soaking
from tests.faults.trend import Trend, trend

BOUNDS = {"rss_mib": 5.0, "descriptors": 3.0, "threads": 2.0, "tasks": 3.0, "connections": 2.0}
"""What the line through each may gain from the end of the warm-up to the end of the run, and count as flat."""

PROGRESS_SECONDS = 60.0


def main() -> int:
    """Run it, and print what was measured."""
    options = _options()
    os.nice(options.nice)
    with soaking(options.rate) as soaked:
        before = used(os.getpid())
        _run(soaked, options.minutes * 60, options.every)
        processor = used(os.getpid()) - before
    warm = [held for held in soaked.held if held.seconds >= options.warm_up * soaked.held[-1].seconds]
    _tell_load(soaked, processor)
    return _told(soaked, trends(warm), warm)


def _run(soaked: Soaked, seconds: float, every: float) -> None:
    print("                       RSS    files threads   tasks  connections", flush=True)
    until, said = time.monotonic() + seconds, 0.0
    while time.monotonic() < until:
        held = soaked.look()
        if time.monotonic() - said > PROGRESS_SECONDS:
            said = time.monotonic()
            print(f"{held}", flush=True)
        time.sleep(every)


def trends(warm: Sequence[Held]) -> list[Trend]:
    """Fit a line to each thing held; raises ValueError when it was looked at less than three times."""
    seconds = [held.seconds for held in warm]
    return [trend(name, bound, seconds, [getattr(held, name) for held in warm]) for name, bound in BOUNDS.items()]


def _tell_load(soaked: Soaked, processor: float) -> None:
    seconds, load = soaked.held[-1].seconds, soaked.load
    counts = ", ".join(f"{done:,} x {name}" for name, done in sorted(load.done.items()))
    print(f"in {seconds / 60:.0f} min: {counts}; {len(load.failed)} failed")
    print(f"service, PostgreSQL, Redis and load together: {processor / seconds:.1%} of a core", end="; ")
    print(f"load of the machine {os.getloadavg()[2]:.1f} in the last 15 minutes")
    for line in load.failed[:10]:
        print(f"  {line}")


def _told(soaked: Soaked, lines: Sequence[Trend], warm: Sequence[Held]) -> int:
    print(f"after {warm[0].seconds / 60:.0f} min of warming up, {len(warm)} looks:")
    print("               first     last    least     most   per hour   growth    bound")
    for line in lines:
        numbers = (line.first, line.last, line.least, line.most)
        print(f"{line.name:<11}" + "".join(f"{number:9.2f}" for number in numbers), end="")
        print(f"{line.per_hour:+11.2f}{line.growth:+9.2f}{line.bound:9.2f}  {'flat' if line.flat else 'GREW'}")
    return 0 if all(line.flat for line in lines) and not soaked.load.failed else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--rate", type=float, default=1.0, help="1: some 35 requests and one change a second")
    parser.add_argument("--every", type=float, default=10.0, help="seconds between two looks")
    parser.add_argument("--warm-up", type=float, default=0.25, help="share of the time that does not count")
    parser.add_argument("--nice", type=int, default=0, help="how much to give way to others (nice(1))")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
