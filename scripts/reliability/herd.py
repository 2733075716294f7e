"""A herd of SDKs meets a service: `python -m scripts.reliability.herd --clients 1000`.

All start at once; the service is killed and comes back unchanged; it is killed, and comes back with a change. Exits
with 1 when more whole snapshots were given out in a second than the service's setting allows, or somebody was late.
"""

import argparse
import random
import sys
import time
from contextlib import closing

from benchmarks.many_flags import copy, fill
from flagsvc.app import intent
from flagsvc.store import open_store
from tests.faults.herd import CHANGES, SLACK, SNAPSHOTS, Herd, Meter, metered
from tests.support.process import work_folder
from tests.support.service import Service
from tests.support.timing import eventually

RATE = 50
CURRENT_SECONDS = 30.0


def main() -> int:
    """Run the three cases, and print a line for each."""
    options = _options()
    folder = work_folder("herd")
    fill(folder / "herd.db", options.flags)
    url = f"sqlite:///{folder / 'herd.db'}"
    service = Service({"DATABASE_URL": url, "STREAM_LIMIT": str(options.clients + 10), "SNAPSHOT_RATE": str(RATE)})
    try:
        service.start()
        token = service.call("POST", "tokens", {"kind": "sdk", "environment": "production", "name": "herd"})
        with Herd(service.url, token["document"]["token"], options.clients, options.processes) as herd:
            print(f"{options.clients} SDKs in {options.processes} processes, {options.flags} flags", flush=True)
            good = [_all_start(service, herd), _comes_back(service, herd)]
            good.append(_comes_back_changed(service, herd, url, options.flags))
    finally:
        service.close()
    return 0 if all(good) else 1


def _all_start(service: Service, herd: Herd) -> bool:
    with metered(service) as meter:
        herd.wake()
        seconds = herd.seconds_until(1)
    return _told("all start at once", meter, seconds)


def _comes_back(service: Service, herd: Herd) -> bool:
    """Nobody may need a snapshot: whoever holds the head is told so by the stream."""
    service.kill()
    with metered(service) as meter:
        service.start()
        began = time.monotonic()
        eventually(lambda: meter.total(CHANGES, "200") >= herd.clients, "every stream")
        seconds = time.monotonic() - began
    return _told("killed, back unchanged", meter, seconds)


def _comes_back_changed(service: Service, herd: Herd, url: str, flags: int) -> bool:
    """Another replica has committed meanwhile: this one cannot lead anybody from before its start."""
    service.kill()
    revision = _changed(url, flags)
    with metered(service) as meter:
        service.start()
        seconds = herd.seconds_until(revision)
    return _told("killed, back with a change", meter, seconds)


def _changed(url: str, flags: int) -> int:
    """Commit a change, and give its revision."""
    with closing(open_store(url, chance=random.random)) as store:
        copy(store, intent("herd"), range(flags, flags + 1))
        with store.reading() as view:
            return view.heads()["production"].revision


def _told(what: str, meter: Meter, seconds: float) -> bool:
    most = meter.most_per_second(SNAPSHOTS, "200")
    print(
        f"{what}: everybody current after {seconds:.1f} s; snapshots {meter.total(SNAPSHOTS, '200'):.0f} given, "
        f"at most {most:.0f} in a second, {meter.total(SNAPSHOTS, '503'):.0f} put off; streams opened "
        f"{meter.total(CHANGES, '200'):.0f}, refused {meter.total(CHANGES, '503'):.0f}",
        flush=True,
    )
    return most <= RATE * SLACK and seconds <= CURRENT_SECONDS


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, default=1000)
    parser.add_argument("--processes", type=int, default=4)
    parser.add_argument("--flags", type=int, default=200)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
