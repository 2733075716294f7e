"""Leaders lost while rollouts walk on: `python -m scripts.reliability.leaders --losses 200`.

Two replicas over PostgreSQL; the one that drives is killed, frozen (and thawed later) or terminated at a random
moment, again and again. Exits with 1 when a step was doubled or left out, or when the 99th percentile of the time until
the next step is over 5 s.
"""

import argparse
import random
import statistics
import sys
from collections.abc import Sequence

from tests.system.losses import Loss, lose_many, running

TARGET_SECONDS = 5.0


def main() -> int:
    """Lose so many leaders, and print how long each time nobody drove."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--losses", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with running() as site:
        chance = random.Random(options.seed)  # noqa: S311  # moments, repeatable
        losses = lose_many(site, options.losses, chance, say=lambda line: print(line, flush=True))
    print(f"{len(losses)} leaders lost, no step doubled or left out")
    for how in sorted({loss.how for loss in losses}):
        _told(how, [loss for loss in losses if loss.how == how])
    return 0 if _told("all", losses) <= TARGET_SECONDS else 1


def _told(what: str, losses: Sequence[Loss]) -> float:
    times = sorted(loss.seconds for loss in losses)
    late = times[max(0, -(-len(times) * 99 // 100) - 1)]
    middle = statistics.median(times)
    print(f"{what:>10}: {len(times)} losses, next step after {middle:.2f} s (median), {late:.2f} s (p99)")
    return late


if __name__ == "__main__":
    sys.exit(main())
