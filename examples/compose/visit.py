"""Visitors of the shop, for a bounded time; every ten seconds, and at the end, a line says what they got.

`python -m examples.compose.visit HOST PORT --per-second N --seconds N`
"""

import argparse
import sys
import time

from examples.demo.tally import Tally
from examples.demo.traffic import Traffic

MOST_PER_SECOND, MOST_SECONDS = 200.0, 24 * 3600.0
LINE_SECONDS = 10.0


def main() -> None:
    """Send visitors until the time is over."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("host")
    parser.add_argument("port", type=int)
    parser.add_argument("--per-second", type=float, default=20.0, help=f"at most {MOST_PER_SECOND:g}")
    parser.add_argument("--seconds", type=float, default=3600.0, help=f"at most {MOST_SECONDS:g}")
    options = parser.parse_args()
    tally = Tally()
    end = time.monotonic() + min(options.seconds, MOST_SECONDS)
    with Traffic(options.port, min(options.per_second, MOST_PER_SECOND), tally, host=options.host):
        while (left := end - time.monotonic()) > 0:
            time.sleep(min(left, LINE_SECONDS))
            sys.stdout.write(f"{told(tally)}\n")
            sys.stdout.flush()


def told(tally: Tally) -> str:
    """Say in a line how many visits there were, how many got no answer, and how the last ones were shared out."""
    now = tally.read(time.time())
    shares = ", ".join(f"{version or 'nobody'} {share:.1%}" for version, share in now.shares.items())
    return f"{now.total} visits, {now.unanswered} unanswered; now {shares or 'none'}"


if __name__ == "__main__":
    main()
