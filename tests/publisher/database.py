"""A real SQLite store whose environments are written document by document, without use cases."""

import json
import random
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from flagsdk.wire import canonical
from flagsvc.domain.actor import Actor
from flagsvc.domain.chain import linked, summary_of
from flagsvc.domain.instants import text_of
from flagsvc.domain.records import Change, Edit, Head, Ref, Whole
from flagsvc.ports import Transaction
from flagsvc.store import open_store, upgrade


def binding(key: str, deadline: int = 60) -> dict[str, Any]:
    """Write a binding, which takes a revision and goes to no reader."""
    policy = {"enabled": True, "drift": "reassert", "onFailure": "revert", "deadlineSeconds": deadline, "attempt": 0}
    return {"key": key, "split": "checkout", "routers": ["edge"], **policy}


def flag(key: str, value: Any = True, **members: Any) -> dict[str, Any]:  # noqa: FBT002 - the value of a flag, not a switch
    """Write a boolean, string … flag that serves `value` to everybody."""
    kinds = {bool: "boolean", str: "string", int: "integer", float: "float", dict: "object"}
    document = {
        "key": key,
        "type": kinds[type(value)],
        "variants": {"value": value},
        "enabled": True,
        "offVariant": "value",
        "prerequisites": [],
        "targets": [],
        "rules": [],
        "default": {"serve": "value"},
    }
    return document | members


class Database:
    """A store with the environments `production` and `staging`, both at revision 0 of epoch e1."""

    def __init__(self, folder: Path) -> None:
        self.store = open_store(f"sqlite:///{folder / 'test.db'}", chance=random.random)
        upgrade(self.store.engine)
        self.store.run([], self._open)

    def close(self) -> None:
        """Let go of the file."""
        self.store.engine.dispose()

    def write(self, documents: Mapping[str, dict[str, Any] | None], environment: str = "production") -> int:
        """Commit one change: name → document, None archives; gives the new revision."""

        def work(tx: Transaction) -> int:
            head = tx.head(environment)
            assert head is not None
            edits = [self._edit(tx, environment, name, document) for name, document in documents.items()]
            change = Change(
                environment,
                head.revision + 1,
                text_of(datetime.now(UTC)),
                Actor("system", "test"),
                "",
                "test",
                tuple(map(summary_of, edits)),
                tx.chain_head(environment),
                "",
            )
            tx.append(linked(change), edits, {})
            return change.revision

        return self.store.run([environment], work)

    def head(self, environment: str = "production") -> Head:
        """Where the environment stands."""
        with self.store.reading() as view:
            head = view.head(environment)
        assert head is not None
        return head

    def whole(self, environment: str = "production") -> Whole:
        """Read what readers must hold."""
        with self.store.reading() as view:
            whole = view.whole(environment)
        assert whole is not None
        return whole

    def new_epoch(self, epoch: str) -> None:
        """Give every environment a new epoch."""
        self.store.run(["production", "staging"], lambda tx: tx.set_epoch(epoch))

    def _open(self, tx: Transaction) -> None:
        for environment in ("production", "staging"):
            tx.open_environment(environment, "e1")

    def _edit(self, tx: Transaction, environment: str, name: str, document: dict[str, Any] | None) -> Edit:
        kind, _, key = name.partition("/")
        before = tx.document(Ref(environment, kind, key))
        if document is None:
            assert before is not None
            document = json.loads(before.text) | {"archived": True}
        return Edit(Ref(environment, kind, key), before.text if before else None, canonical(document))
