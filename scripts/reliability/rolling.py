"""Rolling restarts under load: `python -m scripts.reliability.rolling --rounds 50 --requests 1000000`.

Three replicas over PostgreSQL and Redis, behind nginx, HAProxy and Envoy at once; wrk asks through each, checkers
compare answers, somebody edits, SDKs follow event streams. Each round replaces the replicas one after the other. Exits
with 1 when a request failed, an answer was wrong, or an SDK missed a change.

`--upgrades`: the rounds lead from the previous release to this one and back, by turns.
"""

import argparse
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from tests.fleet.fleet import running
from tests.fleet.rolling import Site, in_use, told
from tests.support.previous import previous_tree

SECONDS_MOST = 3600


def main() -> int:
    """Run it, and print what was counted."""
    options = _options()
    with ExitStack() as stack:
        trees = [stack.enter_context(previous_tree()), None] if options.upgrades else [None]
        fleet = stack.enter_context(running(options.replicas, options.drain, trees[0]))
        with in_use(fleet, connections=options.connections, readers=options.readers, seconds=SECONDS_MOST) as site:
            _rounds(site, options.rounds, trees)
        told(site.outcome, _say)
    few = site.outcome.requests < options.requests
    if few:
        _say(f"that is less than the {options.requests:,} that were wanted: more --rounds or --connections")
    return 1 if few or site.outcome.failed else 0


def _rounds(site: Site, count: int, trees: Sequence[Path | None]) -> None:
    began = time.monotonic()
    for number in range(1, count + 1):
        site.fleet.roll(trees[number % len(trees)], between=site.settled)
        if number % 5 == 0 or number == count:
            _say(f"{number} rounds in {time.monotonic() - began:.0f} s")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--requests", type=int, default=1_000_000, help="at least so many, or it has failed")
    parser.add_argument("--upgrades", action="store_true", help="between the previous release and this one, and back")
    parser.add_argument("--replicas", type=int, default=3)
    parser.add_argument("--connections", type=int, default=4, help="of wrk, through each proxy")
    parser.add_argument("--readers", type=int, default=4, help="SDKs behind each proxy")
    parser.add_argument("--drain", type=float, default=2.0, help="seconds for which a replica serves on, not ready")
    return parser.parse_args()


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main())
