"""A Celery application whose client is made and used on import, before the worker forks."""

import os
import time
from typing import Any

from celery import Celery, shared_task

from flagsdk import FlagClient
from tests.processes.report import report

flags = FlagClient.from_env()
assert flags.wait_ready(30)
assert flags.is_enabled("a") is True

app = Celery("tests", broker=os.environ["TEST_BROKER"], backend=os.environ["TEST_BROKER"])
app.conf.update(broker_connection_retry_on_startup=True, task_time_limit=60, worker_hijack_root_logger=False)


@shared_task  # type: ignore[untyped-decorator]  # Celery ships no types
def look() -> dict[str, Any]:
    """Report, and take so long that the other process gets the next task."""
    answer = report(flags)
    time.sleep(0.05)
    return answer
