"""Freezes what today's service writes: `python -m tests.wire.compatibility.generate`. Read README.md before."""

import sys
import tempfile
from pathlib import Path

from tests.support.servers import RedisServer
from tests.wire.compatibility.writer import written

WRITTEN = Path(__file__).parent / "written"


def main() -> None:
    """Write every file of `written/` that a program writes, and say which have changed."""
    server = RedisServer()
    try:
        server.start()
        with tempfile.TemporaryDirectory() as folder:
            texts = written(Path(folder), server.url)
    finally:
        server.close()
    for name, text in texts.items():
        path = WRITTEN / name
        changed = not path.exists() or path.read_text(encoding="utf-8") != text
        path.write_text(text, encoding="utf-8")
        sys.stdout.write(f"{name}: {'changed' if changed else 'as it was'}\n")


if __name__ == "__main__":
    main()
