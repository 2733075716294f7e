"""Spans: what takes time, told to whoever traces; without anybody it costs a call and imports nothing.

A span's name and values are words and keys of documents: never a unit, a context, a token, a query or a body.
"""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Literal, Protocol, Self

Value = str | int | float | bool
Kind = Literal["internal", "server", "client"]


class Span(Protocol):
    """Something that is under way."""

    def note(self, values: Mapping[str, Value]) -> None:
        """Add what became known meanwhile."""

    def rename(self, name: str) -> None:
        """Call it by a better name."""

    def failed(self, kind: str) -> None:
        """Mark it as failed, by a word of few."""


class Tracer(Protocol):
    """Whoever traces. Called from any thread; must not raise."""

    def span(
        self, name: str, kind: Kind, values: Mapping[str, Value], sent: Mapping[str, str] | None
    ) -> AbstractContextManager[Span]:
        """Begin a span; `sent`: headers of a request that may belong to a trace. An exception that leaves fails it."""

    def trace_id(self) -> str:
        """Give the trace of the span under way, 32 hexadecimal digits; "" without one."""

    def headers(self) -> Mapping[str, str]:
        """Give the headers by which others go on with the trace under way; none without one."""


class _Nothing:
    """A span that nobody sees."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Let everything pass."""

    def note(self, values: Mapping[str, Value]) -> None:
        """Forget it."""

    def rename(self, name: str) -> None:
        """Forget it."""

    def failed(self, kind: str) -> None:
        """Forget it."""


_NOTHING = _Nothing()
_NO_VALUES: Mapping[str, Value] = {}
_tracer: Tracer | None = None


def trace_by(tracer: Tracer | None) -> None:
    """Let this process be traced by somebody, or by nobody any more."""
    global _tracer  # noqa: PLW0603  # like logging's: whoever opens spans anywhere need not be handed a tracer
    _tracer = tracer


def span(
    name: str, kind: Kind = "internal", values: Mapping[str, Value] = _NO_VALUES, sent: Mapping[str, str] | None = None
) -> AbstractContextManager[Span]:
    """Begin a span: part of the one under way here, or of the trace that headers tell, else a trace of its own."""
    return _NOTHING if _tracer is None else _tracer.span(name, kind, values, sent)


def part(name: str, kind: Kind = "internal", values: Mapping[str, Value] = _NO_VALUES) -> AbstractContextManager[Span]:
    """Begin a span where one is under way; else none: what loops do every second is nobody's trace."""
    return _NOTHING if _tracer is None or not _tracer.trace_id() else _tracer.span(name, kind, values, None)


def trace_id() -> str:
    """Give the trace of the span under way, 32 hexadecimal digits; "" without one."""
    return "" if _tracer is None else _tracer.trace_id()


def headers() -> Mapping[str, str]:
    """Give the headers by which others go on with the trace under way."""
    return {} if _tracer is None else _tracer.headers()
