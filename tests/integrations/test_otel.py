"""OpenTelemetry: what an evaluation leaves in the logs and spans of the real SDK."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from opentelemetry import _logs, trace
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import InMemoryLogRecordExporter, SimpleLogRecordProcessor
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.semconv._incubating.attributes import feature_flag_attributes as known

from flagsdk import FlagClient
from flagsdk.integrations.otel import EVENT, record_evaluations
from tests.sdk.documents import flag, half, texts, whole
from tests.sdk.scripted import Scripted

DOCUMENTS = texts(flag("a"), flag("half", default=half(), rules=[]))


@pytest.fixture
def client() -> Iterator[FlagClient]:
    with FlagClient(Scripted(whole(DOCUMENTS, 7))) as made:
        yield made


@pytest.fixture(scope="session")
def exporter() -> InMemoryLogRecordExporter:
    """Set up logs once: OpenTelemetry allows it once in a process."""
    made = InMemoryLogRecordExporter()  # type: ignore[no-untyped-call]  # the SDK's own gap
    provider = LoggerProvider()
    provider.add_log_record_processor(SimpleLogRecordProcessor(made))
    _logs.set_logger_provider(provider)
    return made


@pytest.fixture
def logged(exporter: InMemoryLogRecordExporter) -> Callable[[], list[Any]]:
    exporter.clear()
    return lambda: [data.log_record for data in exporter.get_finished_logs()]


@pytest.fixture
def spans() -> InMemorySpanExporter:
    return InMemorySpanExporter()


@pytest.fixture
def tracer(spans: InMemorySpanExporter) -> trace.Tracer:
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(spans))
    return provider.get_tracer("tests")


def test_an_evaluation_is_an_event_of_the_convention(client: FlagClient, logged: Callable[[], list[Any]]) -> None:
    record_evaluations(client)

    client.is_enabled("half", "user-1")

    [record] = logged()
    assert record.event_name == EVENT == "feature_flag.evaluation"
    assert dict(record.attributes) == {
        known.FEATURE_FLAG_KEY: "half",
        known.FEATURE_FLAG_PROVIDER_NAME: "flagsvc",
        known.FEATURE_FLAG_RESULT_VARIANT: client.get_boolean_details("half", "user-1").variant,
        known.FEATURE_FLAG_RESULT_REASON: known.FeatureFlagResultReasonValues.SPLIT.value,
        known.FEATURE_FLAG_SET_ID: "production",
        known.FEATURE_FLAG_VERSION: "7",
    }


def test_an_error_is_named(client: FlagClient, logged: Callable[[], list[Any]]) -> None:
    record_evaluations(client)

    client.is_enabled("none")

    [record] = logged()
    assert record.attributes["error.type"] == "flag_not_found"
    assert record.attributes[known.FEATURE_FLAG_RESULT_REASON] == "error"
    assert "none" in record.attributes[known.FEATURE_FLAG_ERROR_MESSAGE]
    assert known.FEATURE_FLAG_RESULT_VARIANT not in record.attributes


@pytest.mark.parametrize("context", ["user-1", {"targetingKey": "user-1", "email": "one@example.org"}])
def test_the_targeting_key_is_recorded_only_when_asked_for(
    client: FlagClient, logged: Callable[[], list[Any]], context: Any
) -> None:
    record_evaluations(client)()
    record_evaluations(client, context_id=True)

    client.is_enabled("a", context)

    [record] = logged()
    assert record.attributes[known.FEATURE_FLAG_CONTEXT_ID] == "user-1"
    assert "one@example.org" not in record.attributes.values()


def test_the_event_belongs_to_the_span_it_happened_in(
    client: FlagClient, logged: Callable[[], list[Any]], tracer: trace.Tracer
) -> None:
    record_evaluations(client)

    with tracer.start_as_current_span("request") as span:
        client.is_enabled("a")

    [record] = logged()
    assert (record.trace_id, record.span_id) == (span.get_span_context().trace_id, span.get_span_context().span_id)


def test_it_may_be_an_event_of_the_span_itself(
    client: FlagClient, logged: Callable[[], list[Any]], tracer: trace.Tracer, spans: InMemorySpanExporter
) -> None:
    record_evaluations(client, span_events=True)

    with tracer.start_as_current_span("request"):
        client.is_enabled("a")
    client.is_enabled("a")  # outside of any span: nothing to add it to

    [span] = spans.get_finished_spans()
    [event] = span.events
    assert (event.name, (event.attributes or {})[known.FEATURE_FLAG_KEY]) == (EVENT, "a")
    assert logged() == []


def test_it_ends_when_told_to(client: FlagClient, logged: Callable[[], list[Any]]) -> None:
    record_evaluations(client)()

    client.is_enabled("a")

    assert logged() == []
