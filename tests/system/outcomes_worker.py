"""A program with an SDK, as a process of its own: serves some users, tells how it went, and prints what it did.

python -m tests.system.outcomes_worker URL TOKEN FIRST COUNT
"""

import json
import sys
from collections import Counter

from flagsdk import Context, FlagClient
from tests.system.cluster import FLAG, SPLIT


def main(url: str, token: str, first: int, count: int) -> None:
    """Serve users FIRST to FIRST + COUNT, three requests each; every fifth user fails each time."""
    did: Counter[str] = Counter()
    with FlagClient(url, token=token) as client:
        for number in [*range(first, first + count)] * 3:
            user, ok = Context(f"user-{number}"), number % 5 != 0
            variant = "on" if client.is_enabled(FLAG, user) else "off"
            client.outcome(FLAG, user, ok=ok, seconds=0.02 if ok else 2.0)
            client.outcome(FLAG, user, metric="revenue", value=number)
            client.outcome(SPLIT, user, kind="split", ok=ok)
            did[f"{variant} events"] += 1
            did[f"{variant} bad"] += not ok
            did[f"{variant} revenue"] += number
            did[f"{client.cohort(SPLIT, user)} events"] += 1
    reporting = client.reporting
    assert reporting is not None
    print(json.dumps({"did": did, "told": reporting.outcomes, "dropped": reporting.outcomes_dropped}))  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
