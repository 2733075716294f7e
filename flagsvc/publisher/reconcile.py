"""One turn over one environment: compare the copy with the database, and write what is missing, or everything."""

import time
from collections.abc import Callable
from dataclasses import replace

from redis import Redis

from flagsdk.wire import FORMAT, Corrupt, Sign, Statement, is_older, unsigned
from flagsdk.wire.values import number_of
from flagsvc.domain.records import Head
from flagsvc.ports import Store
from flagsvc.publisher.copy import Copy
from flagsvc.publisher.history import History
from flagsvc.publisher.report import Report
from flagsvc.span import span

STAMP_SECONDS = 1.0  # replicas share the work of stamping: a fresh stamp of another one is good enough
_NUMBERS = ("revision", "format", "published", "at")


class Reconciler:
    """Keeps one environment's copy equal to the database. It believes nothing of Redis: every turn looks first."""

    def __init__(
        self,
        environment: str,
        store: Store,
        report: Report,
        now: Callable[[], float] = time.time,
        sign: Sign = unsigned,
    ) -> None:
        self._environment = environment
        self._store = store
        self._report = report
        self._now = now
        self._sign = sign
        self._history = History(environment, sign)

    def turn(self, redis: Redis, *, deep: bool = False) -> None:
        """Bring the copy to the head. Raises WatchError when somebody else wrote meanwhile: turn again.

        The database is read *after* `meta`, so whatever Redis has beyond it was committed and lost.
        """
        with Copy.look(redis, self._environment) as copy:
            published = _published(copy)
            head = self._catch_up(published)
            if head is None:
                return
            if published is None or published.epoch != head.epoch:
                self._replace(copy, published, head)
            elif published.revision > head.revision:
                self._ahead(copy, published, head)
            elif self._history.digest_at(published.revision) != _text(copy, b"digest"):
                self._rewrite(copy)
            elif published.revision < head.revision:
                self._append(copy, published.revision)
            else:
                self._confirm(copy, deep=deep)

    def rewrite(self, redis: Redis) -> None:
        """Write the whole copy anew, whatever is there."""
        with Copy.look(redis, self._environment) as copy:
            self._rewrite(copy)

    def _catch_up(self, published: Head | None) -> Head | None:
        """Read the database and let go of it before anything is asked of Redis again."""
        with self._store.reading() as view:
            head = view.head(self._environment)
            if head is None:
                return None
            self._history.catch_up(view, head, published)
            return self._history.head

    def _rewrite(self, copy: Copy) -> None:
        with span("publish", "client", {"flagsvc.environment": self._environment, "flagsvc.whole": True}) as one:
            with self._store.reading() as view:
                whole = self._history.load(view)
            if whole is not None:
                one.note({"flagsvc.revision": whole.revision})
                copy.write(replace(whole, published=self._milliseconds()))

    def _replace(self, copy: Copy, published: Head | None, head: Head) -> None:
        """Write another history over what is there; the database decides, and readers that know better will tell."""
        if published is not None and is_older(head.epoch, published.epoch):
            self._report.database_behind(self._environment, published, head)
        self._rewrite(copy)

    def _append(self, copy: Copy, revision: int) -> None:
        changes = self._history.after(revision)
        with span("publish", "client", {"flagsvc.environment": self._environment, "flagsvc.whole": False}) as one:
            one.note({"flagsvc.revision": changes[-1].revision, "flagsvc.changes": len(changes)})
            copy.append(changes, self._milliseconds())
        for change in changes:
            seconds = max(0.0, self._now() - change.at / 1000)
            self._report.published(self._environment, change.revision, seconds)

    def _ahead(self, copy: Copy, published: Head, head: Head) -> None:
        """Tell a copy of lost commits, consistent in itself and signed by us, from one that is somebody else's work."""
        if self._is_signed_by_us(copy, published) and copy.is_intact(_text(copy, b"digest"), deep=True):
            self._report.database_behind(self._environment, published, head)
        else:
            self._rewrite(copy)

    def _confirm(self, copy: Copy, *, deep: bool) -> None:
        if not copy.is_intact(self._history.digest, deep=deep):
            self._rewrite(copy)
        elif self._is_signed_otherwise(copy) or self._is_stamp_old(copy):
            copy.stamp(self._milliseconds(), self._history.signature)

    def _is_signed_by_us(self, copy: Copy, published: Head) -> bool:
        """Whether its signature is the one that our key gives: Ed25519 is deterministic. Without a key, any is."""
        said = Statement(
            self._environment,
            published.epoch,
            published.revision,
            int(_text(copy, b"at")),
            FORMAT,
            _text(copy, b"digest"),
        )
        return self._sign(said) in ("", _text(copy, b"signature"))

    def _is_signed_otherwise(self, copy: Copy) -> bool:
        """Whether the copy lacks the signature by our key. Without a key, one by another publisher's key may stay."""
        return self._history.signature not in ("", _text(copy, b"signature"))

    def _is_stamp_old(self, copy: Copy) -> bool:
        """Whether it does not move: it is old, or by a clock that was ahead."""
        return abs(self._milliseconds() - int(_text(copy, b"published"))) > STAMP_SECONDS * 1000

    def _milliseconds(self) -> int:
        return int(self._now() * 1000)


def _published(copy: Copy) -> Head | None:
    """Read where the copy stands; None for whatever no publisher of ours would have written."""
    try:
        revision, kind, *_ = [number_of(name, _text(copy, name.encode())) for name in _NUMBERS]
    except Corrupt:
        return None
    if kind != FORMAT or _text(copy, b"environment") != copy.environment:
        return None
    return Head(_text(copy, b"epoch"), revision)


def _text(copy: Copy, name: bytes) -> str:
    return copy.meta.get(name, b"").decode(errors="replace")
