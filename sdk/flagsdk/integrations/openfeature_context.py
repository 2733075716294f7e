"""OpenFeature's evaluation context as ours, and the context in force as OpenFeature's transaction context."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from openfeature.evaluation_context import EvaluationContext
from openfeature.transaction_context import ContextVarsTransactionContextPropagator

from flagsdk.core.context import TARGETING_KEY, Context
from flagsdk.integrations.context import current_context


def converted(context: EvaluationContext | None) -> Context:
    """Convert an evaluation context: the targeting key and all attributes, instants as RFC 3339 texts in UTC.

    Raises ValueError for what has no counterpart: another type, a name that is no text, an instant without a time zone.
    Raises RecursionError for a context that holds itself, and whatever the program's own mappings raise.
    """
    if context is None:
        return Context()
    whole = Context()
    whole.update(_mapping(context.attributes))
    if context.targeting_key is not None:
        whole[TARGETING_KEY] = context.targeting_key
    return whole


class RequestContextPropagator(ContextVarsTransactionContextPropagator):
    """Makes the context that an integration put in force (`flagsdk.integrations.context`) OpenFeature's own.

    `api.set_transaction_context_propagator(RequestContextPropagator())`; what `api.set_transaction_context` says goes
    on top.
    """

    def get_transaction_context(self) -> EvaluationContext:
        """Give the context of what is under way."""
        attributes: dict[str, Any] = current_context()
        key = attributes.pop(TARGETING_KEY, None)
        return EvaluationContext(key, attributes).merge(super().get_transaction_context())


def _mapping(mapping: Mapping[str, Any]) -> dict[str, Any]:
    wrong = next((name for name in mapping if not isinstance(name, str)), None)
    if wrong is not None:
        raise ValueError(f"the name of an attribute is {type(wrong).__name__}, not a text")
    return {name: _plain(value) for name, value in mapping.items()}


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, str | int | float):  # a bool is an int
        return value
    if isinstance(value, datetime):
        return _instant(value)
    if isinstance(value, Mapping):
        return _mapping(value)
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray | memoryview):
        return [_plain(item) for item in value]
    raise ValueError(f"an attribute is of type {type(value).__name__}")


def _instant(value: datetime) -> str:
    if value.utcoffset() is None:
        raise ValueError("an attribute is a datetime without a time zone")
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
