"""A client with everything switched on: two sources, a copy on disk, a pinned key, usage with a sketch of the units."""

import base64
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from flagsdk import Context, FlagClient
from flagsdk.core import Snapshot
from flagsdk.sources import TURN_SECONDS, Resync, SourceFault
from flagsdk.wire import FORMAT, Change, Position, Whole, statement_of
from flagsvc.signing import Signer, pair_of

NOBODY = "http://127.0.0.1:9"
"""A service that is never there: reports to it fail, are counted, and are tried again ever more rarely."""
TOKEN = "fss_benchmark"  # noqa: S105 - of nobody
PAIR = pair_of(base64.b64encode(bytes(range(32))).decode())


class Held:
    """A source that holds one signed snapshot and never hears of another."""

    name, patience = "benchmark", 3600.0

    def __init__(self, texts: dict[str, str]) -> None:
        snapshot = Snapshot.load("benchmark", "epoch", 1, texts)
        whole = Whole("benchmark", "epoch", 1, snapshot.digest, FORMAT, 0, texts, 0)
        self._whole = replace(whole, signature=Signer(PAIR.private).sign(statement_of(whole, FORMAT)))
        self._closed = threading.Event()

    def load(self) -> Whole:
        return self._whole

    def follow(self, position: Position) -> list[Change] | Resync:
        if self._closed.wait(TURN_SECONDS):
            raise SourceFault("closed")
        return []

    def close(self) -> None:
        self._closed.set()


@contextmanager
def client_of(texts: dict[str, str]) -> Iterator[FlagClient]:
    """Make the client, use every flag once, and wait until its thread has begun to sample their units."""
    with (
        tempfile.TemporaryDirectory() as folder,
        FlagClient(Held(texts), NOBODY, token=TOKEN, cache_dir=folder, public_key=PAIR.public) as client,
    ):
        client.evaluate_all(Context("user-1"))
        for name in texts:
            client.get_boolean(name.removeprefix("flag/"), Context("user-1"))
        until = time.monotonic() + 60
        while not client._usage.units():  # noqa: SLF001 - whether the sketches have begun is nobody else's business
            if time.monotonic() > until:
                raise SystemExit("no unit is sampled: not everything is switched on")
            time.sleep(TURN_SECONDS + 0.5)
            client.get_boolean("flag-1", Context("user-1"))
        yield client
