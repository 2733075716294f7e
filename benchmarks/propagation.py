"""From an admin write to the decision of an SDK that follows Redis: everything in between is real.

The clock runs from the moment the write is answered (2xx); a decision that was there before counts as 0. Also shown:
from the moment the write is sent. `--strict` exits with 1 when a target is missed.
"""

import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import httpx2

from benchmarks.many_flags import fill
from flagsdk import Context, FlagClient
from tests.support.servers import RedisServer
from tests.support.service import ADMIN_TOKEN, Service

CHANGES, WARM_UP = 200, 10
TARGETS = {100: 50.0, 10_000: 100.0}
PROBE = "/api/v1/environments/production/flags/new-checkout"
USER = Context("user-42")


class Watch:
    """An SDK that notes when its decision changes."""

    def __init__(self, flags: FlagClient) -> None:
        self._flags = flags
        self._changed = threading.Event()
        self.at = 0.0
        flags.on_change(["new-checkout"], self._note)

    def expect(self) -> None:
        """Forget what was noted."""
        self._changed.clear()

    def wait(self, wanted: bool) -> float:  # noqa: FBT001  # the decision
        """Wait for this decision and give its moment."""
        while self._flags.is_enabled("new-checkout", USER) is not wanted:
            if not self._changed.wait(30):
                raise SystemExit("the decision did not arrive within 30 s")
            self._changed.clear()
        return self.at

    def _note(self, _: object) -> None:
        self.at = time.perf_counter()
        self._changed.set()


def main() -> int:
    """Print a line for each number of flags."""
    met = []
    for flags, target in TARGETS.items():
        with system(flags) as (service, client):
            answered, sent = measured(service, client)
        good = percentile(answered, 99) <= target
        met.append(good)
        print(f"{flags:>6} flags   from the answer: {summary(answered)}   from the request: {summary(sent)}")
        print(f"               target p99 ≤ {target:g} ms{'' if good else '  MISSED'}")
    print(f"{CHANGES} changes each; one service, its SQLite, one Redis, one SDK, all on this machine")
    return 0 if all(met) or "--strict" not in sys.argv else 1


@contextmanager
def system(flags: int) -> Iterator[tuple[Service, FlagClient]]:
    """Start Redis, a service with that many flags, and an SDK."""
    redis = RedisServer()
    service = Service({"SAMPLE_DATA": "true", "LOG_LEVEL": "warning"})
    try:
        redis.start()
        fill(service.folder / "flagsvc.db", flags - 2)
        service = with_redis(service, redis.url)
        service.start()
        with FlagClient(redis=redis.url, environment="production", start_seconds=30) as client:
            yield service, client
    finally:
        service.close()
        redis.close()


def with_redis(service: Service, url: str) -> Service:
    """Let the service publish."""
    service._settings["REDIS_URL"] = url  # noqa: SLF001  # the settings of a service that has not started
    return service


def measured(service: Service, client: FlagClient) -> tuple[list[float], list[float]]:
    """Change the flag again and again; milliseconds from the answer and from the request."""
    watch, answered, sent = Watch(client), [], []
    headers = {"Authorization": f"Bearer {ADMIN_TOKEN}", "Content-Type": "application/merge-patch+json"}
    with httpx2.Client(base_url=service.url, headers=headers, trust_env=False) as admin:
        for number in range(WARM_UP + CHANGES):
            wanted = number % 2 == 0
            watch.expect()
            start = time.perf_counter()
            admin.patch(PROBE, json={"default": {"serve": "on" if wanted else "off", "split": None}}).raise_for_status()
            end = time.perf_counter()
            moment = watch.wait(wanted)
            answered.append(max(0.0, moment - end) * 1000)
            sent.append((moment - start) * 1000)
    return answered[WARM_UP:], sent[WARM_UP:]


def percentile(values: Sequence[float], share: int) -> float:
    """Give the nearest-rank percentile."""
    return sorted(values)[max(0, -(-len(values) * share // 100) - 1)]


def summary(values: Sequence[float]) -> str:
    """Give p50, p99 and the worst, in milliseconds."""
    return f"p50 {percentile(values, 50):>5.1f} ms  p99 {percentile(values, 99):>5.1f} ms  max {max(values):>5.1f} ms"


if __name__ == "__main__":
    sys.exit(main())
