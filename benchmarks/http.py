"""OFREP and traffic decisions against a bare Starlette JSONResponse route, each on one uvicorn process.

Rounds alternate between the routes; the table shows medians over the rounds, and the median of each round's ratio to
its own bare route: of requests per second, and of requests per second of the worker's own processor time. On a machine
of one's own the two agree; the targets are held to the second, which survives neighbours who take the processor away.
Of all rounds, those count in which the host took the least.
Load comes from wrk, or from a slower client of our own where it is not installed.
`--strict` exits with 1 when a target is missed.
"""

import json
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from operator import itemgetter
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import httpx2

from benchmarks.host import Processor
from benchmarks.load import hammered
from tests.support.process import Child, listens, mortal
from tests.support.servers import on_free_port
from tests.support.service import SAMPLE_TOKEN, Service

ROUNDS, TRIES, SECONDS, CONNECTIONS, FLAGS = 9, 27, 1, 16, 200
BODY = '{"context":{"targetingKey":"user-42","country":"DE"}}'
POST = {"Authorization": f"Bearer {SAMPLE_TOKEN}", "Content-Type": "application/json"}
OFREP = "/ofrep/v1/evaluate/flags"
SPLIT = {"split": {"weights": {"on": 30_000, "off": 70_000}}}
RULE = {"id": "beta", "when": {"attribute": "country", "op": "in", "values": ["DE", "AT"]}, "serve": "on"}
MIXED: list[dict[str, Any]] = [
    {"default": {"serve": "on"}},
    {"default": {"serve": "off"}},
    {"default": SPLIT},
    {"rules": [RULE], "default": SPLIT},
]
"""Configurations in staging: half of the flags serve one variant, a quarter splits, a quarter has a rule, too."""


class Load(NamedTuple):
    """What a round saw."""

    per_second: float
    p99_ms: float
    processor_us: float


@dataclass(frozen=True, slots=True)
class Case:
    """A route under load; `target` is the least ratio to the bare route."""

    name: str
    path: str
    target: float
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str = ""
    environment: str = "production"

    def by(self, token: str) -> "Case":
        """Give the case with the token of its environment."""
        return replace(self, headers={**self.headers, "Authorization": f"Bearer {token}"})


BARE = Case("bare Starlette route", "/bare", 1.0)
CASES = [
    Case("OFREP single", f"{OFREP}/flag-7", 1.2, POST, BODY),
    Case("traffic decide", "/traffic/v1/production/checkout/decide", 1.2, {"X-User-Id": "user-42"}),
    Case("OFREP bulk, 200 mixed", OFREP, 0.4, POST, BODY, "staging"),
    Case("OFREP bulk, 200 splits", OFREP, 0.4, POST, BODY),  # the worst case: every flag hashes the unit
]


class Bare(Child):
    """The reference in a process of its own."""

    def __init__(self) -> None:
        super().__init__("bare")
        self.port = on_free_port(self._start)

    @property
    def url(self) -> str:
        """Address of the process."""
        return f"http://127.0.0.1:{self.port}"

    def _start(self, port: int) -> None:
        script = Path(__file__).with_name("bare.py")
        self.spawn([*mortal("KILL"), sys.executable, "-P", str(script), str(port)], lambda: listens(self.pid, port))


def main() -> int:
    """Print the table."""
    with serving() as (bare, service):
        cases = [case if case.environment == "production" else case.by(token(service)) for case in CASES]
        for case in cases:
            check(service.url, case)
        tries = [tried(bare, service, cases) for _ in range(TRIES)]
    tries.sort(key=itemgetter(0))
    share, rounds = median(taken for taken, _ in tries[:ROUNDS]), [loads for _, loads in tries[:ROUNDS]]
    met = [show(index, case, rounds) for index, case in enumerate([BARE, *CASES])]
    by = "wrk" if shutil.which("wrk") else "a client in Python, which limits both sides: install wrk"
    taken = f"the host took {share:.0%} of the processor meanwhile"
    print(f"{ROUNDS} of {TRIES} rounds of {SECONDS} s each, {CONNECTIONS} connections, load by {by}; {taken}")
    return 0 if all(met) or "--strict" not in sys.argv else 1


@contextmanager
def serving() -> Iterator[tuple[Bare, Service]]:
    """Start both, with flags that split, and end them."""
    bare, service = Bare(), Service({"SAMPLE_DATA": "true", "LOG_LEVEL": "warning"})
    try:
        service.start()
        for number in range(FLAGS - 2):  # two come with the sample data
            service.call("POST", "flags", flag(number))
        time.sleep(2)
        yield bare, service
    finally:
        service.close()
        bare.close()


def flag(number: int) -> dict[str, Any]:
    """Make a flag that splits in production, and one of a mixture in staging."""
    enabled = {"enabled": True, "offVariant": "off"}
    environments = {
        "production": {**enabled, "default": SPLIT},
        "staging": {**enabled, **MIXED[number % len(MIXED)]},
    }
    variants = {"on": True, "off": False}
    return {"key": f"flag-{number}", "type": "boolean", "variants": variants, "environments": environments}


def token(service: Service) -> str:
    """Make an evaluation token for staging."""
    made = service.call("POST", "tokens", {"kind": "evaluation", "environment": "staging", "name": "benchmark"})
    time.sleep(3)  # tokens are looked up in memory, which is refreshed now and then
    return str(made["document"]["token"])


def check(url: str, case: Case) -> None:
    """Fail unless the route answers as it should."""
    method = "POST" if case.body else "GET"
    answer = httpx2.request(method, url + case.path, headers=dict(case.headers), content=case.body, trust_env=False)
    if answer.status_code != 200 or ("bulk" in case.name and len(answer.json()["flags"]) != FLAGS):  # noqa: PLR2004
        raise SystemExit(f"{case.name}: {answer.status_code} {answer.text[:200]}")


def tried(bare: Bare, service: Service, cases: list[Case]) -> tuple[float, list[Load]]:
    """Put every route under load, one after the other; gives what the host took meanwhile, too."""
    before = Processor.now()
    loads = [load(bare, BARE), *(load(service, case) for case in cases)]
    return before.stolen_since(), loads


def load(server: Bare | Service, case: Case) -> Load:
    """Put the route under load for a while."""
    before = processor_seconds(server)
    requests, per_second, p99_ms = sent(server.url, case)
    return Load(per_second, p99_ms, 1e6 * (processor_seconds(server) - before) / requests)


def processor_seconds(server: Child) -> float:
    """Read how much processor time a process has used, of all its threads (proc(5), schedstat: nanoseconds first)."""
    threads = Path(f"/proc/{server.pid}/task").glob("*/schedstat")
    return sum(int(thread.read_text().split()[0]) for thread in threads) / 1e9


def sent(url: str, case: Case) -> tuple[int, float, float]:
    """Send requests for a while; gives their number, those per second, and the 99th percentile in milliseconds."""
    if not shutil.which("wrk"):
        per_second, p99_ms = hammered(url + case.path, case.headers, case.body, SECONDS, CONNECTIONS)
        return int(per_second * SECONDS), per_second, p99_ms
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        lines = [f"wrk.headers[{json.dumps(name)}] = {json.dumps(value)}" for name, value in case.headers.items()]
        if case.body:
            lines += ['wrk.method = "POST"', f"wrk.body = {json.dumps(case.body)}"]
        script.write("\n".join(lines))
        script.flush()
        options = ["-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}", "--timeout", "30s", "--latency", "-s", script.name]
        done = subprocess.run(["wrk", *options, url + case.path], capture_output=True, text=True, check=True)
    return read(done.stdout)


def read(text: str) -> tuple[int, float, float]:
    """Read what wrk prints; errors are a fault of the benchmark."""
    if "Non-2xx" in text or "Socket errors" in text:
        raise SystemExit(text)
    per_second = re.search(r"Requests/sec: +([\d.]+)", text)
    latency = re.search(r"99% +([\d.]+)(us|ms|s)", text)
    requests = re.search(r"(\d+) requests in", text)
    if not (per_second and latency and requests):
        raise SystemExit(text)
    p99_ms = float(latency[1]) * {"us": 0.001, "ms": 1.0, "s": 1000.0}[latency[2]]
    return int(requests[1]), float(per_second[1]), p99_ms


def show(index: int, case: Case, rounds: list[list[Load]]) -> bool:
    """Print one line; tell whether the target is met."""
    by_clock = median(one[index].per_second / one[0].per_second for one in rounds)
    by_processor = median(one[0].processor_us / one[index].processor_us for one in rounds)
    per_second, p99, spent = (median(getattr(one[index], name) for one in rounds) for name in Load._fields)
    met = case is BARE or by_processor >= case.target
    target = f"≥ {case.target:g}x{'' if met else '  MISSED'}" if case is not BARE else ""
    seen = f"{per_second:>7.0f} requests/s{by_clock:>7.2f}x   p99{p99:>7.2f} ms"
    print(f"{case.name:<24}{seen}   processor{spent:>7.1f} µs{by_processor:>7.2f}x  {target}")
    return met


if __name__ == "__main__":
    sys.exit(main())
