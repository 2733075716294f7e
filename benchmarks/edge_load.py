"""Load on an edge by wrk: requests of users drawn from ten thousand, over connections that are kept."""

import re
import subprocess
from pathlib import Path
from typing import NamedTuple

SCRIPT = Path(__file__).with_name("edge_units.lua")
CONNECTIONS = 16
MILLISECONDS = {"us": 0.001, "ms": 1.0, "s": 1000.0}


class Sent(NamedTuple):
    """What wrk saw."""

    requests: int
    per_second: float
    p50_ms: float
    p99_ms: float


def sent(port: int, seconds: int) -> Sent:
    """Send requests for a while; any that fails ends the benchmark."""
    options = ["-t1", f"-c{CONNECTIONS}", f"-d{seconds}", "--timeout", "30s", "--latency", "-s", str(SCRIPT)]
    done = subprocess.run(["wrk", *options, f"http://127.0.0.1:{port}/"], capture_output=True, text=True, check=True)
    return read(done.stdout)


def read(text: str) -> Sent:
    """Read what wrk prints; errors are a fault of the benchmark."""
    requests = re.search(r"(\d+) requests in", text)
    per_second = re.search(r"Requests/sec: +([\d.]+)", text)
    if not requests or not per_second or "Non-2xx" in text or "Socket errors" in text:
        raise SystemExit(text)
    return Sent(int(requests[1]), float(per_second[1]), milliseconds(text, 50), milliseconds(text, 99))


def milliseconds(text: str, share: int) -> float:
    """Read one line of the distribution of latencies."""
    found = re.search(rf"{share}% +([\d.]+)(us|ms|s)", text)
    if not found:
        raise SystemExit(text)
    return float(found[1]) * MILLISECONDS[found[2]]
