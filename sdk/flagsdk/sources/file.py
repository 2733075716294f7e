"""A snapshot from a file: the JSON of the HTTP feed, or a plain object of flag keys and values."""

import json
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flagsdk.sources.source import Resync, SourceFault
from flagsdk.wire import FORMAT, Change, Corrupt, Digest, Position, Whole, canonical, whole_from

POLL_SECONDS = 1.0
_TYPES: dict[type, str] = {
    bool: "boolean",
    str: "string",
    int: "integer",
    float: "float",
    dict: "object",
}


class FileSource:
    """Reads `path` and again whenever its time or size changes, or another file takes its place."""

    patience = 1.0  # a file costs nothing to look at

    def __init__(self, path: str | Path, environment: str = "") -> None:
        self._path = Path(path)
        self.name = f"file {self._path.name}"
        self._environment = environment
        self._seen: tuple[int, int, int] | None = None
        self._closed = threading.Event()

    def load(self) -> Whole:
        """Read the file; a missing or unreadable one is a SourceFault, a wrong one Corrupt."""
        self._seen = self._mark()
        try:
            members = json.loads(self._path.read_bytes())
        except OSError as fault:
            raise SourceFault(f"{self._path}: {fault.strerror}") from fault
        except (ValueError, RecursionError) as fault:
            raise Corrupt(f"{self._path}: not JSON: {fault}") from fault
        if not isinstance(members, dict):
            raise Corrupt(f"{self._path}: not a JSON object")
        return self._whole(members)

    def follow(self, position: Position) -> list[Change] | Resync:
        """Look at the file every second."""
        if self._closed.wait(POLL_SECONDS):
            raise SourceFault("closed")
        return [] if self._mark() == self._seen else Resync("the file has changed")

    def close(self) -> None:
        """End a wait in another thread."""
        self._closed.set()

    def _mark(self) -> tuple[int, int, int]:
        try:
            status = self._path.stat()
        except OSError as fault:
            raise SourceFault(f"{self._path}: {fault.strerror}") from fault
        return status.st_mtime_ns, status.st_size, status.st_ino

    def _whole(self, members: dict[str, Any]) -> Whole:
        if not {"documents", "epoch", "revision"} <= members.keys():
            return whole_of_values(members, self._environment or "file")
        whole = whole_from(members)
        if self._environment and whole.environment != self._environment:
            raise Corrupt(f"{self._path} is of environment {whole.environment!r}, not {self._environment!r}")
        return whole


def whole_of_values(values: Mapping[str, Any], environment: str) -> Whole:
    """Make a snapshot in which each key is a flag that serves its value to everybody; raises Corrupt for null.

    Its epoch is drawn from the contents: every edit is a history of its own.
    """
    documents = {f"flag/{key}": canonical(_flag(key, value)) for key, value in values.items()}
    digest = Digest.of(documents).hex
    return Whole(environment, f"values-{digest[:16]}", 1, digest, FORMAT, 0, documents)


def _flag(key: str, value: Any) -> dict[str, Any]:
    kind = _TYPES.get(type(value))
    if kind is None:
        raise Corrupt(f"{key}: {type(value).__name__} is not the type of a flag")
    return {
        "key": key,
        "type": kind,
        "variants": {"value": value},
        "enabled": True,
        "offVariant": "value",
        "prerequisites": [],
        "targets": [],
        "rules": [],
        "default": {"serve": "value"},
    }
