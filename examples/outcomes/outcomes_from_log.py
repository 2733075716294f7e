"""Follow the access log of a load balancer, and tell flagsvc every five seconds how each cohort is doing.

    FLAGSVC_TOKEN=… python outcomes_from_log.py access.log http://127.0.0.1:8080/traffic/v1/production/checkout/outcomes

Needs Python 3.11 and nothing else. Reads what is written from now on, through rotations of the log. A post that nobody
confirms is repeated as it was: the service counts it once. The log_format is that of examples/nginx/nginx.conf.
"""

import json
import os
import re
import socket
import sys
import time
import urllib.request
from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

LINE = re.compile(r'" (?P<status>\d{3}) cohort=(?P<cohort>\S+) .*total=(?P<seconds>\d+\.\d+)')
SECONDS, ATTEMPT_SECONDS, KEEP_SECONDS = 5, 3, 300
MOST_DURATIONS = 500

Counts = dict[str, list[Any]]  # cohort: [events, bad, Counter of durations]


def followed(path: str) -> Iterator[str]:
    """Give each new line; an empty one when there is none at the moment."""
    log = open(path, errors="replace")  # noqa: PTH123, SIM115 - for as long as the program runs
    log.seek(0, os.SEEK_END)
    begun = ""
    while True:
        begun += log.readline()
        if begun.endswith("\n"):
            yield begun
            begun = ""
            continue
        yield ""
        if os.path.exists(path) and not os.path.samestat(os.stat(path), os.fstat(log.fileno())):  # noqa: PTH110, PTH116
            rest = log.read()  # what was written before the log was rotated
            yield from (begun + rest).splitlines()
            log.close()
            log, begun = open(path, errors="replace"), ""  # noqa: PTH123, SIM115


def count(line: str, counts: Counts) -> None:
    """Add a line up: bad is what the backend failed at, not what the client did wrong."""
    found = LINE.search(line)
    if found:
        cohort = counts[found["cohort"]]
        cohort[0] += 1
        cohort[1] += found["status"] >= "500"
        if len(cohort[2]) < MOST_DURATIONS or float(found["seconds"]) in cohort[2]:
            cohort[2][float(found["seconds"])] += 1


def posted(url: str, token: str, body: dict[str, Any]) -> bool:
    """Whether the service has it."""
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    request = urllib.request.Request(url, json.dumps(body).encode(), headers)  # noqa: S310 - the operator's address
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=ATTEMPT_SECONDS):
            return True
    except OSError as fault:
        print(f"not delivered: {fault}", file=sys.stderr, flush=True)
        return False


def main(path: str, url: str) -> None:
    """Read and post for ever."""
    sender, token = socket.gethostname()[:100], os.environ["FLAGSVC_TOKEN"]
    counts: Counts = defaultdict(lambda: [0, 0, Counter()])
    waiting: list[tuple[float, dict[str, Any]]] = []  # when, and what; the oldest first
    due = time.monotonic() + SECONDS
    for line in followed(path):
        count(line, counts)
        now = time.monotonic()
        if now >= due:
            rows = [
                {"cohort": cohort, "events": events, "bad": bad, "seconds": [list(pair) for pair in seconds.items()]}
                for cohort, (events, bad, seconds) in counts.items()
            ]
            counts.clear()
            if rows:
                waiting.append((now, {"id": sender, "sequence": time.time_ns() // 1_000_000, "outcomes": rows}))
            waiting = [(at, body) for at, body in waiting if now - at < KEEP_SECONDS]
            while waiting and posted(url, token, waiting[0][1] | {"ageSeconds": round(now - waiting[0][0], 3)}):
                del waiting[0]
            due = now + SECONDS
        elif not line:
            time.sleep(0.2)


if __name__ == "__main__":
    main(*sys.argv[1:])
