"""Flags in Celery: the context travels with the task, but only what was said to be allowed to.

A context may hold personal data, and a broker keeps its messages: nothing but the targeting key and the named
attributes goes with a task. Needs `flagsdk[celery]`.
"""

from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from typing import Any

try:
    from celery.signals import before_task_publish, task_postrun, task_prerun
except ImportError as missing:
    raise ImportError("flagsdk.integrations.celery needs Celery: pip install 'flagsdk[celery]'") from missing

from flagsdk.core.context import TARGETING_KEY
from flagsdk.integrations.context import current_context, use_context

__all__ = ["HEADER", "carry_context"]

HEADER = "flagsdk_context"
"""Name of the message header; its value is a JSON object."""


def carry_context(attributes: Iterable[str] = ()) -> Callable[[], None]:
    """Send the targeting key and these attributes of the present context along with each task, and use them there.

    Call it once in the module that makes the Celery application, which producers and workers both import. A task
    without the header runs with an empty context; one that runs in place (eager) keeps its caller's. Retries and the
    tasks of a chain go on with the context of the first. Returns the function that ends it.
    """
    carrying = _Carrying(frozenset(attributes) | {TARGETING_KEY})
    handlers = (
        (before_task_publish, carrying.publish),
        (task_prerun, carrying.enter),
        (task_postrun, carrying.leave),
    )
    for signal, handler in handlers:
        signal.connect(handler, weak=False)

    def remove() -> None:
        for signal, handler in handlers:
            signal.disconnect(handler)

    return remove


class _Carrying:
    """The three handlers of one set of attributes."""

    def __init__(self, names: frozenset[str]) -> None:
        self._names = names
        self._scope = f"flagsdk_scope_{id(self)}"  # whoever carries other attributes has another one

    def publish(self, headers: dict[str, Any] | None = None, **_: Any) -> None:
        context = current_context()
        carried = {name: context[name] for name in self._names if name in context}
        if headers is not None and carried:
            headers.setdefault(HEADER, carried)

    def enter(self, task: Any = None, **_: Any) -> None:
        if task is None or task.request.is_eager:
            return
        scope = ExitStack()
        scope.enter_context(use_context(self._received(task)))
        setattr(task.request, self._scope, scope)

    def leave(self, task: Any = None, **_: Any) -> None:
        scope = getattr(task.request, self._scope, None) if task is not None else None
        if scope is not None:
            scope.close()

    def _received(self, task: Any) -> Mapping[str, Any]:
        """Take what a message holds, and no more than this side allows: another producer may send anything."""
        carried = getattr(task.request, HEADER, None)
        return {name: carried[name] for name in self._names & carried.keys()} if isinstance(carried, Mapping) else {}
