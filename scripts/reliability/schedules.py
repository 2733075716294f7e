"""Random schedules of faults: `python -m scripts.reliability.schedules --count 1000`; exits with 1 when one fails.

Each draws its faults and writes from its own seed: `--seed N --count 1` runs one again.
"""

import argparse
import logging
import os
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import count

from tests.faults.schedule import Result, impatient, run
from tests.support.servers import RedisServer

PORTION = 5
PROGRESS_SECONDS = 30.0


def main() -> int:
    """Run them, and print what came of it."""
    options = _options()
    seeds = range(options.seed, options.seed + options.count)
    print(f"{options.count} schedules from seed {options.seed}, {options.processes} at a time", flush=True)
    began = time.monotonic()
    results = list(_told(_results(seeds, options.processes), options.count))
    _summarise(results, time.monotonic() - began)
    return 1 if any(result.faults for result in results) else 0


def run_portion(seeds: Sequence[int]) -> list[Result]:
    """Run some schedules one after the other, on one Redis."""
    logging.disable(logging.CRITICAL)  # faults are what this is about
    server = RedisServer()
    try:
        server.start()
        with impatient():
            return [run(seed, server) for seed in seeds]
    finally:
        server.close()


def _results(seeds: range, processes: int) -> Iterator[Result]:
    portions = [seeds[start : start + PORTION] for start in range(0, len(seeds), PORTION)]
    with ProcessPoolExecutor(processes) as pool:
        for results in pool.map(run_portion, portions):
            yield from results


def _told(results: Iterator[Result], total: int) -> Iterator[Result]:
    """Say at once what failed, and now and then how far it is."""
    said = time.monotonic()
    for number, result in zip(count(1), results, strict=False):
        if result.faults:
            print(f"seed {result.seed} FAILED: {'; '.join(result.steps)}", flush=True)
            print("\n".join(f"    {fault}" for fault in result.faults[:10]), flush=True)
        if time.monotonic() - said > PROGRESS_SECONDS:
            said = time.monotonic()
            print(f"{number} of {total}", flush=True)
        yield result


def _summarise(results: Sequence[Result], seconds: float) -> None:
    failed = [result.seed for result in results if result.faults]
    steps = Counter(step.rpartition(": ")[2] for result in results for step in result.steps)
    heads = sorted(result.head_seconds for result in results)
    print(f"\n{len(results) - len(failed)} of {len(results)} schedules without a fault, in {seconds:.0f} s")
    said = "not every one" if failed else "every one"
    print(f"calls answered: {sum(result.calls for result in results):,}, {said} as a committed revision says")
    print(f"revisions committed: {sum(result.revisions for result in results):,}")
    print(f"from healing to the head: median {heads[len(heads) // 2]:.2f} s, longest {heads[-1]:.2f} s")
    print("how often:", "; ".join(f"{step} {number}" for step, number in sorted(steps.items())))
    if failed:
        print("failed seeds:", *failed)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**9))
    parser.add_argument("--processes", type=int, default=2 * (os.cpu_count() or 1))
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
