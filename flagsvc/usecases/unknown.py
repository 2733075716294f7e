"""Keys that clients asked for and that their environment does not have: who asked, and what may be meant."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from flagsvc.domain.instants import text_of
from flagsvc.domain.records import Document
from flagsvc.domain.unknown import Asked, Similar, asked_of
from flagsvc.domain.usage import Received
from flagsvc.ports import Store, Transaction, View
from flagsvc.usecases.usage_limits import MAX_ASKED, most_asked

DAYS_KEPT = 30
"""A key that nobody has asked for in so many days is forgotten: the code is mended."""


def add_asked(tx: Transaction, taken: Sequence[Received]) -> None:
    """Add up what reports say was asked for in vain."""
    tx.add_asked(most_asked(asked_of(taken), MAX_ASKED), MAX_ASKED)


def tidy_asked(tx: Transaction, now: datetime, limit: int) -> int:
    """Forget what nobody asks for any more, and what is there meanwhile; tells how many rows that were."""
    return tx.forget_asked(text_of(now - timedelta(days=DAYS_KEPT)), limit)


def list_unknown_keys(store: Store) -> dict[str, Any]:
    """List the keys that are asked for in vain in the open environments, those asked for most often first."""
    with store.reading() as view:
        found = [line for environment in sorted(view.heads()) for line in _lines(view, environment)]
    items = sorted((line for line in found if line["key"]), key=lambda line: (-line["asked"], line["key"]))
    others = [{name: line[name] for name in _OTHERS} for line in found if not line["key"]]
    return {"days": DAYS_KEPT, "items": items, "others": others}


_OTHERS = ("environment", "asked", "firstAskedAt", "lastAskedAt")


def _lines(view: View, environment: str) -> Iterator[dict[str, Any]]:
    by_key: dict[str, list[Asked]] = {}
    for asked in view.asked(environment):
        by_key.setdefault(asked.asking.key, []).append(asked)
    if not by_key:
        return
    flags = {document.ref.key: document for document in view.documents(environment, "flag")}
    similar = Similar([key for key, document in flags.items() if not document.archived])
    for key, rows in by_key.items():
        vain = _in_vain(rows, flags.get(key))
        if vain:
            yield _line(environment, key, vain) | _meaning(key, flags, similar)


def _in_vain(rows: Sequence[Asked], flag: Document | None) -> Sequence[Asked]:
    """Leave out what is there now, and of what is archived the times before it was."""
    if flag is None:
        return rows
    return [row for row in rows if row.last_at > flag.changed_at] if flag.archived else []


def _line(environment: str, key: str, rows: Sequence[Asked]) -> dict[str, Any]:
    latest = sorted(rows, key=lambda row: row.last_at, reverse=True)
    return {
        "environment": environment,
        "key": key,
        "asked": sum(row.times for row in rows),
        "firstAskedAt": min(row.first_at for row in rows),
        "lastAskedAt": latest[0].last_at,
        "askedBy": [
            {"application": row.asking.application, "sdk": row.sdk, "asked": row.times, "lastAskedAt": row.last_at}
            for row in latest
        ],
    }


def _meaning(key: str, flags: Mapping[str, Document], similar: Similar) -> dict[str, Any]:
    archived = flags.get(key)
    return {"archivedAt": archived.changed_at if archived else None, "similar": similar.to(key)}
