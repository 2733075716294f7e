"""Log lines: JSON off a terminal, the standard library's records included, secrets masked. Configured by the CLI."""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any, TextIO

import structlog

from flagsvc.span import trace_id

MASK = "***"
_TOKEN = re.compile(r"\bfs[a-z]_[A-Za-z0-9._-]{1,110}_[0-9A-Za-z]{32}_[0-9A-Za-z]{6}\b")
_CREDENTIALS = re.compile(r"(?<=://)[^/@\s]+(?=@)")
_NOISY = (
    "uvicorn", "uvicorn.error", "sse_starlette", "alembic", "sqlalchemy", "asyncio",
    "azure", "boto3", "botocore", "google", "msal", "urllib3",
)  # fmt: skip
_SILENT = ("azure.identity",)
"""What they warn of repeats the pages that they got, headers and all; the router's own error says what is wrong."""
_FIRST = ("timestamp", "level", "event", "logger")

Event = MutableMapping[str, Any]


def configure(level: str, form: str = "auto", stream: TextIO | None = None) -> None:
    """Send every log line of the process to `stream` (standard error), as "json" or for a "console".

    "auto" is JSON unless the stream is a terminal. Other people's libraries speak from warning upwards, uvicorn from
    the level itself; nothing of a request's body or token is ever handed to a logger, and what looks like a token or
    a password in an address is masked all the same.
    """
    out = stream or sys.stderr
    for_people = form == "console" or (form == "auto" and out.isatty())
    handler = logging.StreamHandler(out)
    handler.setFormatter(_formatter(for_people=for_people))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    for name in _NOISY:
        logging.getLogger(name).setLevel(logging.WARNING)
    for name in _SILENT:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    structlog.configure(
        processors=[*_shared(), structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )


def mask(text: str) -> str:
    """Replace what looks like a token, or like the credentials in an address, by ***."""
    return _CREDENTIALS.sub(MASK, _TOKEN.sub(MASK, text))


def _shared() -> list[Any]:
    return [
        structlog.contextvars.merge_contextvars,
        _traced,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]


def _traced(_logger: object, _method: str, event: Event) -> Event:
    """Name the trace that a line belongs to, where there is one."""
    trace = trace_id()
    if trace:
        event["traceId"] = trace
    return event


def _formatter(*, for_people: bool) -> logging.Formatter:
    last: list[Any] = (
        [_masked, structlog.dev.ConsoleRenderer(colors=False)]
        if for_people
        else [structlog.processors.format_exc_info, _masked, _ordered, structlog.processors.JSONRenderer()]
    )
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[*_shared(), structlog.stdlib.ExtraAdder()],
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
    )


def _masked(_logger: object, _method: str, event: Event) -> Event:
    return {name: mask(value) if isinstance(value, str) else value for name, value in event.items()}


def _ordered(_logger: object, _method: str, event: Event) -> Event:
    return {name: event[name] for name in (*_FIRST, *(name for name in event if name not in _FIRST)) if name in event}
