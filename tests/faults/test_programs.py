"""Short forms of the long programs (docs/reliability.md): the outage, the herd, and growth."""

import random
import time
from pathlib import Path

import pytest

from tests.faults.growth import growing, settled
from tests.faults.herd import CHANGES, SLACK, SNAPSHOTS, Herd, metered
from tests.faults.outage import endure, stage
from tests.support.servers import RedisServer
from tests.support.service import Service
from tests.support.timing import eventually

pytestmark = pytest.mark.servers

CLIENTS, RATE = 100, 25
MIB = 2**20


def test_with_everything_down_an_application_that_starts_again_and_again_answers_rightly_from_its_copy() -> None:
    with stage(per_second=5_000) as running:
        running.fall()
        outcome = endure(running, seconds=6, restarts=2)
        last = running.application.reports[-1]
        revision = running.rise()
        eventually(lambda: running.revision() >= revision, "the application at the head")

    assert [life.source for life in outcome.lives[1:]] == ["disk"]
    assert last.source == "disk"
    assert max(life.ready_seconds for life in [*outcome.lives, last]) < float("inf")
    assert (outcome.wrong + last.wrong, outcome.raised + last.raised) == (0, 0)
    assert outcome.calls + last.calls > 0


def test_a_herd_is_led_in_at_the_rate_and_comes_back_without_asking_for_everything(tmp_path: Path) -> None:
    service = Service({"SNAPSHOT_RATE": str(RATE), "SAMPLE_DATA": "true"})
    try:
        service.start()
        wanted = {"kind": "sdk", "environment": "production", "name": "herd"}
        token = service.call("POST", "tokens", wanted)["document"]["token"]
        with Herd(service.url, token, CLIENTS, processes=2) as herd:
            with metered(service) as start:
                herd.wake()
                started = herd.seconds_until(1)
                eventually(lambda: start.total(CHANGES, "200") == CLIENTS, "every stream")
            service.kill()
            with metered(service) as again:
                service.start()
                eventually(lambda: again.total(CHANGES, "200") == CLIENTS, "every stream once more")
    finally:
        service.close()

    assert started <= 30
    assert start.total(SNAPSHOTS, "200") == CLIENTS
    assert start.total(SNAPSHOTS, "503") > 0
    assert 0 < start.most_per_second(SNAPSHOTS, "200") <= RATE * SLACK
    assert again.total(SNAPSHOTS, "200") == 0


def test_nothing_grows_while_new_units_are_asked_for_and_changes_arrive(
    redis_server: RedisServer, tmp_path: Path
) -> None:
    chance = random.Random(1)  # noqa: S311 - the same changes every time
    with growing(tmp_path, redis_server, per_second=20_000) as growth:
        for _ in range(150):
            revision = growth.change(chance)
            time.sleep(0.05)
        eventually(lambda: (growth.application.reports[-1].revision or 0) >= revision)
        reports = growth.application.reports
    kept = settled(reports, 0.5)

    assert reports[-1].raised == 0
    assert reports[-1].calls > 0
    assert {report.threads for report in kept} == {kept[0].threads}
    assert kept[-1].descriptors <= kept[0].descriptors
    assert kept[-1].rss_bytes - kept[0].rss_bytes < 2 * MIB
