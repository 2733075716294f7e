"""What runs in processes that tests fork or spawn. A client is made when this is imported, and used by the parent."""

import json
import os
import sys
import time
from collections.abc import Callable
from typing import Any

from flagsdk import FlagClient
from tests.processes.report import report

WAIT_SECONDS = 60.0

Report = dict[str, Any]


def awaited(client: FlagClient, value: bool) -> Report:  # noqa: FBT001 - the value of the flag
    """Report as soon as the flag has the value: nothing is called but a getter."""
    deadline = time.monotonic() + WAIT_SECONDS
    while client.is_enabled("a") is not value and time.monotonic() < deadline:
        time.sleep(0.01)
    return report(client)


def forked(work: Callable[[], Report]) -> tuple[int, Report]:
    """Do the work in a forked child that ends as a program ends; gives its exit code and what it has answered.

    A child that says nothing within a minute is killed, and the answer is empty: it hangs.
    """
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            os.write(writing, json.dumps(work()).encode())
            code = 0
        finally:
            sys.stderr.flush()
            os._exit(code)
    os.close(writing)
    return _answered(pid, reading)


def _answered(pid: int, reading: int) -> tuple[int, Report]:
    import select  # noqa: PLC0415 - in gevent's hands where the program says so
    import signal  # noqa: PLC0415

    ready, _, _ = select.select([reading], [], [], WAIT_SECONDS)
    answer = os.read(reading, 65536) if ready else b""
    os.close(reading)
    if not answer:
        os.kill(pid, signal.SIGKILL)
    _, status = os.waitpid(pid, 0)
    return os.waitstatus_to_exitcode(status), json.loads(answer or b"{}")
