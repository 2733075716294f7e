"""A reader that pins a key: what the SDK's thread does with a source, one step at a time and in this thread."""

from flagsdk.core.snapshot import Snapshot
from flagsdk.signatures import Verifier
from flagsdk.sources import Resync, Source
from flagsdk.wire import Corrupt, Gap, Position, Refused, Whole, admit, advance


class Reader:
    """Holds the last good snapshot; `refusals` says why anything else was not taken, `loads` how often it read all."""

    def __init__(self, source: Source, pinned: Verifier | None) -> None:
        self._source = source
        self._verify = pinned.verify if pinned else None
        self.held: Snapshot | None = None
        self.refusals: list[Refused] = []
        self.loads = 0
        self._must_load = True

    def step(self) -> None:
        """Load or follow, once."""
        try:
            self._turn()
        except Refused as fault:
            self.refusals.append(fault)
            self._must_load = self._must_load or isinstance(fault, Corrupt)

    @property
    def place(self) -> tuple[str, int]:
        """Epoch and revision of what is held."""
        assert self.held is not None
        return self.held.epoch, self.held.revision

    def _turn(self) -> None:
        if self.held is None or self._must_load:
            self._take(self._source.load())
            return
        heard = self._source.follow(Position(self.held.epoch, self.held.revision, self.held.digest))
        if isinstance(heard, Resync):
            self._must_load = True
            return
        for change in heard or []:
            following = advance(self.held, change, verify=self._verify)
            if isinstance(following, Gap):
                self._must_load = True
                return
            self.held = following

    def _take(self, whole: Whole) -> None:
        self.loads += 1
        self.held = admit(whole, self.held, verify=self._verify)
        self._must_load = False
