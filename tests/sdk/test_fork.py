"""A fork: the child answers at once, and gets a thread of its own with the first read; nobody calls anything."""

import operator
import os
import threading
import time
import traceback
from collections.abc import Callable
from pathlib import Path

import pytest

from flagsdk import FlagClient
from flagsdk.usage import Use
from flagsdk.wire import whole_json
from tests.sdk.documents import FIRST, OFF, change, texts
from tests.sdk.scripted import Scripted
from tests.support.timing import eventually

pytestmark = pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")


def in_child(check: Callable[[], object]) -> None:
    """Fork; fail unless the child's check passes. The child never returns into the test."""
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            check()
            code = 0
        except BaseException:  # noqa: BLE001 - the child has nobody else to tell
            traceback.print_exc()
        finally:
            os._exit(code)
    deadline = time.monotonic() + 60
    while (ended := os.waitpid(pid, os.WNOHANG)) == (0, 0):
        if time.monotonic() > deadline:
            os.kill(pid, 9)
        time.sleep(0.01)
    assert os.waitstatus_to_exitcode(ended[1]) == 0


def threads() -> int:
    """Count the clients' threads of this process that are not of other tests."""
    return sum(thread.name == "flagsdk" and thread not in _OTHERS for thread in threading.enumerate())


_OTHERS: set[threading.Thread] = set()


@pytest.fixture(autouse=True)
def others() -> None:
    """Take note of the clients that other tests of this process share."""
    _OTHERS.clear()
    _OTHERS.update(threading.enumerate())


def test_a_child_answers_from_the_snapshot_and_starts_its_own_thread(client: FlagClient) -> None:
    client.is_enabled("a")

    def check() -> None:
        assert threads() == 0
        assert client.is_enabled("a") is True
        assert threads() == 1
        assert client.status.state == "ready"

    in_child(check)
    assert client.is_enabled("a") is True
    assert threads() == 1


def test_a_child_follows_by_itself(tmp_path: Path) -> None:
    path = tmp_path / "flags.json"
    path.write_text('{"a": false}')
    with FlagClient(file=str(path)) as client:

        def check() -> None:
            assert client.is_enabled("a") is False
            path.write_text('{"a": true}')
            eventually(lambda: client.is_enabled("a"))

        in_child(check)
        eventually(lambda: client.is_enabled("a"))


def test_a_child_of_a_parent_without_a_source_follows_whatever_comes_first(tmp_path: Path) -> None:
    """What was kept for the start need not be followed by anything, and is not kept again, in the child neither."""
    path, cache = tmp_path / "flags.json", tmp_path / "cache"
    with FlagClient(file=str(path), bootstrap={"a": False}, cache_dir=cache) as client:
        eventually(lambda: client.ready)

        def check() -> None:
            assert client.is_enabled("a") is False
            eventually(lambda: client.status.faults)
            assert client.status.source == "bootstrap"
            assert not list(cache.glob("*.flags"))
            path.write_text(whole_json(FIRST))
            eventually(lambda: client.is_enabled("a"))

        in_child(check)


def test_a_client_that_was_never_used_is_used_in_the_child_first(source: Scripted) -> None:
    client = FlagClient(source)

    in_child(lambda: client.wait_ready(30) or pytest.fail("not ready"))

    assert threads() == 0
    client.close()


def test_a_closed_client_stays_closed(client: FlagClient) -> None:
    client.close()

    def check() -> None:
        assert client.is_enabled("a") is True
        assert threads() == 0
        assert client.status.state == "closed"

    in_child(check)


def test_a_child_counts_its_own_uses(client: FlagClient) -> None:
    for _ in range(3):
        client.is_enabled("a")

    def check() -> None:
        client.is_enabled("a")
        assert client.usage() == {Use("flag", "a", "on", 1): 1}

    in_child(check)
    assert client.usage() == {Use("flag", "a", "on", 1): 3}


def test_a_child_closes_in_time(client: FlagClient) -> None:
    client.is_enabled("a")

    def check() -> None:
        client.is_enabled("a")
        client.close()
        assert threads() == 0

    in_child(check)
    assert threads() == 1


def test_without_a_thread_to_be_had_reads_go_on(client: FlagClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """As under a limit of processes; the thread comes when there is one."""
    client.is_enabled("a")

    def refuse(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    def check() -> None:
        with monkeypatch.context() as patch:
            patch.setattr(threading.Thread, "start", refuse)
            assert client.is_enabled("a") is True
        assert threads() == 0
        assert client.is_enabled("a") is True
        assert threads() == 1

    in_child(check)


@pytest.mark.parametrize("place", ["_starting", "_switching", "_overrides._lock", "_usage._lock"])
def test_a_lock_that_a_thread_of_the_parent_holds_is_no_lock_of_the_child(client: FlagClient, place: str) -> None:
    lock = operator.attrgetter(place)(client)
    held, ended = threading.Event(), threading.Event()

    def hold() -> None:
        with lock:
            held.set()
            ended.wait(60)

    holding = threading.Thread(target=hold)
    holding.start()
    held.wait(60)
    try:
        in_child(lambda: _answers(client))
    finally:
        ended.set()
        holding.join()


def test_a_child_opens_its_sources_anew(tmp_path: Path) -> None:
    (tmp_path / "flags.json").write_text('{"a": true}')
    with FlagClient(file=str(tmp_path / "flags.json")) as client:
        parents = client._ladder.current

        def check() -> None:
            client.is_enabled("a")
            assert client._ladder.current is not parents

        in_child(check)


def test_a_source_that_cannot_be_opened_in_the_child_is_tried_again(tmp_path: Path) -> None:
    """As while its certificates are renewed; other clients of the process do not suffer."""
    authorities = tmp_path / "ca.pem"
    authorities.write_text("")
    (tmp_path / "flags.json").write_text('{"a": true}')
    address = f"file:{tmp_path / 'flags.json'}"
    with (
        FlagClient(address, "https://127.0.0.1:9", token="t0ken", ca_file=authorities, report_seconds=0) as one,  # noqa: S106 - of nobody
        FlagClient(address) as other,
    ):
        authorities.unlink()

        def check() -> None:
            assert one.is_enabled("a") is other.is_enabled("a") is True
            assert threads() == 1
            authorities.write_text("")
            assert one.is_enabled("a") is True
            assert threads() == 2

        in_child(check)


def test_grandchildren_are_children_too(client: FlagClient) -> None:
    def check() -> None:
        client.is_enabled("a")
        in_child(lambda: _answers(client))

    in_child(check)


def test_no_fork_however_timed_leaves_a_child_waiting(client: FlagClient, source: Scripted) -> None:
    """Locks are held, snapshots replaced and flags compiled while the process is forked."""
    ended = threading.Event()

    def disturb() -> None:
        present = FIRST
        while not ended.is_set():
            step, present = change(present, texts(OFF if present.revision % 2 else {**OFF, "enabled": True}))
            source.heard.put([step])
            client.usage()
            client.on_change("a", lambda changed: None)()
            with client.override(a=True):
                client.is_enabled("a")
            time.sleep(0)

    disturbing = threading.Thread(target=disturb)
    disturbing.start()
    try:
        for _ in range(100):
            in_child(lambda: _answers(client))
    finally:
        ended.set()
        disturbing.join()


def _answers(client: FlagClient) -> None:
    client.is_enabled("a")
    client.usage()
    client.on_change("a", lambda changed: None)()
    with client.override(a=True):
        assert client.is_enabled("a") is True
    assert threads() == 1
