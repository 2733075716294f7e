"""The provider's life in the stock SDK: events on real changes, statuses, hooks, domains, tracking, start and end."""

import os
import queue
import threading
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from openfeature import api
from openfeature.client import OpenFeatureClient
from openfeature.evaluation_context import EvaluationContext
from openfeature.event import EventDetails, ProviderEvent
from openfeature.exception import ErrorCode, ProviderFatalError, ProviderNotReadyError
from openfeature.flag_evaluation import FlagEvaluationDetails, FlagEvaluationOptions, Reason
from openfeature.hook import Hook, HookContext, HookHints
from openfeature.provider import ProviderStatus
from openfeature.track import TrackingEventDetails

from flagsdk import AsyncFlagClient, Context, FlagClient
from flagsdk.integrations.openfeature import FlagsvcProvider
from flagsdk.sources import SourceFault
from tests.integrations.openfeature_world import ANN, DOCUMENTS, asked, provided, source
from tests.sdk.documents import change, flag, texts, whole
from tests.sdk.scripted import Scripted
from tests.support.timing import PATIENCE_SECONDS, eventually, within

READY, STALE, ERROR, CHANGED = (
    ProviderEvent.PROVIDER_READY,
    ProviderEvent.PROVIDER_STALE,
    ProviderEvent.PROVIDER_ERROR,
    ProviderEvent.PROVIDER_CONFIGURATION_CHANGED,
)
AWAY = SourceFault("the source is away")
FIRST = whole(DOCUMENTS)
EDIT = {"flag/parent": texts(flag("parent"))["flag/parent"]}


class Told:
    """The events that a client of the stock SDK is told, in their order."""

    def __init__(self, domain: str) -> None:
        self.client: OpenFeatureClient = api.get_client(domain)
        self._events: queue.Queue[tuple[ProviderEvent, EventDetails]] = queue.Queue()
        for event in ProviderEvent:
            self.client.add_handler(event, partial(self._note, event))

    def next(self, event: ProviderEvent) -> EventDetails:
        """Take the next event, which has to be this one."""
        name, details = self._events.get(timeout=PATIENCE_SECONDS)
        assert name is event, details
        return details

    def two(self) -> set[ProviderEvent]:
        """Take the next two events; handlers run in several threads, so their order says nothing."""
        return {self._events.get(timeout=PATIENCE_SECONDS)[0] for _ in range(2)}

    def _note(self, event: ProviderEvent, details: EventDetails) -> None:
        self._events.put((event, details))

    @property
    def silent(self) -> bool:
        """Whether nothing else was told."""
        return self._events.empty()

    def status(self) -> ProviderStatus:
        """Ask for the provider's status; a function, because it changes between two calls."""
        return self.client.get_provider_status()


@pytest.fixture(autouse=True)
def clean() -> Iterator[None]:
    yield
    api.shutdown()


def test_a_change_is_told_with_the_flags_that_it_reaches_and_the_answers_are_the_new_ones() -> None:
    held = source()
    with FlagClient(held) as client:
        provided(client, "life")
        told = Told("life")
        told.next(READY)

        held.heard.put([change(FIRST, EDIT)[0]])

        details = told.next(CHANGED)
        children = [f"{kind}-prerequisite" for kind in ("boolean", "float", "integer", "object", "string")]
        assert details.flags_changed == sorted(["parent", *children])
        assert (details.metadata, details.provider_name) == ({"revision": 2}, "flagsvc")
        assert asked("life", "string", "string-prerequisite").value == "yes"
        assert told.silent


def test_a_source_that_goes_away_and_comes_back_is_stale_and_then_ready_again() -> None:
    held = source()
    with FlagClient(held, stale_seconds=0.2) as client:
        provided(client, "life")
        told = Told("life")
        told.next(READY)

        held.heard.put(AWAY)

        assert "away" in (told.next(STALE).message or "")
        assert told.status() is ProviderStatus.STALE
        assert asked("life", "string", "string-static").reason == Reason.STALE

        held.heard.put([change(FIRST, EDIT)[0]])

        assert told.two() == {CHANGED, READY}
        assert asked("life", "string", "string-prerequisite").value == "yes"


def recorded(provider: FlagsvcProvider) -> list[ProviderEvent]:
    """Stand for OpenFeature's registry, and note what the provider emits by itself."""
    emitted: list[ProviderEvent] = []
    provider.attach(lambda _, event, details: emitted.append(event))
    return emitted


def test_the_first_ready_is_openfeature_s_own_and_each_state_after_it_is_told_once() -> None:
    late = Scripted(AWAY)
    client = FlagClient(late)
    provider = FlagsvcProvider(client, start_seconds=PATIENCE_SECONDS)
    emitted = recorded(provider)
    threading.Timer(0.2, lambda: setattr(late, "present", FIRST)).start()

    provider.initialize(EvaluationContext())
    for state in ("ready", "stale", "stale", "ready", "ready"):
        provider._events.turned(replace(client.status, state=state))

    assert emitted == [STALE, READY]
    client.close()
    assert emitted == [STALE, READY, ERROR]


def test_after_shutdown_nothing_is_emitted_whoever_listens() -> None:
    held = source()
    with FlagClient(held) as client:
        provider = FlagsvcProvider(client)
        emitted = recorded(provider)
        provider.initialize(EvaluationContext())

        provider.shutdown()

        held.heard.put([change(FIRST, EDIT)[0]])
        eventually(lambda: client.status.revision == 2, "the change")
    assert emitted == []


def test_what_is_stale_from_the_start_is_ready_and_then_at_the_first_answer_stale() -> None:
    with FlagClient(source(), stale_seconds=0) as client:
        provided(client, "life")
        told = Told("life")
        told.next(READY)

        asked("life", "string", "string-static")
        asked("life", "string", "string-static")

        told.next(STALE)
        assert (told.status(), told.silent) == (ProviderStatus.STALE, True)


def test_a_snapshot_that_comes_late_makes_a_provider_ready_that_was_not() -> None:
    late = Scripted(AWAY)
    with FlagClient(late, start_seconds=0) as client:
        told = Told("life")
        told.next(READY)  # of the provider that OpenFeature begins with
        with pytest.raises(ProviderNotReadyError, match="the source is away"):
            api.set_provider_and_wait(FlagsvcProvider(client, start_seconds=0.2), "life")
        assert told.next(ERROR).error_code is ErrorCode.PROVIDER_NOT_READY
        assert told.status() is ProviderStatus.ERROR

        late.present = FIRST

        told.next(READY)
        assert told.status() is ProviderStatus.READY
        assert asked("life", "string", "string-static").value == "yes"
        assert told.silent


def test_setting_a_provider_without_waiting_for_it_returns_at_once_and_it_gets_ready() -> None:
    late = Scripted(AWAY)
    with FlagClient(late, start_seconds=0) as client, within(1):
        api.set_provider(FlagsvcProvider(client, start_seconds=30), "life")
    told = Told("life")
    assert told.status() in {ProviderStatus.NOT_READY, ProviderStatus.ERROR}


def test_a_client_that_was_closed_is_an_error_but_not_a_fatal_one_and_answers_on() -> None:
    with FlagClient(source()) as client:
        provided(client, "life")
        told = Told("life")
        told.next(READY)

    assert "closed" in (told.next(ERROR).message or "")
    assert told.status() is ProviderStatus.ERROR
    assert asked("life", "string", "string-static").value == "yes"


def test_a_client_that_can_never_get_a_snapshot_is_fatal() -> None:
    closed = FlagClient(Scripted(AWAY))
    closed.close()

    for hopeless in (closed, FlagClient(offline=True)):
        told = Told("life")
        with pytest.raises(ProviderFatalError, match="none can come"):
            api.set_provider_and_wait(FlagsvcProvider(hopeless, start_seconds=60), "life")
        assert told.status() is ProviderStatus.FATAL
        assert asked("life", "string", "string-static").error_code is ErrorCode.PROVIDER_FATAL


def test_without_a_client_it_makes_one_from_the_variables_and_closes_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in os.environ:
        if name.startswith("FLAGSDK_"):
            monkeypatch.delenv(name)
    with pytest.raises(ProviderFatalError, match="FLAGSDK_"):
        api.set_provider_and_wait(FlagsvcProvider(), "life")

    flags = tmp_path / "flags.json"
    flags.write_text('{"string-static": "from a file"}')
    monkeypatch.setenv("FLAGSDK_FILE", str(flags))
    provider = FlagsvcProvider()
    assert provider.resolve_string_details("x", "default").error_code is ErrorCode.PROVIDER_NOT_READY
    for _ in range(2):
        before = threading.active_count()
        api.set_provider_and_wait(provider, "life")
        assert asked("life", "string", "string-static").value == "from a file"

        api.clear_providers()

        eventually(partial(_no_more_threads_than, before), "the end of the client's thread")
        assert provider.resolve_string_details("x", "default").error_code is ErrorCode.PROVIDER_NOT_READY


def _no_more_threads_than(number: int) -> bool:
    return threading.active_count() <= number


@pytest.mark.parametrize("kind", [FlagClient, AsyncFlagClient])
def test_a_client_that_was_given_stays_open_after_shutdown_and_its_provider_is_told_nothing(
    kind: type[FlagClient | AsyncFlagClient],
) -> None:
    held = source()
    client = kind(held)
    provider = FlagsvcProvider(client)
    api.set_provider_and_wait(provider, "life")
    told = Told("life")
    told.next(READY)

    api.clear_providers()
    provider.shutdown()
    held.heard.put([change(FIRST, EDIT)[0]])

    eventually(lambda: client.status.revision == 2, "the change")
    assert client.status.state == "ready"
    assert told.silent
    client._close()


def test_two_providers_answer_side_by_side_and_one_that_is_replaced_lets_go() -> None:
    other = whole(texts(flag("string-static", "string", variants={"on": "other", "off": ""})))
    with FlagClient(source()) as one, FlagClient(Scripted(other)) as two:
        provided(one, "one")
        provided(two, "two")
        assert [asked(domain, "string", "string-static").value for domain in ("one", "two")] == ["yes", "other"]

        provided(two, "one")

        assert asked("one", "string", "string-static").value == "other"
        assert (one.status.state, two.status.state) == ("ready", "ready")


class Noting(Hook):
    """Notes which of its stages ran, and what they saw."""

    def __init__(self, name: str, notes: list[tuple[Any, ...]], more: Mapping[str, Any] | None = None) -> None:
        self._name, self._notes, self._more = name, notes, more

    def before(self, hook_context: HookContext, hints: HookHints) -> EvaluationContext | None:
        self._notes.append((self._name, "before", hook_context.flag_key))
        return EvaluationContext(None, self._more) if self._more else None

    def after(self, hook_context: HookContext, details: FlagEvaluationDetails[Any], hints: HookHints) -> None:
        self._notes.append((self._name, "after", details.variant, details.reason))

    def error(self, hook_context: HookContext, exception: Exception, hints: HookHints) -> None:
        self._notes.append((self._name, "error", getattr(exception, "error_code", None)))

    def finally_after(self, hook_context: HookContext, details: FlagEvaluationDetails[Any], hints: HookHints) -> None:
        self._notes.append((self._name, "finally", details.value))


def test_hooks_run_in_the_order_of_the_specification_and_their_context_decides() -> None:
    notes: list[tuple[Any, ...]] = []
    with FlagClient(source()) as client:
        provided(client, "life", hooks=[Noting("provider", notes)])
        hooked = FlagEvaluationOptions(hooks=[Noting("call", notes, {"plan": "pro"})])
        asking = api.get_client("life")

        assert asking.get_string_value("string-rule", "d", EvaluationContext("ann"), hooked) == "yes"

        assert notes == [
            ("call", "before", "string-rule"),
            ("provider", "before", "string-rule"),
            ("provider", "after", "on", Reason.TARGETING_MATCH),
            ("call", "after", "on", Reason.TARGETING_MATCH),
            ("provider", "finally", "yes"),
            ("call", "finally", "yes"),
        ]
        notes.clear()
        assert asking.get_string_value("boolean-static", "d", None, hooked) == "d"
        assert [note[:2] for note in notes[2:]] == [
            (who, what) for what in ("error", "finally") for who in ("provider", "call")
        ]
        assert notes[2][2] is ErrorCode.TYPE_MISMATCH


def test_what_is_tracked_goes_to_on_track_with_its_context_and_never_fails() -> None:
    events: list[Any] = []
    with FlagClient(source()) as client:
        provided(client, "life", on_track=lambda *event: events.append(event))
        tracking = api.get_client("life")

        tracking.track("paid", ANN, TrackingEventDetails(9.5, {"currency": "EUR"}))
        tracking.track("seen")
        tracking.track("odd", EvaluationContext("ann", {"x": object()}))  # type: ignore[dict-item]
        provided(client, "other", on_track=lambda *_: 1 // 0)
        api.get_client("other").track("paid", ANN)
        provided(client, "none")
        api.get_client("none").track("paid", ANN)

    assert events == [("paid", Context("ann", plan="pro"), 9.5, {"currency": "EUR"}), ("seen", Context(), None, {})]
