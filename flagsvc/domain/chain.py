"""The hash chain of an environment's changes: what was written cannot be edited, dropped or reordered unseen."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, replace
from typing import NamedTuple

from flagsvc.domain.records import Change, Edit, EditSummary

GENESIS = ""
"""The "previous hash" of the first change."""


class Break(NamedTuple):
    """The first revision that does not fit, and why."""

    revision: int
    detail: str


def text_hash(text: str) -> str:
    """SHA-256 of a document's canonical text, in hex."""
    return hashlib.sha256(text.encode()).hexdigest()


def summary_of(edit: Edit) -> EditSummary:
    """Reduce an edit to what its change keeps of it."""
    before = None if edit.before is None else text_hash(edit.before)
    return EditSummary(edit.ref.kind, edit.ref.key, edit.action, before, text_hash(edit.after))


def linked(change: Change) -> Change:
    """Give a change its hash: SHA-256 over the canonical JSON of everything else in it, the previous hash included."""
    return replace(change, hash=hash_of(change))


def hash_of(change: Change) -> str:
    """Compute the hash that a change must carry."""
    members = asdict(change)
    del members["hash"]
    if change.actor.via is None:
        del members["actor"]["via"]  # younger than the first chains, whose hashes were made without it
    text = json.dumps(members, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()


def links(changes: Iterable[Change]) -> Iterator[tuple[Change, Break | None]]:
    """Walk a trail from its first change and say of each whether it fits to the one before; stop at the first break."""
    previous, revision = GENESIS, 0
    for change in changes:
        found = _break_at(change, previous, revision + 1)
        yield change, found
        if found:
            return
        previous, revision = change.hash, change.revision


def _break_at(change: Change, previous: str, revision: int) -> Break | None:
    if change.revision != revision:
        return Break(revision, f"revision {revision} is missing; {change.revision} follows")
    if change.previous_hash != previous:
        return Break(revision, "does not continue the change before it")
    if change.hash != hash_of(change):
        return Break(revision, "its content is not what its hash was made of")
    return None
