"""A service without HTTP: a store, a clock that ticks, chance that can be repeated, and short words for intentions."""

import itertools
import random
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from flagsvc.domain.actor import Actor
from flagsvc.domain.patch import Patch
from flagsvc.domain.records import Ref, Whole
from flagsvc.domain.tokens import ALPHABET
from flagsvc.store import SqlStore
from flagsvc.usecases import documents, environments, flags, history, setup, weights
from flagsvc.usecases.intent import Intent, Written

START = datetime(2026, 1, 1, tzinfo=UTC)
EPOCH = "epoch-1"


class World:
    """Environments `dev` and `prod`, nothing else. Every intention comes one second after the last."""

    def __init__(self, store: SqlStore, *names: str) -> None:
        self.resume(store)
        setup.initialise(store, EPOCH, self.intent())
        for name in names or ("dev", "prod"):
            environments.create_environment(store, self.intent(), {"key": name})

    def resume(self, store: SqlStore) -> None:
        """Take a store as it is."""
        self.store = store
        self.chance = random.Random(7)  # noqa: S311 -- salts of a test, repeatable
        self._seconds = itertools.count(1)

    def mint(self) -> str:
        return "".join(self.chance.choices(ALPHABET, k=32))

    def intent(self, who: str = "ada", **members: Any) -> Intent:
        now = START + timedelta(seconds=next(self._seconds))
        return Intent(**{"actor": Actor("user", who), "now": now, "mint": self.mint, **members})

    def flag(self, key: str = "new", **members: Any) -> Written:
        return flags.create_flag(self.store, self.intent(), {"key": key, "type": "boolean", **members})

    def segment(self, key: str = "beta", environment: str = "prod", **members: Any) -> Written:
        body = {"key": key, "included": ["u1"], **members}
        return documents.create_document(self.store, self.intent(), environment, "segment", body)

    def split(self, key: str = "checkout", environment: str = "prod", **members: Any) -> Written:
        body = {"key": key, "backends": ["stable", "canary"], "stable": "stable", **members}
        return documents.create_document(self.store, self.intent(), environment, "split", body)

    def weigh(self, ref: Ref, given: Mapping[str, int], rule: str | None = None, **members: Any) -> Written:
        body = {"weights": dict(given), **({"rule": rule} if rule else {})}
        return weights.set_weights(self.store, self.intent(**members), ref, body)

    def merge(self, ref: Ref, body: Mapping[str, Any], **members: Any) -> Written:
        return documents.patch_document(self.store, self.intent(**members), ref, Patch("merge", dict(body)))

    def get(self, ref: Ref) -> dict[str, Any]:
        return documents.get_document(self.store, ref).document

    def protect(self, environment: str, **members: Any) -> None:
        body = Patch("merge", members or {"protected": True})
        found = environments.get_environment(self.store, environment)
        intent = self.intent(expected=found.version, reason="policy")
        environments.patch_environment(self.store, intent, environment, body)

    def whole(self, environment: str = "prod", revision: int | None = None) -> Whole:
        with self.store.reading() as view:
            whole = view.whole(environment, revision)
        assert whole is not None
        return whole

    def revision(self, environment: str = "prod") -> int:
        return self.whole(environment).revision

    def verified(self) -> bool:
        return bool(history.verify_audit(self.store)["ok"])


def flag(key: str = "new", environment: str = "prod") -> Ref:
    return Ref(environment, "flag", key)


def split(key: str = "checkout", environment: str = "prod") -> Ref:
    return Ref(environment, "split", key)


def segment(key: str = "beta", environment: str = "prod") -> Ref:
    return Ref(environment, "segment", key)


def table(document: Mapping[str, Any]) -> list[list[Any]]:
    """Give the allocation of a document's default."""
    found: list[list[Any]] = document["default"]["split"]["allocation"]
    return found
