"""What readers of an environment get, now or at any moment of its history."""

from datetime import datetime
from typing import Any

from flagsdk.core.digest import Digest
from flagsvc.domain.errors import BadQuery, NotFound
from flagsvc.domain.instants import text_of
from flagsvc.domain.records import Whole
from flagsvc.ports import Store, View
from flagsvc.usecases.conditions import parsed
from flagsvc.usecases.reading import required_head

CLOCKS_DIFFER = 60
"""Seconds that a client's clock may be ahead: so far its present is ours."""


def snapshot(store: Store, environment: str, revision: int | None = None, at: datetime | None = None) -> dict[str, Any]:
    """Read an environment at a revision, at an (aware) time, or now; raises NotFound, BadQuery.

    Answers {"environment", "epoch", "revision", "at" (Unix milliseconds of the change), "digest", "documents"}.
    """
    with store.reading() as view:
        whole = whole_of(view, environment, revision, at)
    return {
        "environment": whole.environment,
        "epoch": whole.epoch,
        "revision": whole.revision,
        "at": whole.at,
        "digest": Digest.of(whole.documents).hex,
        "documents": {name: parsed(text) for name, text in sorted(whole.documents.items())},
    }


def whole_of(view: View, environment: str, revision: int | None, at: datetime | None) -> Whole:
    """Find the snapshot of a moment; raises NotFound, BadQuery."""
    required_head(view, environment)
    if revision is not None and at is not None:
        raise BadQuery("at", "give a revision or a time, not both")
    if at is not None:
        if at.tzinfo is None:
            raise BadQuery("at", "must be a time with an offset, for instance Z")
        if at.timestamp() > view.seconds() + CLOCKS_DIFFER:
            raise BadQuery("at", "is in the future: nobody knows what will be in force then")
        revision = view.revision_at(environment, text_of(at)) or 0
    whole = view.whole(environment, revision)
    if whole is None:
        raise NotFound("revision", str(revision), environment)
    return whole
