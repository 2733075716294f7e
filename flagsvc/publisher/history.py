"""What the database says about one environment: its head, and the recent changes with the digest after each."""

from collections import deque
from collections.abc import Sequence

from flagsdk.wire import FORMAT, Change, Digest, Sign, Statement, Whole, unsigned
from flagsvc.domain.records import Delta, Head
from flagsvc.domain.records import Whole as Stored
from flagsvc.ports import View

KEPT = 256
"""Changes kept in memory; a copy that is further behind is written anew."""


class History:
    """Follows one environment in the store, so that every revision it passes has its digest and its signature.

    Holds no documents.
    """

    def __init__(self, environment: str, sign: Sign = unsigned) -> None:
        self._environment = environment
        self._sign = sign
        self._epoch = ""
        self._base = 0  # the revision before the first change kept
        self._digest = Digest.of({})
        self._base_digest = self._digest.hex
        self._base_signature = ""
        self._changes: deque[Change] = deque(maxlen=KEPT)

    @property
    def head(self) -> Head:
        """The newest revision that was read."""
        return Head(self._epoch, self._changes[-1].revision if self._changes else self._base)

    @property
    def digest(self) -> str:
        """Digest of all documents at `head`."""
        return self._digest.hex

    @property
    def signature(self) -> str:
        """Signature of the snapshot at `head`; "" without a key."""
        return self._changes[-1].signature if self._changes else self._base_signature

    def catch_up(self, view: View, head: Head, published: Head | None) -> None:
        """Read the changes up to `head`, early enough to know the digest of what is published, if near."""
        near = published and published.epoch == head.epoch and 0 <= head.revision - published.revision <= KEPT
        since = published.revision if published and near else None
        follows = head.epoch == self._epoch and 0 <= head.revision - self.head.revision <= KEPT
        if not follows or (since is not None and since < self._base):
            self.load(view, since)
        while self.head.revision < head.revision:
            deltas = view.deltas(self._environment, self.head.revision, KEPT)
            if not deltas or deltas[0].epoch != self._epoch:
                self.load(view)
                return
            self._follow(deltas)

    def load(self, view: View, revision: int | None = None) -> Whole | None:
        """Start anew from the whole environment, as it is or was; None when the store has no such environment."""
        whole = view.whole(self._environment, revision)
        if whole is None:
            return None
        self._epoch, self._base = whole.epoch, whole.revision
        self._digest = Digest.of(whole.documents)
        self._base_digest = self._digest.hex
        self._base_signature = self._signed(whole)
        self._changes.clear()
        return Whole(
            environment=whole.environment,
            epoch=whole.epoch,
            revision=whole.revision,
            digest=self.digest,
            format=FORMAT,
            at=whole.at,
            documents=whole.documents,
            signature=self._base_signature,
        )

    def digest_at(self, revision: int) -> str | None:
        """Digest of a recent revision of this epoch; None when it is too old to be known, or yet to come."""
        if revision == self._base:
            return self._base_digest
        place = revision - self._base - 1
        return self._changes[place].digest if 0 <= place < len(self._changes) else None

    def after(self, revision: int) -> list[Change]:
        """Give the changes after a revision whose digest is known."""
        return [change for change in self._changes if change.revision > revision]

    def _follow(self, deltas: Sequence[Delta]) -> None:
        for delta in deltas:
            if len(self._changes) == KEPT:
                self._base, self._base_digest = self._changes[0].revision, self._changes[0].digest
            self._digest = self._digest.edit(delta.edits)
            signature = self._signed(delta)
            self._changes.append(
                Change(delta.environment, delta.epoch, delta.revision, self.digest, delta.at, delta.edits, signature)
            )

    def _signed(self, moment: Stored | Delta) -> str:
        """Sign what `digest` is now the digest of."""
        statement = Statement(moment.environment, moment.epoch, moment.revision, moment.at, FORMAT, self.digest)
        return self._sign(statement)
