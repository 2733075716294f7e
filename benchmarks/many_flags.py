"""A database with many flags, made by the use cases themselves before a service opens it."""

import random
from pathlib import Path

from flagsvc.app import Founding, intent
from flagsvc.app.founding import found
from flagsvc.store import open_store, upgrade
from flagsvc.usecases.flags import create_flag

CONFIGURATION = {"enabled": True, "offVariant": "off", "default": {"split": {"weights": {"on": 30_000, "off": 70_000}}}}


def fill(path: Path, flags: int) -> None:
    """Make a database with the first start behind it and that many flags that split."""
    store = open_store(f"sqlite:///{path}", chance=random.random)
    upgrade(store.engine)
    found(store, Founding(sample_data=True))
    because = intent("benchmark")
    for number in range(flags):
        flag = {"key": f"flag-{number}", "type": "boolean", "variants": {"on": True, "off": False}}
        create_flag(store, because, {**flag, "environments": {"production": CONFIGURATION}})
    store.close()
