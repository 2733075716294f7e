"""The copy on disk: atomic, checked, shared by many processes, and never a reason for anything to fail."""

import json
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flagsdk.disk import DiskCopy
from flagsdk.wire import FORMAT, Corrupt, Digest, Whole
from tests.sdk.documents import FIRST, OFF, change, flag, texts, whole
from tests.support.timing import eventually

LATER = change(FIRST, texts(OFF))[1]


class Clock:
    """Monotonic seconds that a test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def kept(folder: Path, snapshot: Whole = FIRST) -> DiskCopy:
    copy = DiskCopy(folder, "copy")
    copy.keep(snapshot, time.monotonic(), at_once=True)
    return copy


def held(copy: DiskCopy) -> Whole:
    read = copy.read()
    assert read is not None
    return read[0]


def test_what_was_kept_is_read_back_whatever_it_says(tmp_path: Path) -> None:
    odd = whole(texts(flag("ä", name='line\n\u2028"\\end'), flag("b", "object")), 2**40, "e-1", "prod")

    assert held(kept(tmp_path, odd)) == odd
    assert kept(tmp_path).faults == 0


@given(documents=st.dictionaries(st.text(st.characters(codec="utf-8")), st.text(st.characters(codec="utf-8"))))
def test_documents_survive_byte_for_byte(tmp_path_factory: pytest.TempPathFactory, documents: dict[str, str]) -> None:
    snapshot = Whole("production", "e", 3, Digest.of(documents).hex, FORMAT, 5, documents)

    assert held(kept(tmp_path_factory.mktemp("copy"), snapshot)) == snapshot


def test_without_a_file_there_is_nothing(tmp_path: Path) -> None:
    assert DiskCopy(tmp_path / "nowhere", "copy").read() is None


def test_only_its_owner_may_read_it(tmp_path: Path) -> None:
    copy = kept(tmp_path / "new")

    assert copy.path.stat().st_mode & 0o777 == 0o600
    assert copy.path.parent.stat().st_mode & 0o777 == 0o700


def test_any_byte_that_is_cut_or_flipped_is_noticed(tmp_path: Path) -> None:
    copy = kept(tmp_path)
    good = copy.path.read_bytes()

    for place in range(len(good)):
        for bad in (good[:place], good[:place] + bytes([good[place] ^ 0x10]) + good[place + 1 :]):
            copy.path.write_bytes(bad)
            with pytest.raises(Corrupt):
                copy.read()
    copy.path.write_bytes(good + b"\n")
    with pytest.raises(Corrupt):
        copy.read()


def test_a_layout_of_the_future_is_refused_not_misread(tmp_path: Path) -> None:
    copy = kept(tmp_path)
    first, *rest = copy.path.read_text().splitlines(keepends=True)
    copy.path.write_text("".join([json.dumps(json.loads(first) | {"layout": 2}) + "\n", *rest]))

    with pytest.raises(Corrupt, match="layout 2"):
        copy.read()


def test_changes_in_quick_succession_are_written_together(tmp_path: Path) -> None:
    clock = Clock()
    copy = DiskCopy(tmp_path, "copy", clock=clock)
    copy.keep(FIRST, clock.now)
    copy.keep(LATER, clock.now)
    assert held(copy).revision == 1

    clock.now += 5
    copy.keep(LATER, clock.now)

    assert held(copy).revision == 2


def test_who_is_behind_leaves_the_file_alone(tmp_path: Path) -> None:
    kept(tmp_path, LATER)

    behind = kept(tmp_path, FIRST)

    assert held(behind).revision == 2


def test_another_epoch_takes_its_place(tmp_path: Path) -> None:
    kept(tmp_path, LATER)

    assert held(kept(tmp_path, whole(FIRST.documents, 1, "e2"))).epoch == "e2"


@pytest.mark.parametrize("harm", [(b"true", b"TRUE"), (b'"revision":1', b'"revision":9'), (b"\n", b"")], ids=str)
def test_a_damaged_copy_is_written_anew_even_at_the_same_revision(tmp_path: Path, harm: tuple[bytes, bytes]) -> None:
    path = kept(tmp_path).path
    path.write_bytes(path.read_bytes().replace(*harm))

    mended = kept(tmp_path)

    assert held(mended).documents == FIRST.documents


def test_a_copy_that_somebody_removed_is_written_anew(tmp_path: Path) -> None:
    copy = kept(tmp_path)
    copy.path.unlink()

    copy.keep(FIRST, time.monotonic(), at_once=True)
    copy.keep(FIRST, time.monotonic(), at_once=True)

    assert held(copy).revision == 1


def test_a_copy_that_was_written_late_is_no_younger_than_its_confirmation(tmp_path: Path) -> None:
    """As after an outage through which the disk was full."""
    clock = Clock()
    copy = DiskCopy(tmp_path, "copy", clock=clock)

    copy.keep(FIRST, clock.now - 3_600)

    assert (copy.read() or (None, 0))[1] >= 3_600


def test_its_age_counts_from_the_last_confirmation(tmp_path: Path) -> None:
    clock = Clock()
    copy = DiskCopy(tmp_path, "copy", clock=clock)
    copy.keep(FIRST, clock.now)
    os.utime(copy.path, (1_000_000_000, 1_000_000_000))
    assert (copy.read() or (None, 0))[1] > 1_000_000

    clock.now += 30
    copy.keep(FIRST, clock.now)

    assert (copy.read() or (None, float("inf")))[1] < 60


@pytest.mark.parametrize("trouble", ["a file in the way", "no such place", "a folder in the way"])
def test_a_disk_that_takes_nothing_is_counted_and_nothing_else(tmp_path: Path, trouble: str) -> None:
    folder = {"no such place": Path("/proc/nothing")}.get(trouble, tmp_path / "in the way")
    if trouble == "a file in the way":
        folder.write_text("mine")
    copy = DiskCopy(folder, "copy")
    if trouble == "a folder in the way":
        copy.path.with_suffix(".new").mkdir(parents=True)

    copy.keep(FIRST, time.monotonic(), at_once=True)
    copy.keep(FIRST, time.monotonic(), at_once=True)

    assert copy.faults == 2


def test_a_full_disk_leaves_the_old_copy(tmp_path: Path) -> None:
    """A limit on the size of files is what a full disk looks like to a process (setrlimit(2))."""
    copy = kept(tmp_path)
    program = f"""
import resource, signal, time
from flagsdk.disk import DiskCopy
from tests.sdk.documents import flag, texts, whole
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
copy = DiskCopy({str(tmp_path)!r}, "copy")
copy.keep(whole(texts(*(flag(str(n)) for n in range(100))), 2), time.monotonic(), at_once=True)
print(copy.faults)
"""

    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert result.stdout == "1\n"
    assert held(copy) == FIRST


WRITER = """
import sys, time
from flagsdk.disk import DiskCopy
from tests.sdk.documents import change, flag, texts, whole
copy, present = DiskCopy(sys.argv[1], "copy"), whole(texts(*(flag(str(number)) for number in range(200))))
while True:
    copy.keep(present, time.monotonic(), at_once=True)
    present = change(present, texts(flag("0", name=str(present.revision))))[1]
"""


def test_whoever_is_killed_while_writing_leaves_a_whole_file(tmp_path: Path) -> None:
    """One file aside at most: the next writer takes it."""
    copy = DiskCopy(tmp_path, "copy")
    revisions: list[int] = []
    for _ in range(15):
        writer = subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path)])
        before = revisions[-1] if revisions else 0
        eventually(copy.path.exists)
        eventually(lambda before=before: held(copy).revision != before)  # type: ignore[misc]  # mypy infers no default
        writer.send_signal(signal.SIGKILL)
        writer.wait()
        revisions.append(held(copy).revision)
        copy.path.unlink()

    assert all(revision > 0 for revision in revisions)
    assert {path.suffix for path in tmp_path.iterdir()} <= {".lock", ".new"}


def write_in_turn(folder: str, number: int) -> None:
    """Keep ever later revisions, as every process of a server does."""
    copy, present = DiskCopy(folder, "copy"), FIRST
    for _ in range(40):
        copy.keep(present, time.monotonic(), at_once=True)
        present = change(present, texts(flag("a", name=f"{number} {present.revision}")))[1]
    assert copy.faults == 0


def test_sixteen_processes_share_it(tmp_path: Path) -> None:
    """None sees a torn file, none fails, and the newest revision is there in the end."""
    spawn = multiprocessing.get_context("spawn")
    writers = [spawn.Process(target=write_in_turn, args=(str(tmp_path), number)) for number in range(16)]
    copy, seen = DiskCopy(tmp_path, "copy"), []
    for writer in writers:
        writer.start()
    while any(writer.is_alive() for writer in writers):
        if copy.path.exists():
            seen.append(held(copy).revision)
        time.sleep(0.002)
    for writer in writers:
        writer.join()

    assert [writer.exitcode for writer in writers] == [0] * 16
    assert seen == sorted(seen)
    assert held(copy).revision >= 38  # the last writes may have met each other
