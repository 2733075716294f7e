"""A Celery application whose client is made on import: a worker forks its processes afterwards."""

import os
from typing import Any

from celery import Celery, shared_task

from flagsdk import FlagClient
from flagsdk.integrations.celery import carry_context
from flagsdk.integrations.context import current_context, merged, use_context

flags = FlagClient(file=os.environ["TEST_FLAGS"])
app = Celery("tests", broker=os.environ["TEST_REDIS"], backend=os.environ["TEST_REDIS"])
app.conf.update(broker_connection_retry_on_startup=True, task_time_limit=60, worker_hijack_root_logger=False)
carry_context(["plan"])
carry_context([])()  # a second one comes and goes

Answer = dict[str, Any]


def _answer() -> Answer:
    return {"vip": flags.is_enabled("vip", merged()), "context": dict(current_context()), "pid": os.getpid()}


@shared_task  # type: ignore[untyped-decorator]  # Celery ships no types
def ask(*_: Any) -> Answer:
    flags.wait_ready(30)
    return _answer()


@shared_task  # type: ignore[untyped-decorator]  # Celery ships no types
def fail() -> None:
    raise ValueError("on purpose")


@shared_task(bind=True, max_retries=1, default_retry_delay=0)  # type: ignore[untyped-decorator]  # likewise
def ask_at_the_second_try(self: Any) -> Answer:
    if self.request.retries == 0:
        raise self.retry()
    return _answer()


@shared_task  # type: ignore[untyped-decorator]  # Celery ships no types
def ask_another() -> str:
    with use_context(merged({"plan": "free"})):
        return str(ask.delay().id)
