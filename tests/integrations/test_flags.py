"""Flags by the context in force: the same answers as the client's for the merged context, whatever is given."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from hypothesis import given

from flagsdk import Context, FlagClient
from flagsdk.integrations.context import use_context
from flagsdk.integrations.flags import Flags
from flagsdk.integrations.request import use_request
from tests.core.strategies import contexts
from tests.integrations.documents import USERS, edge_header, ready_client, verifier

READS = {
    "get_boolean": "half", "get_string": "theme", "get_integer": "limit", "get_float": "share", "get_object": "menu",
    "get_boolean_details": "pro", "get_string_details": "theme", "get_integer_details": "limit",
    "get_float_details": "share", "get_object_details": "menu", "is_enabled": "half", "cohort": "checkout",
    "cohort_details": "checkout",
}  # fmt: skip


@pytest.fixture(scope="module")
def client() -> Iterator[FlagClient]:
    made = ready_client()
    yield made
    made.close()


@pytest.mark.parametrize(("read", "key"), [item for item in READS.items() if item[0] != "cohort_details"])
def test_every_getter_answers_as_the_client_does_for_the_context_in_force(
    client: FlagClient, read: str, key: str
) -> None:
    flags = Flags(client)

    for user in USERS:
        with use_context(Context(user, plan="pro")):
            assert getattr(flags, read)(key) == getattr(client, read)(key, Context(user, plan="pro"))


def test_a_context_that_is_given_goes_on_top(client: FlagClient) -> None:
    flags = Flags(client)
    with use_context(Context("user-1", plan="free")):
        assert not flags.is_enabled("pro")
        assert flags.is_enabled("pro", {"plan": "pro"})
        assert [flags.is_enabled("half", user) for user in USERS] == [client.is_enabled("half", user) for user in USERS]


def test_flags_with_a_context_follow_the_one_in_force_beneath_it(client: FlagClient) -> None:
    pro = Flags(client).with_context({"plan": "pro"})

    for user in USERS:
        with use_context(user):
            assert pro.is_enabled("pro")
            assert not pro.is_enabled("pro", {"plan": "free"})
            assert pro.get_string("theme") == client.get_string("theme", user)
            assert pro.with_context({"country": "DE"}).is_enabled("pro")
            assert not pro.with_context({"plan": "free"}).is_enabled("pro")


@given(contexts)
def test_no_context_makes_a_read_raise(client: FlagClient, context: Any) -> None:
    flags = Flags(client)
    with use_context("ann"):
        assert isinstance(flags.is_enabled("half", context), bool)
        assert isinstance(flags.with_context(context).get_string("theme", context), str)
        assert isinstance(flags.cohort("checkout", context), str)
        assert isinstance(flags.evaluate_all(context), Mapping)


def test_the_default_is_served_where_there_is_no_such_flag(client: FlagClient) -> None:
    flags = Flags(client)

    assert flags.get_string("nothing", default="classic") == "classic"
    assert flags.get_integer("theme", default=None) is None
    assert flags.cohort("nothing", default="blue") == "blue"


@pytest.mark.parametrize("cohort", ["canary", "stable", "blue"])
def test_the_edge_decides_the_cohort_of_its_request_and_of_nobody_else(client: FlagClient, cohort: str) -> None:
    flags = Flags(client)
    edge = verifier().read(edge_header(cohort, "user-1"))

    for user in USERS:
        with use_request(user, edge):
            assert flags.cohort("checkout") == flags.with_context({"plan": "pro"}).cohort("checkout") == cohort
            assert flags.cohort("checkout", user) == client.cohort("checkout", user)
            assert flags.get_string("theme") == client.get_string("theme", user)


def test_who_has_no_targeting_key_takes_the_unit_of_the_edge(client: FlagClient) -> None:
    flags = Flags(client)

    for user in USERS:
        edge = verifier().read(edge_header(client.cohort("checkout", user), user))
        for own in (None, {}, {"targetingKey": ""}, {"plan": "pro"}):
            with use_request(own, edge) as context:
                assert context["targetingKey"] == user
                assert flags.is_enabled("half") == (flags.cohort("checkout") == "canary")


def test_without_a_unit_there_is_none_to_take(client: FlagClient) -> None:
    with use_request(None, verifier().read(edge_header(unit=None))) as context:
        assert context == {}
        assert Flags(client).cohort("checkout") == "canary"
