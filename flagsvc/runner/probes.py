"""The probes: database, schema, Redis, disk, memory, snapshot. Each looks once, within a second or so."""

import shutil
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Protocol

import redis

from flagsvc.ports import Store
from flagsvc.runner.redis_client import links
from flagsvc.runner.replica import Replica
from flagsvc.runner.sampler import DEGRADED, DOWN, OFF, OK, Probe, Reading, elapsed

MEBIBYTE = 1024 * 1024
SLOW_MS = 500.0
LEAST_FREE_DISK = 64 * MEBIBYTE
MOST_MEMORY = 0.9
"""Share of the memory limit above which a process is degraded: the next big snapshot may end it."""

STALE_SECONDS = 15.0
"""A snapshot that the database has not confirmed for so long is stale."""

_CGROUP = Path("/sys/fs/cgroup")
_UNLIMITED = 1 << 60


def database(store: Store) -> Probe:
    """Whether the database answers, and in how many milliseconds."""

    def probe() -> Reading:
        def ask() -> None:
            with store.reading() as view:
                view.heads()

        return _timed(elapsed(ask))

    return probe


class Schema(Protocol):
    """How schema and program relate."""

    @property
    def usable(self) -> bool:
        """Whether the program may use it."""

    @property
    def sentence(self) -> str:
        """What is to be said about it; "" where nothing is."""

    @property
    def revision(self) -> str | None:
        """Its revision."""


def schema(standing: Callable[[], Schema]) -> Probe:
    """Whether the schema is still one that this program may use: another release may upgrade it at any time."""

    def probe() -> Reading:
        found = standing()
        if not found.usable:
            return Reading(DOWN, found.sentence)
        return Reading(DEGRADED if found.sentence else OK, found.sentence or str(found.revision))

    return probe


def redis_server(url: str | None, environments: Callable[[], Sequence[str]] = tuple) -> Probe:
    """Whether Redis answers a PING, in a cluster each node that holds an environment; off where none is configured."""
    if url is None:
        return lambda: Reading(OFF, "not configured")
    clients = links(url)

    def ask() -> None:
        for client in {clients.to(environment) for environment in environments() or [""]}:
            client.ping()

    def probe() -> Reading:
        try:
            return _timed(elapsed(ask))
        except redis.RedisError as error:
            clients.disconnect()
            return Reading(DOWN, type(error).__name__)

    return probe


def disk(directory: Path | None) -> Probe:
    """Whether the file system of an embedded database has room; off where the database is elsewhere."""
    if directory is None:
        return lambda: Reading(OFF, "nothing is kept here")

    def probe() -> Reading:
        free = shutil.disk_usage(directory if directory.exists() else Path.cwd()).free
        return Reading(OK if free >= LEAST_FREE_DISK else DEGRADED, f"{free // MEBIBYTE} MiB free")

    return probe


def memory(limit: Callable[[], int] | None = None) -> Probe:
    """Whether the process stays well below its limit (control group, else the machine's memory)."""

    def probe() -> Reading:
        used, most = resident_bytes(), (limit or memory_limit)()
        status = OK if used < MOST_MEMORY * most else DEGRADED
        return Reading(status, f"{used // MEBIBYTE} MiB of {most // MEBIBYTE} MiB")

    return probe


def snapshot(replica: Replica) -> Probe:
    """Whether a snapshot is held, and how long ago the database confirmed it."""

    def probe() -> Reading:
        if not replica.environments():
            return Reading(DOWN, "none loaded")
        if replica.regressed:
            return Reading(DEGRADED, f"the database went back: {', '.join(sorted(replica.regressed))}")
        age = replica.age_seconds
        return Reading(OK if age < STALE_SECONDS else DEGRADED, f"confirmed {age:.0f} s ago")

    return probe


def resident_bytes() -> int:
    """Memory that the process holds."""
    return _field("/proc/self/status", "VmRSS:")


def memory_limit() -> int:
    """Memory that the process may hold: the least of the control groups' limits and the machine's memory."""
    groups = (_CGROUP / "memory.max", _CGROUP / "memory/memory.limit_in_bytes")
    limits = [number for number in _numbers(groups) if number < _UNLIMITED]
    return min([*limits, _field("/proc/meminfo", "MemTotal:")])


def _timed(milliseconds: float) -> Reading:
    return Reading(OK if milliseconds < SLOW_MS else DEGRADED, f"{milliseconds:.1f} ms")


def _field(path: str, name: str) -> int:
    for line in Path(path).read_text(encoding="ascii").splitlines():
        if line.startswith(name):
            return int(line.split()[1]) * 1024
    return 0


def _numbers(paths: Iterable[Path]) -> list[int]:
    texts = [path.read_text(encoding="ascii").strip() for path in paths if path.exists()]
    return [int(text) for text in texts if text.isdigit()]
