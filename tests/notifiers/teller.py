"""A program for one purpose: it delivers the notices of a database to a program until somebody kills it."""

import sys
import time
from pathlib import Path

from flagsvc.notifiers.webhook import Options, Webhook
from flagsvc.runner.notices import Addressee, Delivery
from flagsvc.store import open_store
from tests.store.engines import PATIENCE_SECONDS


def main(database: str, url: str, secret: str, taken_seconds: str) -> None:
    """Deliver for ever."""
    store = open_store(database, chance=lambda: 0.5, patience_seconds=PATIENCE_SECONDS)
    hook = Webhook(Options(url=url, secret_files=[Path(secret)]))
    Delivery(store, {"hook": Addressee(hook, lambda _: True)}, lambda *_: None, float(taken_seconds)).start()
    while True:
        time.sleep(60)


if __name__ == "__main__":
    main(*sys.argv[1:])
