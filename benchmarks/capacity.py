"""What a process holds and gives: memory by flag and stream, and one replica beside two on the same database.

`python -m benchmarks.capacity`; what PostgreSQL and Redis see is `python -m benchmarks.capacity_counts`.
"""

import gzip
import http.client
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from statistics import median

from benchmarks.host import Processor
from benchmarks.http import CASES, Case, Load, load, processor_seconds
from benchmarks.many_flags import fill
from tests.support.process import work_folder
from tests.support.servers import PostgresServer
from tests.support.service import Service
from tests.support.timing import eventually

MANY = 1_000
FLAGS = (10, 2_000, 10_000)
STREAMS = (0, 200, 800)
ROUNDS = 7
SECONDS, CHANGES = 10.0, 20
WEIGHTS = "environments/production/flags/new-checkout/weights"


def main() -> None:
    """Print everything."""
    before = Processor.now()
    for part in (_sizes, _memory_by_flags, _memory_by_streams, _replicas):
        for line in part():
            print(line, flush=True)
    print(f"the host took {before.stolen_since():.0%} of the processor meanwhile")


def _sizes() -> Iterator[str]:
    """Read the feed as an SDK does: a snapshot of many flags, and the event of a change of weights."""
    folder = work_folder("capacity")
    fill(folder / "flags.db", MANY)
    with _running({"DATABASE_URL": f"sqlite:///{folder / 'flags.db'}"}) as service:
        made = service.call("POST", "tokens", {"kind": "sdk", "environment": "production", "name": "sizes"})
        token = made["document"]["token"]
        time.sleep(3)  # tokens are looked up in memory, which is refreshed now and then
        with service.client(token) as client:
            plain = client.get("/sdk/v1/snapshot", headers={"Accept-Encoding": "identity"})
            position = plain.headers["ETag"].strip('"')
        packed = gzip.compress(plain.content, 5)
        service.call("POST", "environments/production/flags/flag-7/weights", {"weights": {"on": 1, "off": 99_999}})
        with closing(_stream(service.port, token, position)) as connection:
            event = _event(connection)
    yield f"a snapshot of {MANY:,} flags: {len(plain.content) / 1024:.0f} KiB, {len(packed) / 1024:.0f} KiB by gzip"
    yield f"a change of weights on the feed: {len(event)} bytes"


def _memory_by_flags() -> Iterator[str]:
    """Start the service on ever more flags, which the SDKs of three environments could ask for."""
    sizes = []
    for flags in FLAGS:
        folder = work_folder("capacity")
        fill(folder / "flags.db", flags)
        with _running({"DATABASE_URL": f"sqlite:///{folder / 'flags.db'}"}) as service:
            sizes.append(_settled(service))
        yield f"{flags:>6,} flags in 3 environments: {sizes[-1]:7.1f} MiB"
    kib = 1024 * (sizes[-1] - sizes[0]) / (FLAGS[-1] - FLAGS[0])
    yield f"a flag: {kib:.1f} KiB, in 3 environments together"


def _memory_by_streams() -> Iterator[str]:
    """Open ever more streams of the feed, which do nothing but wait."""
    sizes, idle, changing = [], [], []
    with _running({"SAMPLE_DATA": "true", "STREAM_LIMIT": "2000"}) as service, ExitStack() as stack:
        made = service.call("POST", "tokens", {"kind": "sdk", "environment": "production", "name": "streams"})
        time.sleep(3)  # tokens are looked up in memory, which is refreshed now and then
        opened = 0
        for streams in STREAMS:
            for _ in range(streams - opened):
                connection = _stream(service.port, made["document"]["token"])
                stack.callback(connection.close)
                connection.getresponse().readline()  # the greeting
            opened = streams
            sizes.append(_settled(service))
            idle.append(_worked(service, 0))
            changing.append(_worked(service, CHANGES))
            yield (
                f"{streams:>6,} open streams: {sizes[-1]:7.1f} MiB, {idle[-1] / SECONDS:6.1%} of a core idle, "
                f"{changing[-1] / SECONDS:6.1%} with {CHANGES / SECONDS:g} changes a second"
            )
    more = STREAMS[-1] - STREAMS[0]
    quiet = 1e6 * (idle[-1] - idle[0]) / more
    change = (1e6 * (changing[-1] - changing[0]) / more - quiet) / CHANGES
    yield (
        f"a stream: {1024 * (sizes[-1] - sizes[0]) / more:.1f} KiB, {quiet / SECONDS:.0f} µs of processor in a second, "
        f"{change:.0f} µs for each change"
    )


def _worked(service: Service, changes: int) -> float:
    """Give the seconds that the service worked in a while in which so many changes were made."""
    before, end = processor_seconds(service), time.monotonic() + SECONDS
    for number in range(changes):
        service.call("POST", WEIGHTS, {"weights": {"on": number, "off": 100_000 - number}})
        time.sleep(max(0.0, SECONDS / changes - 0.05))
    time.sleep(max(0.0, end - time.monotonic()))
    return processor_seconds(service) - before


def _stream(port: int, token: str, position: str = "") -> http.client.HTTPConnection:
    """Open a stream, from a position where one is given."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    headers = {"Authorization": f"Bearer {token}", **({"Last-Event-ID": position} if position else {})}
    connection.request("GET", "/sdk/v1/changes", headers=headers)
    return connection


def _event(connection: http.client.HTTPConnection) -> bytes:
    """Read until a change has come whole, and give it with its id and its end."""
    answer, lines = connection.getresponse(), list[bytes]()
    while not (lines and lines[-1] == b"\n" and any(line.startswith(b"data: {") for line in lines)):
        lines.append(answer.readline())
    start = next(index for index, line in enumerate(lines) if line.startswith(b"id:"))
    return b"".join(lines[start:])


def _replicas() -> Iterator[str]:
    """Load one replica, and then two at once, each by its own client: the same work costs the same beside another."""
    with ExitStack() as stack:
        postgres = PostgresServer()
        stack.callback(postgres.close)
        postgres.start()
        settings = {"DATABASE_URL": postgres.url, "SAMPLE_DATA": "true", "LOG_LEVEL": "warning"}
        services = [stack.enter_context(_running(settings)) for _ in range(2)]
        case = next(each for each in CASES if each.name == "traffic decide")
        rounds = [(_together(services[:1], case), _together(services, case)) for _ in range(ROUNDS)]
    for count, index in ((1, 0), (2, 1)):
        per_second = median(sum(each.per_second for each in one[index]) for one in rounds)
        spent = median(max(each.processor_us for each in one[index]) for one in rounds)
        p99 = median(max(each.p99_ms for each in one[index]) for one in rounds)
        what = f"{count} replica{'s' if count > 1 else ' '}: {per_second:>7,.0f} decisions/s"
        yield f"{what}, {spent:.1f} µs of processor each, p99 {p99:.2f} ms"
    both = median(sum(each.per_second for each in two) / sum(each.per_second for each in one) for one, two in rounds)
    yield f"two give {both:.2f} times as many as one, with the clients on the same cores"


def _together(services: Sequence[Service], case: Case) -> list[Load]:
    found: list[Load] = []
    threads = [threading.Thread(target=lambda each=each: found.append(load(each, case))) for each in services]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


@contextmanager
def _running(settings: dict[str, str]) -> Iterator[Service]:
    service = Service({"LOG_LEVEL": "warning", **settings})
    try:
        service.start()
        yield service
    finally:
        service.close()


def _settled(service: Service) -> float:
    """Wait until the memory no longer changes, and give it in MiB."""
    last = 0.0

    def still() -> bool:
        nonlocal last
        before, last = last, _rss(service.pid)
        time.sleep(1)
        return abs(last - before) < 0.2  # noqa: PLR2004 - MiB

    eventually(still, "memory that stays")
    return last


def _rss(pid: int) -> float:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("Rss:"))


if __name__ == "__main__":
    main()
