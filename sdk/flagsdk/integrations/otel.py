"""Evaluations as OpenTelemetry events: `feature_flag.evaluation` of the semantic conventions, version 1.44.0.

The conventions (https://opentelemetry.io/docs/specs/semconv/feature-flags/feature-flags-events/) are in development:
the event is a log record that the Logs API ties to the current span. Needs `flagsdk[opentelemetry]`.
"""

from collections.abc import Callable, Mapping
from typing import Any

try:
    from opentelemetry._logs import Logger, LogRecord, get_logger
    from opentelemetry.trace import get_current_span
except ImportError as missing:
    raise ImportError(
        "flagsdk.integrations.otel needs opentelemetry-api: pip install 'flagsdk[opentelemetry]'"
    ) from missing

from flagsdk import __version__
from flagsdk.client import FlagClient
from flagsdk.core.context import TARGETING_KEY
from flagsdk.core.decision import Decision

__all__ = ["EVENT", "record_evaluations"]

EVENT = "feature_flag.evaluation"
"""Name of the event."""
SCHEMA = "https://opentelemetry.io/schemas/1.44.0"
PROVIDER = "flagsvc"

_Attributes = dict[str, str]


def record_evaluations(
    client: FlagClient, *, context_id: bool = False, span_events: bool = False
) -> Callable[[], None]:
    """Record every evaluation from now on; returns the function that ends it. It costs time at each evaluation.

    `span_events` adds the event to the current span instead, for programs that export traces and no logs.
    `context_id` records the targeting key too: personal data, in most programs.
    """
    emit = _to_span if span_events else _to_log(get_logger("flagsdk", __version__, schema_url=SCHEMA))

    def record(key: str, context: Any, decision: Decision) -> None:
        attributes = _attributes(key, decision, client.status.environment)
        if context_id:
            attributes |= _identity(context)
        emit(attributes)

    return client.on_evaluation(record)


def _attributes(key: str, decision: Decision, environment: str | None) -> _Attributes:
    """Name what is known; the convention writes reasons and error codes in small letters."""
    found = {
        "feature_flag.key": key,
        "feature_flag.provider.name": PROVIDER,
        "feature_flag.result.variant": decision.variant,
        "feature_flag.result.reason": decision.reason.lower(),
        "feature_flag.set.id": environment,
        "feature_flag.version": None if decision.revision is None else str(decision.revision),
        "error.type": decision.error.lower() if decision.error else None,
        "feature_flag.error.message": decision.detail if decision.error else None,
    }
    return {name: value for name, value in found.items() if value is not None}


def _identity(context: Any) -> _Attributes:
    unit = context.get(TARGETING_KEY) if isinstance(context, Mapping) else context
    return {"feature_flag.context.id": unit} if isinstance(unit, str) else {}


def _to_log(logger: Logger) -> Callable[[_Attributes], None]:
    return lambda attributes: logger.emit(LogRecord(event_name=EVENT, attributes=attributes))


def _to_span(attributes: _Attributes) -> None:
    get_current_span().add_event(EVENT, attributes)
