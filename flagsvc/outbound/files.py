"""Files that are read by somebody else: they change at once, wholly, and survive a crash."""

import os
from contextlib import suppress
from pathlib import Path

from flagsvc.domain.calls import CallError


def write_at_once(path: Path, content: str, *, mode: int = 0o644) -> None:
    """Replace a file by rename, flushed to disk before and after; raises CallError when it cannot be written."""
    aside = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, mode)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)
        _flush(path.parent)
    except OSError as error:
        with suppress(OSError):
            aside.unlink()
        raise CallError(f"{path} cannot be written: {error.strerror}") from error


def read_text(path: Path) -> str | None:
    """Read a file; None when it is not there, CallError when it cannot be read."""
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise CallError(f"{path} cannot be read: {error}") from error


def secret_of(path: Path) -> str:
    """Read a secret anew at each use, so that it can be rotated; CallError when there is none."""
    text = read_text(path)
    if not text or not text.strip():
        raise CallError(f"there is no secret in {path}")
    return text.strip()


def _flush(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
