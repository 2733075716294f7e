"""Every getter answers for every argument, with the value of the flag or the caller's default, and counts it."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flagsdk import Context, Decision, FlagClient
from flagsdk.core.decision import ErrorCode, Reason
from flagsdk.core.evaluate import evaluate, evaluate_split
from flagsdk.core.snapshot import Snapshot
from flagsdk.usage import Use
from flagsdk.wire import admit
from tests.sdk.documents import flag, half, texts, traffic, whole
from tests.sdk.scripted import Scripted

GERMAN = {"id": "de", "when": {"attribute": "country", "op": "in", "values": ["DE"]}, "serve": "off"}
DOCUMENTS = texts(
    *(flag(kind, kind) for kind in ("boolean", "string", "integer", "float", "object")),
    flag("half", default=half()),
    flag("off", enabled=False),
    flag("gone", archived=True),
    flag("german", rules=[GERMAN]),
    flag("typed", "string", default=half()),
    traffic("checkout"),
)
VALUES = {"boolean": True, "string": "yes", "integer": 7, "float": 0.5, "object": {"a": [1, {"b": 2}]}}
TAKES = {
    "boolean": {"boolean"},
    "string": {"string", "typed"},
    "integer": {"integer"},
    "float": {"float", "integer"},
    "object": {"object"},
}


class Hostile(dict[str, Any]):
    """A context that cannot be read."""

    def get(self, key: str, default: Any = None) -> Any:
        raise RuntimeError("no")

    def __getitem__(self, key: str) -> Any:
        raise RuntimeError("no")


@pytest.fixture(scope="module")
def snapshot() -> Snapshot:
    return admit(whole(DOCUMENTS))


@pytest.fixture
def client() -> Iterator[FlagClient]:
    with FlagClient(Scripted(whole(DOCUMENTS))) as made:
        yield made


def getter(client: FlagClient, kind: str) -> Callable[..., Any]:
    made: Callable[..., Any] = getattr(client, f"get_{kind}")
    return made


def details(client: FlagClient, kind: str) -> Callable[..., Decision]:
    made: Callable[..., Decision] = getattr(client, f"get_{kind}_details")
    return made


@pytest.mark.parametrize("kind", VALUES)
@pytest.mark.parametrize("key", [*VALUES, "typed"])
@pytest.mark.parametrize("twice", [False, True], ids=["first use", "second use"])
def test_a_getter_takes_its_type_and_no_other(client: FlagClient, kind: str, key: str, twice: bool) -> None:  # noqa: FBT001
    """An integer is a float, too; nothing else is converted, and `True` is no integer."""
    default = object()
    for _ in range(1 + twice):
        value = getter(client, kind)(key, Context("user-1"), default)
        decision = details(client, kind)(key, Context("user-1"), default)

    assert value is default if key not in TAKES[kind] else value == VALUES.get(key, value)
    assert decision.value == value
    assert decision.error is (None if key in TAKES[kind] else ErrorCode.TYPE_MISMATCH)
    if kind == "float" and key in TAKES["float"]:
        assert type(value) is float


@pytest.mark.parametrize("kind", VALUES)
@pytest.mark.parametrize("key", ["unknown", "gone", "", "x" * 10_000, "\ud800"])
def test_what_is_not_there_gives_the_default(client: FlagClient, kind: str, key: str) -> None:
    default = object()

    assert getter(client, kind)(key, Context("user-1"), default) is default
    decision = details(client, kind)(key, Context("user-1"), default)

    assert decision.value is default
    assert (decision.reason, decision.error) == (Reason.ERROR, ErrorCode.FLAG_NOT_FOUND)


def test_without_a_default_the_value_of_nothing_is_served(client: FlagClient) -> None:
    assert client.get_boolean("unknown") is False
    assert client.get_string("unknown") == ""
    assert client.get_integer("unknown") == 0
    assert client.get_float("unknown") == 0.0
    assert client.get_object("unknown") is None
    assert client.is_enabled("unknown") is False
    assert client.cohort("unknown") == "stable"


def test_an_object_is_handed_out_as_a_copy(client: FlagClient) -> None:
    first = client.get_object("object")
    assert first is not None
    first["a"].append("mine")

    assert client.get_object("object") == VALUES["object"]
    assert client.get_object_details("object").value == VALUES["object"]


contexts: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    st.text(max_size=8),
    st.integers(),
    st.lists(st.integers(), max_size=2),
    st.just(Hostile(targetingKey="user-1")),
    st.just(object()),
    st.builds(Context, st.text(max_size=8), country=st.sampled_from(["DE", "AT", None, 1])),
    st.dictionaries(st.sampled_from(["targetingKey", "country"]), st.text(max_size=3) | st.integers() | st.none()),
)


@given(key=st.sampled_from(["boolean", "half", "off", "gone", "german", "unknown"]), context=contexts)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300)
def test_every_context_gets_what_the_core_decides(
    client: FlagClient, snapshot: Snapshot, key: str, context: Any
) -> None:
    """A targeting key alone and nothing at all are contexts, too."""
    meant = {} if context is None else Context(context) if isinstance(context, str) else context
    decision = evaluate(snapshot, key, meant)
    expected = False if decision.value is None else decision.value

    assert client.get_boolean(key, context) is expected
    assert client.is_enabled(key, context) is expected
    found = client.get_boolean_details(key, context)
    assert (found.value, found.variant, found.reason, found.error) == (
        expected,
        decision.variant,
        decision.reason,
        decision.error,
    )
    assert client.evaluate_all(context).keys() == {*VALUES, "half", "off", "german", "typed"}


@given(context=contexts)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_context_has_a_cohort(client: FlagClient, snapshot: Snapshot, context: Any) -> None:
    meant = {} if context is None else Context(context) if isinstance(context, str) else context
    decision = evaluate_split(snapshot, "checkout", meant)

    assert client.cohort("checkout", context) == decision.value
    assert client.cohort_details("checkout", context).bucket == decision.bucket


@pytest.mark.parametrize("key", [None, 7, [], {}, object(), Hostile()])
def test_a_key_that_is_no_text_gives_the_default(client: FlagClient, key: Any) -> None:
    assert client.get_boolean(key, Context("u"), default=True) is True
    assert client.get_boolean_details(key, Context("u"), default=True).value is True
    assert client.is_enabled(key) is False
    assert client.cohort(key, Context("u")) == "stable"


def test_details_explain_a_split(client: FlagClient, snapshot: Snapshot) -> None:
    decision = client.get_boolean_details("half", Context("user-1"))

    assert decision == evaluate(snapshot, "half", Context("user-1"))
    assert (decision.reason, decision.revision) == (Reason.SPLIT, 1)
    assert decision.bucket is not None


def test_evaluate_all_agrees_with_each_getter(client: FlagClient) -> None:
    everything = client.evaluate_all(Context("user-1", country="DE"))

    assert isinstance(everything, Mapping)
    assert everything["german"] == client.get_boolean_details("german", Context("user-1", country="DE"))
    with pytest.raises(KeyError):
        everything["gone"]


def test_plain_values_are_those_of_the_getters_and_can_be_changed(client: FlagClient) -> None:
    context = Context("user-1")
    plain = client.evaluate_all(context).plain()

    assert {key: plain[key] for key in VALUES} == VALUES
    plain["object"]["a"].append(2)
    assert client.get_object("object", context) == VALUES["object"]


def test_uses_are_counted_by_variant(client: FlagClient) -> None:
    """By every way of reading; what has no variant is not counted."""
    for _ in range(3):
        client.get_boolean("boolean", Context("user-1"))
    client.is_enabled("boolean")
    client.get_boolean_details("boolean")
    client.get_boolean("unknown")
    client.cohort("checkout")
    one_by_one = client.usage()
    everything = client.evaluate_all()

    assert one_by_one == {
        Use("flag", "boolean", "on", 1): 5,
        Use("split", "checkout", "stable", 1): 1,
    }
    assert client.usage()[Use("flag", "boolean", "on", 1)] == 6
    assert sum(client.usage().values()) == 6 + len(everything)


def test_decisions_about_everything_can_be_changed(client: FlagClient) -> None:
    """An object is a copy each time, so that nobody changes what others are served."""
    client.evaluate_all("u")["object"].value["a"].append("mine")

    assert client.get_object("object") == VALUES["object"]
    assert client.evaluate_all("u")["object"].value == VALUES["object"]


def test_decisions_stay_those_of_the_context_that_was_asked_about(client: FlagClient) -> None:
    """A context that is used again for the next user changes no bucket of the one before."""
    context = Context("u1")
    expected = client.get_boolean_details("half", context)
    decisions = client.evaluate_all(context)

    context["targetingKey"] = "\ud800"

    assert decisions["half"] == expected
