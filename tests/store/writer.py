"""A program for one purpose: it writes for ever and says what was acknowledged, until somebody kills it."""

import random
import sys

from flagsvc.store import open_store
from tests.store.engines import PATIENCE_SECONDS
from tests.usecases.world import World, split


def main(url: str) -> None:
    """Ramp the split up and down; print the revision of every acknowledged write."""
    store = open_store(url, chance=random.random, patience_seconds=PATIENCE_SECONDS)
    world = World.__new__(World)
    world.resume(store)
    while True:
        canary = world.chance.randrange(1, 99_999)
        written = world.weigh(split(), {"stable": 100_000 - canary, "canary": canary})
        print(written.revision, flush=True)  # noqa: T201 -- how it speaks to the test


if __name__ == "__main__":
    main(sys.argv[1])
