"""Smoke tests over real HTTP: everything that is wrong is told, check by check."""

import socket
import time
from collections.abc import Iterator

import pytest

from flagsvc.domain.rollouts.plan import Check
from flagsvc.outbound import smoke as module
from flagsvc.outbound.gates import Gates
from flagsvc.outbound.guarded import Guarded
from flagsvc.outbound.smoke import MOST_BYTES
from tests.outbound.conftest import Serve
from tests.support.fake_http import Answer, Asked, Fake
from tests.support.timing import within

NOT_THERE = (
    "10.0.0.1 may not be reached: 10.0.0.1 is private, local or special, and not in FLAGSVC_OUTBOUND_NETWORKS "
    "(the operator's)"
)


class Shop(Fake):
    """An application: its answers by path."""

    def is_write(self, asked: Asked) -> bool:
        return True

    def answer(self, asked: Asked) -> Answer:
        if asked.path == "/cart":
            return Answer(201 if asked.body == b"{}" and asked.headers.get("X-Try") == "1" else 400)
        if asked.path == "/moved":
            return Answer(302, b"", {"Location": f"{self.url}/health"})
        if asked.path == "/large":
            return Answer(200, b"x" * (MOST_BYTES + 10) + b"end")
        return Answer(200, b'{"status": "up"}') if asked.path == "/health" else Answer(500, b"oh no")


@pytest.fixture
def shop() -> Iterator[Shop]:
    with Shop() as started:
        yield started


@pytest.fixture
def gates(client: Guarded) -> Gates:
    return Gates(client)


def test_it_passes_when_every_answer_is_as_wanted(gates: Gates, shop: Shop) -> None:
    checks = [
        Check(url=f"{shop.url}/health", contains='"up"'),
        Check(url=f"{shop.url}/cart", method="POST", headers={"X-Try": "1"}, body="{}", statuses=(200, 201)),
        Check(url=f"{shop.url}/moved", statuses=(302,)),
    ]

    assert gates.smoke(checks) == ("passed", "3 checks passed")
    assert [asked.path for asked in shop.asked] == ["/health", "/cart", "/moved"]


def test_it_names_everything_that_is_wrong(gates: Gates, shop: Shop) -> None:
    checks = [
        Check(url=f"{shop.url}/pay?token=s3cret"),
        Check(url=f"{shop.url}/health"),
        Check(url=f"{shop.url}/health", contains="down"),
        Check(url=f"{shop.url}/moved", statuses=(200, 204)),
        Check(url="http://127.0.0.1:1/"),
        Check(url="http://10.0.0.1/", method="HEAD"),
        Check(url="not a URL"),
    ]

    outcome = gates.smoke(checks)

    assert outcome.standing == "failed"
    assert outcome.detail.split("; ") == [
        f"GET {shop.url}/pay?… gave 500, wanted 200",
        f"GET {shop.url}/health gave 200 without 'down'",
        f"GET {shop.url}/moved gave 302, wanted 200 or 204",
        "GET http://127.0.0.1:1/: port 1: only 80, 443, and 1024 upwards",
        f"HEAD http://10.0.0.1/: {NOT_THERE}",
        "GET not a URL: the URL has a sign that no URL has: write it with %-escapes, and the host in ASCII",
    ]


def test_a_port_that_is_barred_names_its_place_once(gates: Gates) -> None:
    assert gates.smoke([Check(url="http://127.0.0.1:22/")]).detail == (
        "GET http://127.0.0.1:22/: port 22: only 80, 443, and 1024 upwards"
    )


def test_nothing_to_check_is_no_success(gates: Gates) -> None:
    assert gates.smoke([]) == ("failed", "there is nothing to check")


def test_a_text_is_looked_for_in_the_first_megabyte(gates: Gates, shop: Shop) -> None:
    (found, missing) = (gates.smoke([Check(url=f"{shop.url}/large", contains=text)]) for text in ("xxx", "end"))

    assert found.standing == "passed"
    assert missing.detail.endswith("gave 200 without 'end' in its first 1048576 bytes")


def test_a_dead_one_and_a_mute_one_fail_within_their_times(gates: Gates, shop: Shop) -> None:
    check = Check(url=f"{shop.url}/health", timeout_seconds=0.2)

    with shop.bent("mute"), within(5):
        assert gates.smoke([check]).detail.endswith("the answer took too long")
    with shop.bent("drip"), within(5):
        drip = gates.smoke([Check(url=check.url, contains="never", timeout_seconds=0.2)])
    with shop.down():
        dead = gates.smoke([check])

    assert drip.standing == dead.standing == "failed"
    assert dead.detail.endswith("no connection")
    assert gates.smoke([check]).standing == "passed"


def test_many_slow_checks_are_bounded_together_and_the_rest_is_said_not_to_be_tried(
    gates: Gates, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow(end: socket.socket, head: str) -> None:
        time.sleep(0.2)
        end.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    monkeypatch.setattr(module, "MOST_SECONDS", 0.5)
    server = serve(slow)

    with within(5):
        outcome = gates.smoke([Check(url=f"http://127.0.0.1:{server.port}/")] * 10)

    assert outcome.standing == "failed"
    assert "not tried, the checks before it took 0.5 s" in outcome.detail


def test_a_fault_of_ours_is_a_failed_try_and_ends_no_loop(shop: Shop) -> None:
    def broken(*_: object) -> list[str]:
        raise KeyError("s3cret")

    outcome = Gates(Guarded(resolve=broken)).smoke([Check(url=f"{shop.url}/health")])

    assert outcome == ("failed", "KeyError: a fault of the service, see its log")
