"""OpenTelemetry behind `flagsvc.span`: the only module that imports it, imported only where tracing is on.

Where spans go, how many are kept and who we are is said by the variables of OpenTelemetry's specification (OTEL_*),
which its SDK reads; the context of a trace travels as W3C `traceparent` and `tracestate`.
"""

import secrets
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_INSTANCE_ID, SERVICE_NAME, SERVICE_VERSION, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import (
    INVALID_SPAN_CONTEXT,
    SpanKind,
    Status,
    StatusCode,
    format_trace_id,
    get_current_span,
    use_span,
)
from opentelemetry.trace import Span as OtelSpan
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from flagsvc.span import Kind, Span, Value, trace_by

STOP_SECONDS = 3.0
KINDS: Mapping[Kind, SpanKind] = {
    "internal": SpanKind.INTERNAL,
    "server": SpanKind.SERVER,
    "client": SpanKind.CLIENT,
}
_W3C = TraceContextTextMapPropagator()


class Tracing:
    """Traces this process from now on, until `stop`. Implements `flagsvc.span.Tracer`."""

    def __init__(self, version: str) -> None:
        ours = {SERVICE_VERSION: version, SERVICE_INSTANCE_ID: secrets.token_hex(8)}
        said = Resource.create(ours)
        if str(said.attributes.get(SERVICE_NAME, "")).startswith("unknown_service"):
            said = said.merge(Resource({SERVICE_NAME: "flagsvc"}))
        self._provider = TracerProvider(resource=said, shutdown_on_exit=False)
        self._exporter = OTLPSpanExporter()
        self._provider.add_span_processor(BatchSpanProcessor(self._exporter))
        self._tracer = self._provider.get_tracer("flagsvc", version)
        trace_by(self)

    def stop(self, seconds: float = STOP_SECONDS) -> None:
        """End, and send what is left, within `seconds`: a collector that does not answer holds nobody up."""
        trace_by(None)
        ending = threading.Thread(target=self._provider.shutdown, name="end of tracing", daemon=True)
        ending.start()
        ending.join(seconds)
        if ending.is_alive():
            self._exporter.shutdown()  # type: ignore[no-untyped-call]  # it waits for its next try

    @contextmanager
    def span(
        self, name: str, kind: Kind, values: Mapping[str, Value], sent: Mapping[str, str] | None
    ) -> Iterator[Span]:
        """Begin a span. Of an exception only its class is kept: its words may hold anything."""
        context = None if sent is None else _W3C.extract(sent, Context())
        one = self._tracer.start_span(name, context, KINDS[kind], dict(values))
        with use_span(one, end_on_exit=True, record_exception=False, set_status_on_exception=False):
            told = _Told(one)
            try:
                yield told
            except Exception as error:
                told.failed(type(error).__name__)
                raise

    def trace_id(self) -> str:
        """Give the trace of the span under way."""
        known = get_current_span().get_span_context()
        return "" if known == INVALID_SPAN_CONTEXT else format_trace_id(known.trace_id)

    def headers(self) -> Mapping[str, str]:
        """Give `traceparent`, and `tracestate` where there is one."""
        carrier: dict[str, str] = {}
        _W3C.inject(carrier)
        return carrier


class _Told:
    def __init__(self, one: OtelSpan) -> None:
        self._one = one

    def note(self, values: Mapping[str, Value]) -> None:
        """Add values."""
        self._one.set_attributes(dict(values))

    def rename(self, name: str) -> None:
        """Change the name."""
        self._one.update_name(name)

    def failed(self, kind: str) -> None:
        """Mark it as failed."""
        self._one.set_status(Status(StatusCode.ERROR))
        self._one.set_attribute("error.type", kind)
