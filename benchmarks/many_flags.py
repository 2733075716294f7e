"""A database with many flags: one is made by the use case, the others are its copies, hundreds to a transaction."""

import random
from collections.abc import Iterator
from pathlib import Path

from flagsvc.app import Founding, intent
from flagsvc.app.founding import found
from flagsvc.domain.records import CATALOG, Document, Edit
from flagsvc.ports import Transaction
from flagsvc.store import SqlStore, open_store, upgrade
from flagsvc.usecases.flags import create_flag
from flagsvc.usecases.intent import Intent, Written
from flagsvc.usecases.writing import Plan, perform, settle

BATCH = 250
CONFIGURATION = {"enabled": True, "offVariant": "off", "default": {"split": {"weights": {"on": 30_000, "off": 70_000}}}}
PATTERN = {"key": "pattern", "type": "boolean", "variants": {"on": True, "off": False}}


def fill(path: Path, flags: int) -> None:
    """Make a database with the first start behind it and that many flags that split."""
    store = open_store(f"sqlite:///{path}", chance=random.random)
    upgrade(store.engine)
    found(store, Founding(sample_data=True))
    because = intent("benchmark")
    create_flag(store, because, {**PATTERN, "environments": {"production": CONFIGURATION}})
    for start in range(1, flags, BATCH):
        copy(store, because, range(start, min(start + BATCH, flags)))
    store.close()


def copy(store: SqlStore, because: Intent, numbers: range) -> None:
    """Add copies of the pattern in all environments, each with a salt of its own."""

    def work(tx: Transaction) -> Written:
        tx.lock(tx.environments())
        documents = [*tx.across("flag", ["pattern"]), *catalogue(tx)]
        edits = [edit for number in numbers for edit in copies(documents, f"flag-{number}", because)]
        return settle(tx, because, Plan("flag.create", edits))

    perform(store, because, [CATALOG], work)


def catalogue(tx: Transaction) -> Iterator[Document]:
    """Give the definition of the pattern."""
    return (document for document in tx.documents(CATALOG, "flag") if document.ref.key == "pattern")


def copies(documents: list[Document], key: str, because: Intent) -> Iterator[Edit]:
    """Give the documents of one copy."""
    salt = because.mint()
    for document in documents:
        old = document.text.partition('"salt":"')[2].partition('"')[0]
        text = document.text.replace('"key":"pattern"', f'"key":"{key}"').replace(old, salt)
        yield Edit(document.ref._replace(key=key), None, text)
