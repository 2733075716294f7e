"""What an SDK costs Redis in processor time, while nothing changes and for each change."""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from benchmarks.host import used
from flagsdk import FlagClient
from tests.support.servers import RedisServer
from tests.support.service import Service
from tests.support.timing import eventually

SDKS, SECONDS, CHANGES = 200, 20.0, 40
WEIGHTS = "environments/production/flags/new-checkout/weights"


def main() -> None:
    """Print what Redis worked, without SDKs and with them."""
    redis = RedisServer()
    try:
        redis.start()
        service = Service({"REDIS_URL": redis.url, "SAMPLE_DATA": "true", "LOG_LEVEL": "warning"})
        try:
            service.start()
            alone = _worked(redis), _worked(redis, service)
            with _sdks(redis.url):
                followed = _worked(redis), _worked(redis, service)
        finally:
            service.close()
    finally:
        redis.close()
    idle = 1e6 * (followed[0] - alone[0]) / SECONDS / SDKS
    change = (1e6 * (followed[1] - alone[1]) / SDKS - idle * SECONDS) / CHANGES
    print(f"Redis without SDKs: {alone[0] / SECONDS:.2%} of a core, with 2 changes a second {alone[1] / SECONDS:.2%}")
    shares = f"{followed[0] / SECONDS:.2%} of a core, with 2 changes a second {followed[1] / SECONDS:.2%}"
    print(f"Redis with {SDKS} SDKs: {shares}")
    print(f"an SDK: {idle:.1f} µs of Redis' processor in a second, and {change:.1f} µs for each change")


def _worked(redis: RedisServer, service: Service | None = None) -> float:
    """Give the seconds that Redis worked in a while; with a service, changes are made in it."""
    before, end = used(redis.pid), time.monotonic() + SECONDS
    for number in range(CHANGES if service else 0):
        assert service is not None  # noqa: S101 - there are no changes without one
        service.call("POST", WEIGHTS, {"weights": {"on": number, "off": 100_000 - number}})
        time.sleep(max(0.0, SECONDS / CHANGES - 0.05))
    time.sleep(max(0.0, end - time.monotonic()))
    return used(redis.pid) - before


@contextmanager
def _sdks(url: str) -> Iterator[None]:
    with ExitStack() as stack:
        clients = [stack.enter_context(FlagClient(redis=url, environment="production")) for _ in range(SDKS)]
        for client in clients:
            eventually(client.wait_ready, "an SDK with its flags")
        time.sleep(5)
        yield


if __name__ == "__main__":
    main()
