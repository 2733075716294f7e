"""Load on a door by wrk, which stops by itself, and what it counted."""

import re
import signal
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.support.process import mortal, program
from tests.support.service import ADMIN_TOKEN

SCRIPT = Path(__file__).with_name("mixed.lua")


@dataclass(frozen=True)
class Counted:
    """What wrk says: answers, and what failed. Errors of a socket are of connections, timeouts of requests."""

    requests: int
    refused: int
    lost: int
    report: str

    @property
    def failed(self) -> int:
        """Requests without an answer of 2xx or 3xx."""
        return self.refused + self.lost


class Load:
    """wrk on one port, from its making until `ended`, and never longer than `seconds`."""

    def __init__(self, port: int, token: str, *, connections: int, seconds: int) -> None:
        words = [program("wrk"), "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "30s", "-s", str(SCRIPT)]
        words += [f"http://127.0.0.1:{port}", "--", token, ADMIN_TOKEN]
        self._process = subprocess.Popen(
            [*mortal("KILL"), *words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )

    def ended(self) -> Counted:
        """Stop it, and read what it counted."""
        self._process.send_signal(signal.SIGINT)
        report, _ = self._process.communicate(timeout=60)
        return counted(report)


def counted(report: str) -> Counted:
    """Read wrk's report; a report without a number of requests is a failure."""
    total = re.search(r"(\d+) requests in", report)
    assert total, f"wrk said nothing of its requests:\n{report}"
    refused = re.search(r"Non-2xx or 3xx responses: (\d+)", report)
    errors = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", report)
    lost = sum(map(int, errors.groups())) if errors else 0
    return Counted(int(total[1]), int(refused[1]) if refused else 0, lost, report)


def total(counts: Sequence[Counted]) -> int:
    """Count all requests."""
    return sum(each.requests for each in counts)
