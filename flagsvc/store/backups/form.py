"""The form of a backup: gzip of lines of JSON. Described for strangers in docs/operate/backup.md.

The first line is the header, an object. A line that is a text names the table that the following rows, arrays in the
order of the header's columns, belong to. The last line, an object with `digest`, closes it: SHA-256 over the bytes of
all lines before it.
"""

import hashlib
import json
from typing import Any

FORMAT = 1
KIND = "flagsvc-backup"


class Digest:
    """SHA-256 over lines, as they are written or read."""

    def __init__(self) -> None:
        self._hash = hashlib.sha256()
        self.rows = 0

    def add(self, line: bytes) -> bytes:
        """Take a line with its end into account; gives it back."""
        self._hash.update(line)
        return line

    @property
    def text(self) -> str:
        """The digest as the last line has it."""
        return f"sha256:{self._hash.hexdigest()}"


def line_of(value: Any) -> bytes:
    """Write a value as one line."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
