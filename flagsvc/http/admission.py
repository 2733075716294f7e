"""How many whole snapshots a process gives out a second: a herd that comes at once is told when to come instead."""

import math
import time
from collections import deque
from collections.abc import Callable

WINDOW_SECONDS = 1.0
EARLY = 1.25
"""SDKs add up to a half to what they are told, a quarter on average; they are told so much less."""
LINE_SECONDS = 60.0
"""The line is never longer: whoever asks again at once, all the time, must not send the others away for hours."""


class Admission:
    """Lets in at most `rate` in any second. The others are told to come one after the other, as if in line."""

    def __init__(self, rate: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate = rate
        self._clock = clock
        self._admitted: deque[float] = deque(maxlen=rate)
        self._end_of_line = 0.0

    def ask(self) -> int:
        """Give 0 to whoever may come in, or else the seconds, at least one, after which to ask again."""
        now = self._clock()
        if len(self._admitted) < self._rate or now - self._admitted[0] >= WINDOW_SECONDS:
            self._admitted.append(now)
            return 0
        self._end_of_line = min(max(self._end_of_line, now) + WINDOW_SECONDS / self._rate, now + LINE_SECONDS)
        return max(1, math.ceil((self._end_of_line - now) / EARLY))
