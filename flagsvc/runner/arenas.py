"""How many arenas the C library's allocator has (mallopt(3)): up to eight for each core, unless it is told.

What is freed in one arena helps no thread of another, so that a process with some twenty threads grows for hours before
it is level. Two are enough here: only one thread at a time runs Python.
"""

import ctypes
import os

MOST = 2
_M_ARENA_MAX = -8


def few_arenas() -> bool:
    """Have no more than MOST from now on, unless MALLOC_ARENA_MAX says how many; tells whether that was done.

    It was not where the C library knows no arenas (musl).
    """
    if "MALLOC_ARENA_MAX" in os.environ:
        return False
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    return mallopt is not None and mallopt(_M_ARENA_MAX, MOST) == 1
