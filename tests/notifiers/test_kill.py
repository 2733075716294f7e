"""Killed while somebody is being told: nothing is lost, nothing overtakes, and what was told twice says so."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from flagsvc.domain.instants import text_of
from flagsvc.domain.rollouts.notice import Notice
from flagsvc.store import SqlStore
from tests.notifiers.contract import NOTICE
from tests.notifiers.receivers import Receiver
from tests.support.fake_http import FaultName
from tests.support.process import mortal
from tests.support.timing import eventually
from tests.support.tree import ROOT

TAKEN_SECONDS = "1.5"
"""Longer than a kill and a start take here, so that the order is put to the test."""


@contextmanager
def teller(store: SqlStore, url: str, secret: Path) -> Iterator[subprocess.Popen[str]]:
    database = store.engine.url.render_as_string(hide_password=False)
    program = [sys.executable, "-m", "tests.notifiers.teller", database, url, str(secret), TAKEN_SECONDS]
    words = [*mortal("KILL"), *program]
    with subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            yield process
        finally:
            os.kill(process.pid, signal.SIGKILL)


def happen(store: SqlStore, first: int, last: int) -> list[Notice]:
    at = text_of(datetime.now(UTC))
    notices = [replace(NOTICE, number=number, at=at) for number in range(first, last + 1)]
    store.run([], lambda tx: tx.add_notices(notices))
    return notices


def killed(store: SqlStore, folder: Path, fault: FaultName) -> list[tuple[int, str]]:
    """Kill whoever tells while the fault holds, let another one go on, and give what arrived."""
    secret = folder / "secret"
    secret.write_text("of-both-sides")
    with Receiver() as receiver:
        happen(store, 1, 3)
        with receiver.bent(fault), teller(store, receiver.url, secret):
            eventually(lambda: receiver.asked)
        with teller(store, receiver.url, secret):
            eventually(lambda: receiver.taken and receiver.taken[-1].json()["number"] == 3)
        return [(asked.json()["number"], asked.headers["Idempotency-Key"]) for asked in receiver.taken]


def test_a_notice_that_nobody_took_yet_survives_the_death_of_whoever_was_telling_it(
    sqlite: SqlStore, tmp_path: Path
) -> None:
    arrived = killed(sqlite, tmp_path, "mute")

    assert [number for number, _ in arrived] == [1, 2, 3]


def test_one_that_arrived_unheard_comes_again_with_the_same_name(store: SqlStore, tmp_path: Path) -> None:
    arrived = killed(store, tmp_path, "late")

    assert [number for number, _ in arrived] == [1, 1, 2, 3]
    assert len({name for _, name in arrived}) == 3
