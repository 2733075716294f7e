"""Files as the command reads and writes them."""

import os
import sys
from contextlib import suppress
from pathlib import Path

from flagsdk.cli.faults import CommandError


def read(path: Path) -> str | None:
    """Read a file; None where there is none. What is no UTF-8 is kept apart from everything that is."""
    try:
        return path.read_text(encoding="utf-8", errors="surrogateescape")
    except FileNotFoundError:
        return None
    except OSError as fault:
        raise CommandError(f"{path}: {fault.strerror}") from fault


def write(path: Path, text: str) -> None:
    """Put a text in a file's place, whole or not at all; a file that says it already is left as it is."""
    target = path.resolve()  # the file that a link leads to, not the link
    try:
        if not (target.is_file() and target.read_bytes() == text.encode()):
            _replace(target, text.encode())
    except OSError as fault:
        raise CommandError(f"{path}: {fault.strerror}; name a file that can be written with -o") from fault


def say(text: str) -> None:
    """Print as UTF-8, whatever the terminal speaks: Python source that goes into a file must be."""
    sys.stdout.flush()
    sys.stdout.buffer.write(text.encode(errors="surrogateescape"))
    sys.stdout.buffer.flush()


def _replace(target: Path, content: bytes) -> None:
    temporary = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        with temporary.open("xb") as file:
            file.write(content)
        with suppress(FileNotFoundError):
            temporary.chmod(target.stat().st_mode & 0o7777)
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)
