"""Loops: woken at once, outliving every failure, ended when told."""

import threading
import time

import pytest
import redis

from flagsdk.wire import names
from flagsvc.domain.errors import Unavailable
from flagsvc.runner.loop import Loop
from flagsvc.runner.sampler import DOWN, OK, Reading, Sampler
from flagsvc.runner.waker import Waker
from tests.support.timing import eventually, within


def test_a_loop_that_is_woken_does_not_wait() -> None:
    turns: list[float] = []
    loop = Loop("test", lambda: turns.append(time.monotonic()), 60)
    loop.start()
    eventually(lambda: turns)

    loop.wake()

    eventually(lambda: len(turns) == 2)
    loop.stop()
    loop.stop()


def test_no_failure_ends_a_loop() -> None:
    turns: list[int] = []

    def turn() -> None:
        turns.append(1)
        raise RuntimeError(f"failure {len(turns)}")

    loop = Loop("test", turn, 0.01)
    loop.start()

    eventually(lambda: len(turns) > 3)
    loop.stop()


def test_no_failure_delays_the_next_turn_by_more_than_three_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Or who comes back from an outage would lag behind for longer than the five seconds that are promised."""

    def turn() -> None:
        raise OSError("away")

    monkeypatch.setattr("flagsvc.runner.loop.CHANCE.uniform", lambda low, high: high)
    loop = Loop("test", turn, 1)

    assert max(loop._attempt() for _ in range(30)) <= 3


def test_the_log_has_what_callers_are_not_told(caplog: pytest.LogCaptureFixture) -> None:
    """What a driver says names hosts and ports."""

    def turn() -> None:
        raise Unavailable("The database does not answer.", cause="connection to 10.1.2.3 refused")

    Loop("test", turn, 1)._attempt()

    assert "The database does not answer. (connection to 10.1.2.3 refused)" in caplog.text


def test_a_loop_may_end_itself() -> None:
    turns: list[int] = []

    def turn() -> None:
        turns.append(1)
        loop.finish()

    loop = Loop("test", turn, 0.0)

    loop.start()

    eventually(lambda: turns)
    time.sleep(0.05)
    assert turns == [1]


def test_a_state_keeps_its_since_until_its_status_changes() -> None:
    readings = [Reading(OK, "1"), Reading(OK, "2"), Reading(DOWN, "3")]
    pause = threading.Event()

    def probe() -> Reading:
        if len(readings) == 1:
            pause.wait(5)
        return readings.pop(0) if len(readings) > 1 else readings[0]

    sampler = Sampler({"thing": probe}, seconds=0.01)
    sampler.start()
    eventually(lambda: sampler.states().get("thing", Reading("", "")).value == "2")
    since = sampler.states()["thing"].since
    pause.set()

    eventually(lambda: sampler.states()["thing"].status == DOWN)
    sampler.stop()
    assert sampler.states()["thing"].since >= since


def test_a_probe_that_raises_means_down_and_names_no_detail() -> None:
    def probe() -> Reading:
        raise ConnectionError("password=secret")

    sampler = Sampler({"thing": probe}, seconds=60)
    sampler.start()

    eventually(lambda: "thing" in sampler.states())
    sampler.stop()
    assert (sampler.states()["thing"].status, sampler.states()["thing"].value) == (DOWN, "ConnectionError")


def test_an_entry_in_the_stream_wakes_whoever_follows_that_environment(redis_url: str) -> None:
    woken: list[str] = []
    client = redis.Redis.from_url(redis_url)
    client.xadd(names("production").changes, {"old": "entry"}, id="4-0")
    waker = Waker(redis_url, lambda: ["production", "staging"], woken.append)
    waker.start()
    time.sleep(0.3)
    assert woken == []

    with within(0.9):  # by the entry, not by a later look
        client.xadd(names("production").changes, {"new": "entry"}, id="5-0")
        eventually(lambda: woken)

    client.delete(names("production").changes)
    client.xadd(names("production").changes, {"anew": "entry"}, id="1-0")
    eventually(lambda: len(woken) > 1)
    client.xadd(names("staging").changes, {"first": "entry"}, id="1-0")
    eventually(lambda: "staging" in woken)
    waker.stop()
    client.close()
