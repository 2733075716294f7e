"""Files of backups: written beside their place and moved there when they are whole."""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from flagsvc.cli.common import ERROR, fail
from flagsvc.store import Damaged

STANDARD_OUTPUT = "-"


@contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """Give a file to write, readable by its owner only; it takes the place of `path` when the block ends well."""
    if str(path) == STANDARD_OUTPUT:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    with readable(path):
        number, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
        try:
            with os.fdopen(number, "wb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(path)
            _keep(path.parent)
        finally:
            Path(name).unlink(missing_ok=True)


@contextmanager
def readable(path: Path) -> Iterator[None]:
    """Say which file it is that cannot be opened, or what is wrong with it, and exit 1."""
    try:
        yield
    except Damaged as error:
        fail(str(error), ERROR)
    except OSError as error:
        fail(f"{path}: {error.strerror or error}", ERROR)


def _keep(folder: Path) -> None:
    """Have the disk remember the new name, too."""
    number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
