"""The benchmarks of edges, for a moment: they run, and they notice an edge that does not split as it should."""

import pytest

from benchmarks import edge_propagation, edges
from benchmarks.edge_backends import backends
from benchmarks.edge_load import Sent, read
from benchmarks.edges import BARE, Pace, Seen, check, table
from benchmarks.host import used
from tests.support.process import Child, mortal

PRINTED = """\
Running 1s test @ http://127.0.0.1:8081/
  1 threads and 16 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency   594.90us    1.01ms  17.87ms   94.70%
    Req/Sec    33.37k     8.39k   44.68k    60.00%
  Latency Distribution
     50%  385.00us
     75%  589.00us
     90%    0.97ms
     99%    1.05s
  33269 requests in 1.01s, 5.27MB read
Requests/sec:  32939.65
Transfer/sec:      5.22MB
"""


def seen(stable: int, canary: int, *, answered: int = 1_000) -> list[Seen]:
    """Make one round."""
    return [Seen(Sent(answered, 1_000.0, 1.0, 2.0), 10.0, 5.0, stable, canary)]


@pytest.mark.servers
def test_the_modes_of_a_proxy_are_measured_side_by_side_and_the_one_that_asks_costs_the_service_something() -> None:
    [haproxy] = [proxy for proxy in edges.PROXIES if proxy.name == "HAProxy"]

    with edges.world() as world:
        [found] = edges.measured(haproxy, world, Pace(rounds=1, tries=1, seconds=1, before=0))

    assert list(found) == [BARE, "asked", "told-allocation", "told-weights"]
    assert min(each.proxy_us for each in found.values()) > 0
    assert found["asked"].service_us > found["told-allocation"].service_us
    assert len(list(table(haproxy, [found]))) == 1 + len(found)


@pytest.mark.servers
def test_a_change_is_followed_to_the_edge_and_to_the_binding() -> None:
    with backends() as both:
        took = edge_propagation.measured("haproxy-weights", both, changes=2, warm_up=0)

    assert len(took) == 2
    assert all(each.first >= 0 and each.applied > 0 for each in took)


@pytest.mark.parametrize(
    ("mode", "stable", "canary"),
    [
        (BARE, 999, 1),
        ("told-allocation", 1_000, 0),
        ("told-allocation", 900, 100),
        ("told-weights", 980, 20),
        ("asked", 1_000, 0),
        ("asked", 900, 100),
        ("told-weights", 949, 50),
    ],
)
def test_a_mode_whose_back_ends_do_not_get_their_shares_ends_the_run(mode: str, stable: int, canary: int) -> None:
    with pytest.raises(SystemExit, match=f"nginx, {mode}: "):
        check("nginx", mode, seen(stable, canary))


@pytest.mark.parametrize(
    ("mode", "stable", "canary"), [(BARE, 1_000, 0), ("told-weights", 950, 50), ("asked", 980, 20)]
)
def test_a_mode_whose_back_ends_get_their_shares_counts(mode: str, stable: int, canary: int) -> None:
    check("nginx", mode, seen(stable, canary))


def test_what_wrk_prints_is_read_in_milliseconds() -> None:
    assert read(PRINTED) == Sent(33_269, 32_939.65, 0.385, 1_050.0)


@pytest.mark.parametrize("line", ["Non-2xx or 3xx responses: 3", "Socket errors: connect 0, read 1"])
def test_a_request_that_failed_ends_the_run(line: str) -> None:
    with pytest.raises(SystemExit):
        read(f"{PRINTED}  {line}\n")


def test_the_processor_time_of_descendants_counts() -> None:
    child = Child("busy")
    try:
        busy = "i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done; sleep 60"
        child.spawn([*mortal("KILL"), "sh", "-c", f"({busy}) & wait"], lambda: used(child.pid) > 0.05)
    finally:
        child.kill()
        child.close()
