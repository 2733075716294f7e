"""What a process says of its client. Imported by the programs under test, so it imports nothing of the tests."""

import os
import threading
from typing import Any

from flagsdk.subscriber import Subscriber

THREAD = "flagsdk"


def report(client: Subscriber) -> dict[str, Any]:
    """Ask the flag, at once, and look at the client and its threads."""
    value = client.is_enabled("a")
    status = client.status
    return {
        "pid": os.getpid(),
        "value": value,
        "state": status.state,
        "age": status.age_seconds,
        "fault": status.fault,
        "threads": sum(thread.name == THREAD for thread in threading.enumerate()),
    }
