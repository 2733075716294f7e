"""A snapshot that nobody confirms grows old: decisions say so, and flags that want it close."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flagsdk import FlagClient
from flagsdk.core.decision import Reason
from flagsdk.staleness import Limits, Policy, Then
from flagsdk.wire import admit
from tests.sdk.documents import change, flag, texts, traffic, whole
from tests.sdk.scripted import Scripted
from tests.support.timing import eventually

DOCUMENTS = texts(
    flag("plain"),
    flag("keeps", staleness={"then": "keep"}),
    flag("closes", staleness={"then": "off"}),
    flag("later", staleness={"afterSeconds": 3_600, "then": "off"}),
    flag("future", staleness={"then": "a word of the future"}),
    traffic("checkout", default={"serve": "canary"}),
)


@pytest.fixture
def source() -> Scripted:
    return Scripted(whole(DOCUMENTS))


def aged(client: FlagClient) -> None:
    """Wait until the thread has seen that the snapshot is old."""
    eventually(lambda: client.status.state == "stale")
    eventually(lambda: client.get_boolean("closes") is False)


def values(client: FlagClient) -> dict[str, bool]:
    return {key: client.is_enabled(key) for key in ("plain", "keeps", "closes", "later", "future")}


@pytest.fixture
def keeping(source: Scripted) -> Iterator[FlagClient]:
    with FlagClient(source, stale_seconds=0.3) as client:
        yield client


def test_the_first_snapshot_is_never_served_as_an_old_one(source: Scripted) -> None:
    seen: list[bool] = []
    client = FlagClient(source)
    client.on_change("closes", lambda changed: seen.append(client.is_enabled("closes")))

    eventually(lambda: seen)

    assert seen == [True]
    client.close()


def test_while_it_is_fresh_every_flag_decides(keeping: FlagClient) -> None:
    assert set(values(keeping).values()) == {True}
    assert keeping.get_boolean_details("closes").reason is Reason.STATIC


def test_an_old_snapshot_goes_on_deciding_but_for_the_flags_that_close(keeping: FlagClient) -> None:
    """What this version does not know closes, too: an old reader never keeps a gate open."""
    aged(keeping)

    assert values(keeping) == {"plain": True, "keeps": True, "closes": False, "later": True, "future": False}
    assert keeping.cohort("checkout") == "canary"
    reasons = {key: keeping.get_boolean_details(key).reason for key in ("plain", "closes", "later")}
    assert reasons == {"plain": Reason.STALE, "closes": Reason.STALE, "later": Reason.STATIC}
    assert keeping.get_boolean_details("closes").variant == "off"
    bulk = keeping.evaluate_all()
    assert (bulk["plain"].value, bulk["closes"].value) == (True, False)
    assert (bulk["plain"].reason, bulk["closes"].reason) == (Reason.STALE, Reason.STALE)


def test_a_client_that_closes_spares_the_flags_that_keep(source: Scripted) -> None:
    with FlagClient(source, stale_seconds=0.3, when_stale="off") as client:
        aged(client)

        assert values(client) == {"plain": False, "keeps": True, "closes": False, "later": True, "future": False}
        assert client.cohort("checkout") == "stable"
        assert client.is_enabled("unknown") is False


def test_another_word_than_keep_and_off_is_refused_at_once() -> None:
    with pytest.raises(ValueError, match="when_stale: keep or off, not 'of'"):
        FlagClient(offline=True, when_stale="of")  # type: ignore[arg-type]


def test_a_confirmation_opens_everything_again(keeping: FlagClient, source: Scripted) -> None:
    aged(keeping)

    source.heard.put([])

    eventually(lambda: keeping.is_enabled("closes"))
    assert set(values(keeping).values()) == {True}


def test_a_policy_that_is_edited_counts_from_then_on(keeping: FlagClient, source: Scripted) -> None:
    step, after = change(whole(DOCUMENTS), texts(flag("closes"), flag("plain", staleness={"then": "off"})))
    source.heard.put([step])
    eventually(lambda: keeping.status.revision == after.revision)
    eventually(lambda: keeping.is_enabled("plain") is False)

    assert keeping.is_enabled("closes") is True


policies = st.builds(Policy, st.integers(1, 100).map(float), st.sampled_from(["keep", "off"]))


@given(own=policies, flags=st.dictionaries(st.sampled_from("abc"), policies), age=st.integers(0, 200))
def test_closed_is_what_its_own_policy_closes_else_the_client_s(
    own: Policy, flags: dict[str, Policy], age: float
) -> None:
    documents = texts(flag("z"), *(_with(key, policy.after_seconds, policy.then) for key, policy in flags.items()))
    limits = Limits(own)
    limits.follow(admit(whole(documents)), documents)

    closed = limits.closed(age)

    for key in "abcz":
        policy = flags.get(key, own)
        assert closed.covers(f"flag/{key}") == (policy.then == "off" and age > policy.after_seconds)


def _with(key: str, after_seconds: float, then: Then) -> dict[str, object]:
    return flag(key, staleness={"afterSeconds": int(after_seconds), "then": then})
