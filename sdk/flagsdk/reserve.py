"""What a client can serve before any source answers: its copy on disk, and the snapshot that a program brings along."""

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flagsdk.core.snapshot import Snapshot
from flagsdk.disk import DiskCopy
from flagsdk.sources.file import FileSource, whole_of_values
from flagsdk.wire import Verify, Whole, admit

DISK, BOOTSTRAP = "disk", "bootstrap"

_log = logging.getLogger("flagsdk")

Bootstrap = str | Path | Mapping[str, Any] | None
"""A path of a snapshot or of a JSON object of keys and values; such an object itself; or nothing."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A snapshot from the reserve. `age_seconds` counts from its last confirmation, infinite where nobody knows."""

    source: str
    whole: Whole
    age_seconds: float


def admitted(kept: Kept, verify: Verify | None) -> Snapshot:
    """Check what was kept, as if a source had given it; raises wire.Refused.

    A bootstrap need not be signed: whoever can change it can change the program that it comes with.
    """
    return admit(kept.whole, verify=None if kept.source == BOOTSTRAP else verify)


class Reserve:
    """Gives what is kept, best first; keeps what arrives. Whatever goes wrong here costs nothing but the reserve."""

    def __init__(self, disk: DiskCopy | None = None, bootstrap: Bootstrap = None, environment: str = "") -> None:
        self._disk = disk
        self._bootstrap = Path(bootstrap).absolute() if isinstance(bootstrap, str | Path) else bootstrap
        self._environment = environment

    def candidates(self) -> Iterator[Kept]:
        """Read the copy on disk, then the bootstrap; what cannot be read is logged and left out."""
        for source, read in ((DISK, self._on_disk), (BOOTSTRAP, self._brought)):
            try:
                kept = read()
            except Exception as fault:  # noqa: BLE001 - files can hold anything
                _log.warning("flagsdk: the %s cannot be read: %s: %s", source, type(fault).__name__, fault)
                continue
            if kept is not None:
                yield Kept(source, *kept)

    def keep(self, whole: Whole | None, confirmed: float, *, at_once: bool = False) -> None:
        """Write the copy on disk if it is time to; `confirmed`: when (monotonic) it was last known to be current."""
        if self._disk is not None and whole is not None:
            self._disk.keep(whole, confirmed, at_once=at_once)

    def _on_disk(self) -> tuple[Whole, float] | None:
        return self._disk.read() if self._disk else None

    def _brought(self) -> tuple[Whole, float] | None:
        if self._bootstrap is None:
            return None
        return bootstrap_whole(self._bootstrap, self._environment), float("inf")


def bootstrap_whole(bootstrap: str | Path | Mapping[str, Any], environment: str = "") -> Whole:
    """Read a bootstrap; raises SourceFault for a file that is not there and Corrupt for what cannot be understood."""
    if isinstance(bootstrap, Mapping):
        return whole_of_values(bootstrap, environment or "bootstrap")
    return FileSource(bootstrap, environment).load()
