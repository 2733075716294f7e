"""The process that holds the service's modules, and forks for whoever asks over its line (`tests.support.forked`)."""

import ctypes
import gc
import json
import os
import signal
import socket
import sys
from collections.abc import Mapping
from importlib import import_module
from typing import Any

import flagsvc.cli  # noqa: F401  # what each child would import

_PR_SET_PDEATHSIG = 1


def _served(line: socket.socket) -> dict[str, Any] | None:
    """Answer until the line ends; returns once more in each child, with what it is to be."""
    with line.makefile("r") as wishes:
        for text in wishes:
            wish = json.loads(text)
            if "reap" in wish:
                answer = os.waitstatus_to_exitcode(os.waitpid(wish["reap"], 0)[1])
            elif (answer := os.fork()) == 0:
                return dict(wish)
            line.sendall(b"%d\n" % answer)
    return None


def _become(wish: Mapping[str, Any]) -> None:
    """Do what subprocess.Popen, setpriv(1) and execve(2) would have done."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    os.setsid()
    os.chdir(wish["folder"])
    log = os.open(wish["log"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for number, source in enumerate([nothing, log, log]):
        os.dup2(source, number)
    os.close(nothing)
    os.close(log)
    os.environ.clear()
    os.environ.update(wish["environment"])
    sys.argv = wish["words"]


def run() -> None:
    """Be the zygote; and in each child, the service."""
    gc.freeze()  # or each collection of a child would copy what all of them share
    with socket.socket(fileno=int(sys.argv[1])) as line:
        wish = _served(line)
    if wish is not None:
        _become(wish)
        import_module(wish["words"][0]).main()


if __name__ == "__main__":
    run()
