"""The short form of the service's soak, and the line by which growth is told from noise."""

import time

import pytest

from scripts.reliability.service_soak import trends
from tests.faults.service_growth import Held, soaking
from tests.faults.trend import trend


@pytest.mark.servers
def test_a_service_under_every_kind_of_load_fails_nobody_and_is_looked_at() -> None:
    with soaking(rate=2) as soaked:
        for _ in range(8):
            soaked.look()
            time.sleep(0.5)
        load, held = soaked.load, list(soaked.held)

    assert load.failed == []
    assert load.done.keys() == {
        "OFREP single", "OFREP bulk", "traffic decide", "admin read", "admin write", "SDK decision", "SDK replaced",
    }  # fmt: skip
    assert all(each.tasks > 0 and each.connections > 0 and each.descriptors > 0 for each in held)
    assert held[-1].threads - held[3].threads <= 4
    assert [each.name for each in trends(held)] == ["rss_mib", "descriptors", "threads", "tasks", "connections"]


def test_what_leaks_one_thing_a_minute_is_told_from_what_swings() -> None:
    seconds = [60.0 * minute for minute in range(60)]
    leaking = [100 + minute + minute % 7 for minute in range(60)]
    swinging = [100 + minute % 7 for minute in range(60)]

    leak, swing = trend("files", 3, seconds, leaking), trend("files", 3, seconds, swinging)

    assert (leak.flat, round(leak.per_hour)) == (False, 60)
    assert (swing.flat, abs(swing.growth) < 1) == (True, True)


def test_what_shrinks_is_flat_and_a_jump_that_stays_is_growth() -> None:
    seconds = [float(second) for second in range(100)]

    assert trend("files", 3, seconds, [100.0 - second for second in range(100)]).flat
    assert not trend("files", 3, seconds, [10.0] * 50 + [16.0] * 50).flat


def test_two_values_say_nothing() -> None:
    with pytest.raises(ValueError, match="2 values are too few"):
        trends([Held(0, 1, 1, 1, 1, 1), Held(1, 1, 1, 1, 1, 1)])
