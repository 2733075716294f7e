"""What each way of connecting an edge costs: five proxies, each by itself, asking, and told.

All modes of a proxy run side by side, and are put under load in turn; the table has medians over the rounds in which
the host took the least. Both ratios are those of the median round to the bare proxy of the same round: of requests per
second, and of requests per second of processor time, the proxy's and the service's together. On a machine of one's own
the first one depends on how many cores there are for the proxy, the service, the back ends and the load; the second one
does not. Bare is the same proxy with the same connections to its back ends, and nothing to decide.
"""

import shutil
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import partial
from operator import itemgetter
from statistics import median
from typing import NamedTuple

from benchmarks import edges_caddy, edges_envoy, edges_haproxy, edges_nginx, edges_traefik
from benchmarks.edge import CANARY, Ports, Running
from benchmarks.edge_backends import Backends, backends
from benchmarks.edge_load import CONNECTIONS, Sent, sent
from benchmarks.host import Processor, used
from flagsdk.core.allocation import WHOLE
from tests.support.pipeline import ask_all, request
from tests.support.service import Service
from tests.support.timing import eventually

BARE = "bare"
SHARE, SLACK, SOME = CANARY / WHOLE, 0.02, 0.001
ASKING = ("asked", "asked-cached")
FILLING = {"asked-cached": 3}
"""Seconds of load before each round that are not counted: what is kept for five seconds is gone by the next round."""


class Pace(NamedTuple):
    """How many of how many rounds count, the seconds of load in each mode in each, and those before the first."""

    rounds: int
    tries: int
    seconds: int
    before: int


PACE = Pace(rounds=4, tries=5, seconds=1, before=1)

Start = Callable[[str, Ports], AbstractContextManager[Running]]


class Proxy(NamedTuple):
    """A program, how it is started in a mode, and its modes; the bare one is the first."""

    name: str
    start: Start
    modes: Sequence[str]


PROXIES = [
    Proxy("HAProxy", edges_haproxy.running, tuple(edges_haproxy.CONFIGURATIONS)),
    Proxy("nginx", edges_nginx.running, tuple(edges_nginx.CONFIGURATIONS)),
    Proxy("Envoy", edges_envoy.running, tuple(edges_envoy.CONFIGURATIONS)),
    Proxy("Caddy", edges_caddy.running, tuple(edges_caddy.CONFIGURATIONS)),
    Proxy("Traefik", edges_traefik.running, tuple(edges_traefik.CONFIGURATIONS)),
]


class Seen(NamedTuple):
    """One mode in one round: what wrk saw, microseconds of processor time per request, who answered how often."""

    load: Sent
    proxy_us: float
    service_us: float
    stable: int
    canary: int

    @property
    def spent_us(self) -> float:
        """All processor time that a request costs before it is at a back end."""
        return self.proxy_us + self.service_us


Round = Mapping[str, Seen]


class World(NamedTuple):
    """Two back ends, and a service whose split sends 5 % to the canary."""

    backends: Backends
    service: Service

    @property
    def ports(self) -> Ports:
        """Where they are."""
        return Ports(self.backends.stable, self.backends.canary, self.service.port)


def main() -> int:
    """Print a table for each proxy."""
    if not shutil.which("wrk"):
        raise SystemExit("wrk is not installed: `make bench` installs it")
    before = Processor.now()
    with world() as everything:
        for proxy in PROXIES:
            found = measured(proxy, everything, PACE)
            print("\n".join(table(proxy, found)), flush=True)
    taken = f"the host took {before.stolen_since():.0%} of the processor meanwhile"
    rounds = f"{PACE.rounds} of {PACE.tries} rounds of {PACE.seconds} s each"
    print(f"{rounds}, {CONNECTIONS} connections, load by wrk; {taken}")
    return 0


@contextmanager
def world() -> Iterator[World]:
    """Start what every edge needs, and end it."""
    service = Service({"SAMPLE_DATA": "true", "LOG_LEVEL": "warning"})
    try:
        with backends() as both:
            service.start()
            weights = {"weights": {"stable": WHOLE - CANARY, "canary": CANARY}}
            service.call("POST", "environments/production/splits/checkout/weights", weights)
            yield World(both, service)
    finally:
        service.close()


def measured(proxy: Proxy, world: World, pace: Pace) -> list[Round]:
    """Run all modes, put them under load in turn again and again; gives the rounds in which the host took the least."""
    with ExitStack() as stack:
        edges = {mode: stack.enter_context(proxy.start(mode, world.ports)) for mode in proxy.modes}
        for mode, edge in edges.items():
            warm(edge, pace.before)
            eventually(partial(splits, mode, edge), f"the canary's share at {proxy.name}, {mode}")
        seen = [tried(edges, world, pace.seconds) for _ in range(pace.tries)]
    seen.sort(key=itemgetter(0))
    kept = [each for _, each in seen[: pace.rounds]]
    for mode in proxy.modes:
        check(proxy.name, mode, [each[mode] for each in kept])
    return kept


def tried(edges: Mapping[str, Running], world: World, seconds: int) -> tuple[float, Round]:
    """Put every mode under load, one after the other; gives what the host took meanwhile, too."""
    before = Processor.now()
    seen = {}
    for mode, edge in edges.items():
        warm(edge, FILLING.get(mode, 0))
        seen[mode] = loaded(edge, world, seconds)
    return before.stolen_since(), seen


def warm(edge: Running, seconds: int) -> None:
    """Put one under load that does not count: connections, caches, compilers."""
    if seconds:
        sent(edge.port, seconds)


def loaded(edge: Running, world: World, seconds: int) -> Seen:
    """Put one under load."""
    pids = (edge.process.pid, world.service.pid)
    before, counts = [used(pid) for pid in pids], world.backends.counts()
    load = sent(edge.port, seconds)
    proxy, service = (1e6 * (used(pid) - start) / load.requests for pid, start in zip(pids, before, strict=True))
    stable, canary = (now - was for now, was in zip(world.backends.counts(), counts, strict=True))
    return Seen(load, proxy, service, stable, canary)


def splits(mode: str, edge: Running) -> bool:
    """Whether a thousand users, asked for twice, are shared out the second time as they should be."""
    for _ in range(2):  # the second time answers come from the cache, where there is one
        answers = ask_all(edge.port, [request("/", {"X-User-Id": f"user-{number}"}) for number in range(1_000)])
    return fits(mode, sum(answer.body == b"canary" for answer in answers) / len(answers), SHARE - SLACK)


def check(proxy: str, mode: str, seen: Sequence[Seen]) -> None:
    """Fail unless every request reached a back end, and each of the two got its share; raises SystemExit.

    Under load an edge that asks sends those to stable whose answer comes too late, so its canary may get less.
    """
    answered, arrived = sum(each.load.requests for each in seen), sum(each.stable + each.canary for each in seen)
    least = SOME if mode in ASKING else SHARE - SLACK
    if arrived < answered or not fits(mode, share(seen), least):
        found = f"{arrived} of {answered} requests arrived, {share(seen):.1%} of them at the canary"
        raise SystemExit(f"{proxy}, {mode}: {found}")


def fits(mode: str, found: float, least: float) -> bool:
    """Whether the canary's share is what the mode makes it."""
    return found == 0 if mode == BARE else least <= found <= SHARE + SLACK


def share(seen: Sequence[Seen]) -> float:
    """Give the canary's share of all requests that arrived."""
    canary = sum(each.canary for each in seen)
    return canary / (canary + sum(each.stable for each in seen))


def table(proxy: Proxy, rounds: Sequence[Round]) -> Iterator[str]:
    """Give the lines of one proxy."""
    yield f"{proxy.name:<18}requests/s by clock   p50 ms   p99 ms   proxy µs service µs by processor  canary"
    for mode in proxy.modes:
        seen = [each[mode] for each in rounds]
        clock = median(each[mode].load.per_second / each[BARE].load.per_second for each in rounds)
        processor = median(each[BARE].spent_us / each[mode].spent_us for each in rounds)
        load = [median(getattr(each.load, name) for each in seen) for name in ("per_second", "p50_ms", "p99_ms")]
        proxy_us, service_us = (median(getattr(each, name) for each in seen) for name in ("proxy_us", "service_us"))
        yield (
            f"  {mode:<16}{load[0]:>10.0f} {clock:>7.2f}x {load[1]:>8.2f} {load[2]:>8.2f}"
            f"   {proxy_us:>8.1f} {service_us:>10.1f} {processor:>11.2f}x {share(seen):>7.1%}"
        )


if __name__ == "__main__":
    sys.exit(main())
