"""The copy on disk, for a start while everything else is down. Written aside and renamed, checked when it is read.

The file has a header, a line per document, and a last line with the SHA-256 of all before it: a torn or flipped byte is
noticed. Many processes share it: who holds the lock writes, the others find their revision already there.
"""

import json
import logging
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from typing import IO, Any

from flagsdk.wire import Corrupt, Whole, whole_from
from flagsdk.wire.epochs import is_older

if sys.platform != "win32":
    from fcntl import LOCK_EX, LOCK_NB, lockf

WRITE_SECONDS = 5.0
"""Changes in quick succession are written together."""
TOUCH_SECONDS = 30.0
"""How often the time of the file is set to that of the last confirmation."""
COMPLAIN_SECONDS = 60.0
LAYOUT = 1
_HEADER = ("environment", "epoch", "revision", "format", "digest", "at", "signature")

_log = logging.getLogger("flagsdk")
_writing = threading.Lock()  # POSIX locks are between processes


def _after_fork() -> None:
    global _writing  # noqa: PLW0603 - a thread of the parent may have held it
    _writing = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


class DiskCopy:
    """The last good snapshot in `folder`/`name`.flags, readable by its owner only. Used by one thread at a time."""

    def __init__(self, folder: str | Path, name: str, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._folder = Path(folder).absolute()  # the program may go elsewhere
        self.path = self._folder / f"{name}.flags"
        self._clock = clock
        self._there: tuple[str, int] | None = None  # (epoch, revision) that the file is known to hold, or a later one
        self._write_at = float("-inf")
        self._touch_at = float("-inf")
        self._complained = float("-inf")
        self.faults = 0

    def read(self) -> tuple[Whole, float] | None:
        """Give what the file holds and its age in seconds; None without a file. Raises Corrupt, OSError."""
        try:
            with self.path.open("rb") as file:
                whole = _read(file)
                age = max(0.0, time.time() - os.fstat(file.fileno()).st_mtime)
        except FileNotFoundError:
            return None
        self._there = (whole.epoch, whole.revision)
        return whole, age

    def keep(self, whole: Whole, confirmed: float, *, at_once: bool = False) -> None:
        """Write if the file is behind, at most every WRITE_SECONDS unless `at_once`. Never raises."""
        now = self._clock()
        try:
            if self._there != (whole.epoch, whole.revision):
                if at_once or now >= self._write_at:
                    self._write_at = now + WRITE_SECONDS
                    self._write(whole, confirmed)
            elif at_once or now >= self._touch_at:
                self._touch_at = now + TOUCH_SECONDS
                self._touch(confirmed)
        except Exception as fault:  # noqa: BLE001 - a full or read-only disk must not disturb anybody
            self._failed(fault)

    def _write(self, whole: Whole, confirmed: float) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self._locked() as mine:
            if not mine:
                return  # somebody else is at it: look again next time
            if not self._behind(whole):
                self._there = (whole.epoch, whole.revision)
                return
            aside = self.path.with_suffix(".new")
            descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                _write(file, whole)
                file.flush()
                os.fsync(file.fileno())
            _date(aside, self._wall_time(confirmed))
            aside.replace(self.path)
            self._there = (whole.epoch, whole.revision)

    def _behind(self, whole: Whole) -> bool:
        """Whether the file holds less than this; one that is damaged or cannot be read does."""
        try:
            content = self.path.read_bytes()
            there = json.loads(content.partition(b"\n")[0])
            if not _is_sealed(content):
                return True
            if there["epoch"] != whole.epoch:
                return not is_older(whole.epoch, there["epoch"])
            return bool(there["revision"] < whole.revision)
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return True

    def _touch(self, confirmed: float) -> None:
        """Let the file's time say when the snapshot was last known to be current; never backwards."""
        then = self._wall_time(confirmed)
        try:
            if then > self.path.stat().st_mtime:
                _date(self.path, then)
        except FileNotFoundError:
            self._there = None  # somebody removed it: it is written again

    def _wall_time(self, confirmed: float) -> float:
        return max(0.0, time.time() - max(0.0, self._clock() - confirmed))

    @contextmanager
    def _locked(self) -> Iterator[bool]:
        """Whether this thread of this process is the one that may write now. The kernel frees a dead process's lock."""
        if not _writing.acquire(blocking=False):
            yield False
            return
        try:
            descriptor = os.open(self.path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o600)
            try:
                yield _lock(descriptor)
            finally:
                os.close(descriptor)
        finally:
            _writing.release()

    def _failed(self, fault: Exception) -> None:
        self.faults += 1
        now = self._clock()
        if now - self._complained > COMPLAIN_SECONDS:
            self._complained = now
            with suppress(Exception):  # a handler of the program may raise
                _log.warning("flagsdk: no copy on disk: %s: %s", type(fault).__name__, fault)


def _lock(descriptor: int) -> bool:
    """Whether the lock is ours now. Windows has none of this kind: there, the last one to write wins."""
    if sys.platform != "win32":
        try:
            lockf(descriptor, LOCK_EX | LOCK_NB)
        except OSError:
            return False
    return True


def _date(path: Path, seconds: float) -> None:
    os.utime(path, (seconds, seconds))


def _is_sealed(content: bytes) -> bool:
    """Whether the last line is the one that belongs to all before it."""
    start = content.rfind(b"\n", 0, -1) + 1
    return content[start:] == _line({"sha256": sha256(content[:start]).hexdigest()})


def _write(file: IO[bytes], whole: Whole) -> None:
    """Write line by line: one long call of the encoder would keep every other thread waiting."""
    digest = sha256()
    for line in _lines(whole):
        digest.update(line)
        file.write(line)
    file.write(_line({"sha256": digest.hexdigest()}))


def _lines(whole: Whole) -> Iterator[bytes]:
    header = {name: getattr(whole, name) for name in _HEADER}
    yield _line({"layout": LAYOUT, **header, "documents": len(whole.documents)})
    for name, text in whole.documents.items():
        yield _line([name, text])


def _line(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _read(file: IO[bytes]) -> Whole:
    """Read it back; raises Corrupt for anything that `_write` does not write."""
    digest = sha256()
    documents: dict[str, str] = {}
    try:
        first = file.readline()
        header = json.loads(first)
        if header["layout"] != LAYOUT:
            raise Corrupt(f"layout {header['layout']} is not known to this reader")
        digest.update(first)
        for _ in range(header["documents"]):
            line = file.readline()
            digest.update(line)
            name, text = json.loads(line)
            documents[name] = text
        if file.read() != _line({"sha256": digest.hexdigest()}):
            raise Corrupt("the file is not what was written")
    except (ValueError, KeyError, TypeError, RecursionError) as fault:
        raise Corrupt(f"the file is torn or was edited: {fault}") from fault
    return whole_from({**header, "documents": documents})
