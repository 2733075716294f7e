"""Several sources, best first: which one is followed now, when a better one is worth another look, who wants rest."""

import time
from collections.abc import Callable, Iterator, Sequence

from flagsdk.sources import MOST_REST_SECONDS, Resting, Source, SourceFault, drawn

FIRST_LOOK_SECONDS = 5.0
"""How soon a better source is looked at again; the pause doubles with each look in vain."""
LONGEST_LOOK_SECONDS = 60.0


class Ladder:
    """The sources of one client, used by its background thread. `current` is the one that is followed.

    `clock` gives monotonic seconds, `chance` a number in [0, 1). At least one source is needed.
    """

    def __init__(
        self,
        sources: Sequence[Source],
        *,
        clock: Callable[[], float] = time.monotonic,
        chance: Callable[[], float] = drawn,
    ) -> None:
        self._sources = tuple(sources)
        self._clock = clock
        self._chance = chance
        self._rung = 0
        self._since = float("-inf")  # when the present rung was taken
        self._pause = FIRST_LOOK_SECONDS
        self._look_at = float("inf")
        self._resting: dict[int, float] = {}

    @property
    def current(self) -> Source:
        """The source that is followed now."""
        return self._sources[self._rung]

    @property
    def alone(self) -> bool:
        """Whether there is nothing to step down to, or up."""
        return len(self._sources) == 1

    def rungs(self, *, current_last: bool = False) -> Iterator[Source]:
        """Give every source, best first, but those that asked to be left alone; raises SourceFault if all did.

        With `current_last`, the one that is followed comes last: it has just been waited for in vain.
        """
        now = self._clock()
        awake = [source for rung, source in enumerate(self._sources) if self._resting.get(rung, now) <= now]
        if current_last:
            awake.sort(key=lambda source: source is self.current)
        if not awake:
            raise SourceFault("every source asked for a pause", min(self._resting.values()) - now)
        yield from awake

    def better(self) -> Iterator[Source]:
        """Give the sources above the present one when it is time to look at them, and set the time of the next look."""
        now = self._clock()
        if now < self._look_at:
            return
        self._look_again(now)
        for rung, source in enumerate(self._sources[: self._rung]):
            if self._resting.get(rung, now) <= now:
                yield source

    def settle(self, source: Source) -> None:
        """Follow this source from now on, because it has just answered."""
        rung = self._sources.index(source)
        if rung == self._rung:
            return
        now = self._clock()
        if rung > self._rung and now - self._since > LONGEST_LOOK_SECONDS:
            self._pause = FIRST_LOOK_SECONDS  # the better one worked for long: it will soon do so again
        if rung < self._rung:
            self._let_stand_by(self._sources[rung + 1 :])
        self._rung, self._since = rung, now
        if rung == 0:
            self._look_at = float("inf")
        else:
            self._look_again(now)

    def rest(self, source: Source, seconds: float) -> None:
        """Leave a source alone for about `seconds`, as it asked, but for minutes at most.

        The only one is the follower's to wait for.
        """
        if seconds > 0 and not self.alone:
            bounded = min(seconds, MOST_REST_SECONDS)
            self._resting[self._sources.index(source)] = self._clock() + bounded * (1 + self._chance() / 2)

    @property
    def built_in(self) -> tuple[Source, ...]:
        """Those of this package: what they have open is nobody else's."""
        return tuple(source for source in self._sources if type(source).__module__.startswith("flagsdk."))

    def close(self) -> None:
        """Close every source."""
        for source in self._sources:
            source.close()

    def _let_stand_by(self, sources: Sequence[Source]) -> None:
        for source in sources:
            if isinstance(source, Resting):
                source.stand_by()

    def _look_again(self, now: float) -> None:
        self._look_at = now + self._pause * (0.5 + self._chance() / 2)
        self._pause = min(LONGEST_LOOK_SECONDS, self._pause * 2)
