"""OpenFeature: a provider for the stock SDK over a client, evaluated in memory; docs/how-to/openfeature.md."""

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flagsdk.client import AsyncFlagClient, FlagClient
from flagsdk.core.context import Context
from flagsdk.core.decision import Decision, Reason
from flagsdk.reading import Reading

try:
    from openfeature.evaluation_context import EvaluationContext
    from openfeature.exception import ErrorCode, ProviderFatalError, ProviderNotReadyError
    from openfeature.flag_evaluation import FlagResolutionDetails, FlagValueType
    from openfeature.hook import Hook
    from openfeature.provider import AbstractProvider, Metadata
    from openfeature.track import TrackingEventDetails
except ImportError as missing:
    raise ImportError(
        "flagsdk.integrations.openfeature needs openfeature-sdk: pip install 'flagsdk[openfeature]'"
    ) from missing

from flagsdk.integrations.openfeature_context import RequestContextPropagator, converted
from flagsdk.integrations.openfeature_details import details, failed
from flagsdk.integrations.openfeature_events import Announcer

__all__ = ["FlagsvcProvider", "RequestContextPropagator"]

NAME = "flagsvc"
START_SECONDS = 5.0

AnyClient = FlagClient | AsyncFlagClient
Given = EvaluationContext | None
Structure = Sequence[FlagValueType] | Mapping[str, FlagValueType]
Track = Callable[[str, Context, float | None, Mapping[str, Any]], object]

_log = logging.getLogger("flagsdk")


class FlagsvcProvider(AbstractProvider):
    """Resolves flags by a client: `api.set_provider(FlagsvcProvider(client))`. No resolver waits for anything.

    Without a client it makes one from the FLAGSDK_* variables, and closes that one at `shutdown`; a client that was
    given stays open. `on_track(name, context, value, attributes)` gets what `track` is told.
    """

    def __init__(
        self,
        client: AnyClient | None = None,
        *,
        start_seconds: float = START_SECONDS,
        hooks: Sequence[Hook] = (),
        on_track: Track | None = None,
    ) -> None:
        super().__init__()
        self._given = client
        self._client = client
        self._start_seconds = start_seconds
        self._hooks = list(hooks)
        self._on_track = on_track
        self._events = Announcer(self)

    def initialize(self, evaluation_context: EvaluationContext) -> None:
        """Wait for a snapshot, at most `start_seconds`.

        Raises ProviderNotReadyError when none came: it may still come, and PROVIDER_READY tells it. Raises
        ProviderFatalError for settings that name no usable source, and for a client that can never get a snapshot.
        """
        client = self._client = self._client or _from_env()
        turned = self._events.follow(client)
        hopeless = client.status.state == "closed" or client.status.source == "offline"
        if not client.ready and not hopeless:
            turned.wait(self._start_seconds)
        status = client.status
        self._events.settle(status, ready=client.ready)
        if client.ready:
            return
        if hopeless:
            raise ProviderFatalError(f"there is no snapshot, and none can come: the client is {status.state}")
        raise ProviderNotReadyError(status.fault or f"no snapshot within {self._start_seconds:g} s")

    def shutdown(self) -> None:
        """Tell nothing more, and close the client if it is this provider's own. Idempotent."""
        self._events.leave()
        client, self._client = self._client, self._given
        if self._given is None and isinstance(client, FlagClient):
            client.close()

    def get_metadata(self) -> Metadata:
        """Name the provider."""
        return Metadata(NAME)

    def get_provider_hooks(self) -> list[Hook]:
        """Give the hooks that it was made with."""
        return self._hooks

    def resolve_boolean_details(
        self,
        flag_key: str,
        default_value: bool,  # noqa: FBT001 - OpenFeature calls it so
        evaluation_context: Given = None,
    ) -> FlagResolutionDetails[bool]:
        """Resolve a boolean flag."""
        return self._resolve(Reading.get_boolean_details, flag_key, default_value, evaluation_context)

    def resolve_string_details(
        self, flag_key: str, default_value: str, evaluation_context: Given = None
    ) -> FlagResolutionDetails[str]:
        """Resolve a string flag."""
        return self._resolve(Reading.get_string_details, flag_key, default_value, evaluation_context)

    def resolve_integer_details(
        self, flag_key: str, default_value: int, evaluation_context: Given = None
    ) -> FlagResolutionDetails[int]:
        """Resolve an integer flag; a boolean flag is none."""
        return self._resolve(Reading.get_integer_details, flag_key, default_value, evaluation_context)

    def resolve_float_details(
        self, flag_key: str, default_value: float, evaluation_context: Given = None
    ) -> FlagResolutionDetails[float]:
        """Resolve a float flag, or an integer flag as a float."""
        return self._resolve(Reading.get_float_details, flag_key, default_value, evaluation_context)

    def resolve_object_details(
        self, flag_key: str, default_value: Structure, evaluation_context: Given = None
    ) -> FlagResolutionDetails[Structure]:
        """Resolve an object flag, as a copy."""
        return self._resolve(Reading.get_object_details, flag_key, default_value, evaluation_context)

    def track(
        self,
        tracking_event_name: str,
        evaluation_context: Given = None,
        tracking_event_details: TrackingEventDetails | None = None,
    ) -> None:
        """Hand an event to `on_track`, if there is one; nothing is kept here. Never raises."""
        if self._on_track is None:
            return
        event = tracking_event_details or TrackingEventDetails()
        try:
            self._on_track(tracking_event_name, converted(evaluation_context), event.value, dict(event.attributes))
        except Exception:  # noqa: BLE001 - what is tracked must not fail what is done
            _log.exception("flagsdk: on_track failed")

    def _resolve(
        self, read: Callable[..., Decision], key: str, default: Any, context: Given
    ) -> FlagResolutionDetails[Any]:
        client = self._client
        if client is None:
            return failed(default, ErrorCode.PROVIDER_NOT_READY, "the provider is not initialized")
        try:
            known = converted(context)
        except Exception as fault:  # noqa: BLE001 - the program's own mappings may raise anything
            return failed(default, ErrorCode.INVALID_CONTEXT, str(fault) or type(fault).__name__)
        decision = read(client, key, known, default)
        if decision.reason is Reason.STALE and self._events.told == "ready":
            self._events.turned(client.status)  # it was so from the start, when only READY could be told
        return details(decision, default, known, self._events.environment)


def _from_env() -> FlagClient:
    try:
        return FlagClient.from_env()
    except (ValueError, OSError) as fault:
        raise ProviderFatalError(str(fault)) from fault
