"""The stock OpenFeature SDK over our provider: each type, each way a decision can end, by sync and async methods."""

import asyncio
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta, timezone
from itertools import product
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openfeature import api
from openfeature.evaluation_context import EvaluationContext
from openfeature.exception import ErrorCode, ProviderNotReadyError
from openfeature.flag_evaluation import FlagEvaluationDetails, Reason
from openfeature.telemetry import create_evaluation_event

from flagsdk import AsyncFlagClient, Context, FlagClient
from flagsdk.core.hashing import bucket_of
from flagsdk.core.instants import instant_of
from flagsdk.integrations.context import use_context
from flagsdk.integrations.openfeature import FlagsvcProvider, RequestContextPropagator
from flagsdk.integrations.openfeature_context import converted
from flagsdk.sources import SourceFault
from tests.core.strategies import HOSTILE
from tests.integrations.openfeature_world import ANN, DEFAULTS, NOBODY, OTHER, TYPES, VALUES, asked, provided, source
from tests.sdk.scripted import Scripted

WAYS = [pytest.param(False, id="sync"), pytest.param(True, id="async")]


class End(NamedTuple):
    """What is expected: a variant with its reason, or an error; and what the metadata say at least."""

    variant: str | None
    reason: Reason
    error: ErrorCode | None = None
    metadata: Mapping[str, Any] = {}
    context: EvaluationContext | None = ANN


BUCKET = bucket_of("salt", "ann")
ENDS = {
    "static": End("on", Reason.STATIC),
    "disabled": End("off", Reason.DISABLED),
    "split": End("on" if BUCKET < 50_000 else "off", Reason.SPLIT, metadata={"bucket": BUCKET}),
    "rule": End("on", Reason.TARGETING_MATCH, metadata={"rule": "pro"}),
    "default": End("off", Reason.DEFAULT),
    "target": End("on", Reason.TARGETING_MATCH, metadata={"rule": "target"}),
    "prerequisite": End("off", Reason.DEFAULT, metadata={"prerequisite": "parent"}),
    "broken": End(None, Reason.ERROR, ErrorCode.GENERAL),
    "archived": End(None, Reason.ERROR, ErrorCode.FLAG_NOT_FOUND),
    "missing": End(None, Reason.ERROR, ErrorCode.FLAG_NOT_FOUND),
}
FACTS = {"revision": 1, "version": "1", "flagSetId": "production", "contextId": "ann"}


@pytest.fixture(scope="module")
def client() -> Iterator[FlagClient]:
    with FlagClient(source()) as made:
        provided(made, "ready")
        yield made
    api.shutdown()


def check(found: FlagEvaluationDetails[Any], kind: str, end: End) -> None:
    """Compare an answer with what is expected of it."""
    on, off = VALUES[kind]
    expected = {"on": on, "off": off, None: DEFAULTS[kind]}[end.variant]
    assert (found.value, type(found.value)) == (expected, type(expected))
    assert (found.variant, found.reason, found.error_code) == (end.variant, end.reason, end.error)
    assert end.metadata.items() <= found.flag_metadata.items()
    assert all(isinstance(value, str | int | float | bool) for value in found.flag_metadata.values())


@pytest.mark.parametrize("waiting", WAYS)
@pytest.mark.parametrize(("kind", "way"), list(product(TYPES, ENDS)))
def test_every_end_of_a_decision_has_its_value_variant_reason_and_error(
    client: FlagClient, kind: str, way: str, *, waiting: bool
) -> None:
    end = ENDS[way]

    found = asked("ready", kind, f"{kind}-{way}", waiting=waiting)

    check(found, kind, end._replace(metadata={**FACTS, **end.metadata}))


@pytest.mark.parametrize("waiting", WAYS)
@pytest.mark.parametrize("kind", TYPES)
def test_a_flag_of_another_type_is_a_mismatch_and_the_default(client: FlagClient, kind: str, *, waiting: bool) -> None:
    found = asked("ready", kind, f"{OTHER[kind]}-static", waiting=waiting)

    check(found, kind, End(None, Reason.ERROR, ErrorCode.TYPE_MISMATCH))


@pytest.mark.parametrize("waiting", WAYS)
@pytest.mark.parametrize("kind", TYPES)
def test_a_split_without_a_targeting_key_is_an_error_and_a_rule_needs_none(
    client: FlagClient, kind: str, *, waiting: bool
) -> None:
    missing = End(None, Reason.ERROR, ErrorCode.TARGETING_KEY_MISSING)

    for nobody in (NOBODY, EvaluationContext("", NOBODY.attributes)):
        check(asked("ready", kind, f"{kind}-split", nobody, waiting=waiting), kind, missing)
        check(asked("ready", kind, f"{kind}-rule", nobody, waiting=waiting), kind, ENDS["rule"])
    check(asked("ready", kind, f"{kind}-static", None, waiting=waiting), kind, ENDS["static"])


@pytest.mark.parametrize("waiting", WAYS)
@pytest.mark.parametrize("kind", TYPES)
def test_an_override_is_served(client: FlagClient, kind: str, *, waiting: bool) -> None:
    on, off = VALUES[kind]

    with client.override({f"{kind}-static": off}):
        found = asked("ready", kind, f"{kind}-static", waiting=waiting)

    assert (found.value, found.variant, found.reason) == (off, "override", Reason.STATIC)
    assert asked("ready", kind, f"{kind}-static").value == on


@pytest.mark.parametrize("waiting", WAYS)
@pytest.mark.parametrize("kind", TYPES)
def test_before_the_first_snapshot_the_default_is_served(kind: str, *, waiting: bool) -> None:
    made = FlagClient(Scripted(SourceFault("away")))
    provider = FlagsvcProvider(made, start_seconds=0.01)
    expected = End(None, Reason.ERROR, ErrorCode.PROVIDER_NOT_READY)

    with pytest.raises(ProviderNotReadyError):
        api.set_provider_and_wait(provider, "early")

    check(asked("early", kind, f"{kind}-static", waiting=waiting), kind, expected)
    made.close()


@pytest.mark.parametrize("waiting", WAYS)
@pytest.mark.parametrize("kind", TYPES)
def test_what_nobody_has_confirmed_is_served_and_said_to_be_stale(kind: str, *, waiting: bool) -> None:
    with FlagClient(source(), stale_seconds=0) as made:
        provided(made, "stale")

        for way in ("static", "split", "rule", "disabled"):
            expected = ENDS[way]._replace(reason=Reason.STALE)
            check(asked("stale", kind, f"{kind}-{way}", waiting=waiting), kind, expected)
        check(asked("stale", kind, f"{kind}-missing", waiting=waiting), kind, ENDS["missing"])


@pytest.mark.parametrize("waiting", WAYS)
@pytest.mark.parametrize("kind", TYPES)
def test_a_closed_client_answers_from_its_last_snapshot(kind: str, *, waiting: bool) -> None:
    with FlagClient(source()) as made:
        provided(made, "closed")

    check(asked("closed", kind, f"{kind}-split", waiting=waiting), kind, ENDS["split"])


def test_an_integer_flag_is_a_float_where_one_is_asked_for_and_a_boolean_is_no_integer(client: FlagClient) -> None:
    as_float = asked("ready", "float", "integer-static")
    as_integer = asked("ready", "integer", "boolean-static")

    assert (as_float.value, type(as_float.value), as_float.error_code) == (7.0, float, None)
    assert (as_integer.value, as_integer.error_code) == (99, ErrorCode.TYPE_MISMATCH)


def test_what_a_program_does_to_an_object_stays_with_it(client: FlagClient) -> None:
    asked("ready", "object", "object-static").value["a"].append(2)

    assert asked("ready", "object", "object-static").value == VALUES["object"][0]


@pytest.mark.parametrize("kind", TYPES)
def test_an_async_resolver_is_done_before_it_would_first_wait(client: FlagClient, kind: str) -> None:
    resolver = getattr(FlagsvcProvider(client), f"resolve_{kind}_details_async")(f"{kind}-static", DEFAULTS[kind], ANN)

    with pytest.raises(StopIteration) as ended:
        resolver.send(None)

    assert ended.value.value.value == VALUES[kind][0]


def test_a_client_for_asyncio_programs_answers_likewise() -> None:
    async def program() -> Any:
        async with AsyncFlagClient(source()) as made:
            api.set_provider_and_wait(FlagsvcProvider(made), "asyncio")
            return await api.get_client("asyncio").get_string_details_async("string-split", "default", ANN)

    check(asyncio.run(program()), "string", ENDS["split"])


def test_the_telemetry_of_the_stock_sdk_finds_what_it_looks_for(client: FlagClient) -> None:
    class Hooked:
        """Stands for what a hook is handed."""

        evaluation_context = ANN
        provider_metadata = FlagsvcProvider(client).get_metadata()

    event: Any = create_evaluation_event(Hooked(), asked("ready", "string", "string-split"))  # type: ignore[arg-type]

    assert {str(name.value): value for name, value in event.attributes.items()} == {
        "feature_flag.key": "string-split",
        "feature_flag.evaluation.reason": "split",
        "feature_flag.variant": ENDS["split"].variant,
        "feature_flag.context.id": "ann",
        "feature_flag.set.id": "production",
        "feature_flag.version": "1",
        "feature_flag.provider_name": "flagsvc",
    }


# Contexts


@given(st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=st.timezones()))  # noqa: DTZ001
def test_an_instant_is_the_same_one_after_conversion(instant: datetime) -> None:
    text = converted(EvaluationContext("ann", {"since": {"at": [instant]}}))["since"]["at"][0]

    assert datetime.fromisoformat(text).timestamp() == instant.timestamp()
    assert instant_of(text) is not None


def test_every_instant_is_written_in_utc() -> None:
    noon = datetime(2024, 2, 29, 12, 0, 0, 500_000, tzinfo=timezone(timedelta(hours=1)))

    assert converted(EvaluationContext(None, {"at": noon})) == {"at": "2024-02-29T11:00:00.500000Z"}


def test_nested_attributes_are_converted_and_none_is_left_out() -> None:
    context = EvaluationContext("ann", {"user": {"plan": "pro", "tags": ("a", 1, True)}, "age": 30, "score": 0.5})

    assert converted(context) == Context("ann", user={"plan": "pro", "tags": ["a", 1, True]}, age=30, score=0.5)
    assert converted(None) == Context()


def loop() -> dict[str, Any]:
    circle: dict[str, Any] = {}
    circle["again"] = circle
    return circle


@pytest.mark.parametrize("wrong", [
    {"at": datetime(2024, 2, 29)},  # noqa: DTZ001
    {"blob": b"bytes"},
    {"thing": object()},
    {"nested": [{"deep": {1, 2}}]},
    {7: "a name that is no text"},
    {"user": {7: "likewise"}},
    loop(),
])  # fmt: skip
def test_a_context_that_has_no_counterpart_is_an_invalid_one(client: FlagClient, wrong: Any) -> None:
    found = asked("ready", "string", "string-static", EvaluationContext("ann", wrong))

    assert (found.value, found.reason, found.error_code) == ("default", Reason.ERROR, ErrorCode.INVALID_CONTEXT)
    assert found.error_message


@given(st.sampled_from(HOSTILE), st.sampled_from(TYPES))
def test_no_context_makes_a_resolver_raise(client: FlagClient, value: Any, kind: str) -> None:
    resolve = getattr(FlagsvcProvider(client), f"resolve_{kind}_details")

    for context in (
        EvaluationContext(value, {}),
        EvaluationContext("ann", {"plan": value}),
        EvaluationContext("a", value),
    ):
        assert resolve(f"{kind}-rule", DEFAULTS[kind], context).value in (*VALUES[kind], DEFAULTS[kind])


def test_the_context_in_force_becomes_the_transaction_s_and_an_invocation_s_goes_on_top(client: FlagClient) -> None:
    api.set_transaction_context_propagator(RequestContextPropagator())
    with use_context(Context("ann", plan="pro")):
        assert asked("ready", "string", "string-rule", None).value == "yes"
        assert asked("ready", "string", "string-rule", EvaluationContext(None, {"plan": "free"})).value == "no"
        assert asked("ready", "string", "string-split", None).flag_metadata["contextId"] == "ann"
        api.set_transaction_context(EvaluationContext("bob"))
        assert asked("ready", "string", "string-split", None).flag_metadata["contextId"] == "bob"
    api.set_transaction_context(EvaluationContext())

    assert asked("ready", "string", "string-split", None).error_code is ErrorCode.TARGETING_KEY_MISSING
