"""Few arenas of the C library's allocator, counted by the library itself (malloc_info(3))."""

import os
import subprocess
import sys

import pytest

from flagsvc.runner.arenas import MOST

PROGRAM = """
import ctypes, sys, threading
from flagsvc.runner.arenas import few_arenas

done = few_arenas() if sys.argv[1] == "few" else None
libc = ctypes.CDLL(None)
libc.malloc.restype = libc.fopen.restype = ctypes.c_void_p
meeting = threading.Barrier(9)

def hold():
    libc.malloc(4096)
    meeting.wait()
    meeting.wait()

threads = [threading.Thread(target=hold) for _ in range(8)]
for thread in threads:
    thread.start()
meeting.wait()
file = libc.fopen(b"/dev/stdout", b"w")
libc.malloc_info(0, ctypes.c_void_p(file))
libc.fclose(ctypes.c_void_p(file))
meeting.wait()
print(done, flush=True)
"""


def arenas(how: str, **environment: str) -> tuple[int, str]:
    inherited = {name: value for name, value in os.environ.items() if name != "MALLOC_ARENA_MAX"}
    words = [sys.executable, "-c", PROGRAM, how]
    printed = subprocess.run(words, env=inherited | environment, capture_output=True, text=True, check=True).stdout
    return printed.count("<heap nr="), printed.splitlines()[-1]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="arenas are glibc's")
def test_threads_share_few_arenas() -> None:
    many, _ = arenas("many")

    few, done = arenas("few")

    assert (few, done) == (MOST, "True")
    assert many > MOST


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="likewise")
def test_whoever_says_how_many_has_so_many() -> None:
    assert arenas("few", MALLOC_ARENA_MAX="4") == (4, "False")
