"""What is asked for in vain: every time counts once, keys are bounded, and what could not be a key stays here."""

import threading
from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flagsdk import FlagClient
from flagsdk.core.validate.shapes import is_key as is_key_of_documents
from flagsdk.outbox import Outbox
from flagsdk.unknown import MAX_KEYS, Unknown
from flagsdk.usage import Usage
from flagsdk.wire.members import MAX_COUNT, is_key
from flagsdk.wire.usage import MAX_UNKNOWN

KEYS = st.integers(0, 3 * MAX_KEYS).map("key-{}".format) | st.text(max_size=120)


class Service:
    """Takes what is told, and adds it up."""

    def __init__(self, unknown: Unknown) -> None:
        self.unknown, self.keys, self.others = unknown, Counter[str](), 0

    def take(self) -> None:
        for rows, others in self.unknown.due():
            assert len(rows) <= MAX_UNKNOWN
            self.keys.update(dict(rows))
            self.others += others
            self.unknown.accept(rows, others)


def client() -> FlagClient:
    return FlagClient.for_testing({"known": True, "greeting": "hello"})


def told(asked: FlagClient) -> tuple[dict[str, int], int]:
    service = Service(asked._usage.unknown)
    service.take()
    return dict(service.keys), service.others


@given(st.lists(st.tuples(st.sampled_from(["ask", "tell", "lose", "drop", "renew"]), KEYS), max_size=400))
def test_every_time_is_told_once_and_no_more_keys_than_there_is_room_for(steps: list[tuple[str, str]]) -> None:
    unknown = Unknown()
    service, asked = Service(unknown), Counter[str]()
    for step, key in steps:
        match step:
            case "ask":
                unknown.note(key)
                asked[key] += 1
            case "tell":
                service.take()
            case "lose":
                list(unknown.due())  # written, but never taken
            case "drop":
                for rows, _ in unknown.due():
                    unknown.drop(rows)
            case _:
                unknown.renew()
        assert len(unknown._kept) <= MAX_KEYS
    service.take()

    assert service.keys.total() + service.others == asked.total()
    assert all(is_key(key) and times <= asked[key] for key, times in service.keys.items())


def test_room_is_made_for_other_keys_once_all_is_told() -> None:
    unknown = Unknown()
    service = Service(unknown)
    for number in range(MAX_KEYS + 7):
        unknown.note(f"first-{number}")
    unknown.renew()  # nothing is told yet: nothing goes
    unknown.note("late")

    service.take()
    unknown.renew()
    unknown.note("late")
    service.take()

    assert (len(service.keys), service.others, service.keys["late"]) == (MAX_KEYS + 1, 8, 1)


def test_who_was_on_the_way_while_room_was_made_counts_among_the_others() -> None:
    unknown = Unknown()
    service = Service(unknown)
    unknown.note("typo")
    held = unknown._kept["typo"]
    service.take()

    unknown.renew()
    held.times += 1
    unknown.renew()
    service.take()

    assert (dict(service.keys), service.others) == ({"typo": 1}, 1)


def test_threads_lose_nothing() -> None:
    unknown = Unknown()
    service = Service(unknown)

    def ask() -> None:
        for number in range(3000):
            unknown.note(f"key-{number % 150}")

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    service.take()
    unknown.renew()
    while any(thread.is_alive() for thread in threads):
        service.take()
    unknown.renew()
    service.take()

    assert service.keys.total() + service.others == 12_000


@given(st.text(max_size=120) | st.text("aZ9._-", max_size=101))
def test_what_may_be_a_key_is_what_a_document_may_have(text: str) -> None:
    assert is_key(text) == is_key_of_documents(text)


def test_every_getter_counts_what_is_not_there() -> None:
    with client() as asked:
        asked.is_enabled("gone")
        asked.get_boolean("gone")
        asked.get_string("gone", default="x")
        asked.get_integer("gone")
        asked.get_float("gone")
        asked.get_object("gone")
        asked.get_boolean_details("gone")
        asked.evaluate_all()

        assert told(asked) == ({"gone": 7}, 0)


def test_what_is_there_is_not_counted_whatever_becomes_of_it() -> None:
    with client() as asked:
        asked.is_enabled("known")
        asked.get_string("known", default="of another type")
        asked.get_string("greeting")
        asked.cohort("no-split")

        assert told(asked) == ({}, 0)


@pytest.mark.parametrize("key", ["", "user@example.com", "-x", "k" * 101, "a b", 7, None, "schlüssel"])
def test_what_could_not_be_a_key_is_counted_and_not_told(key: Any) -> None:
    with client() as asked:
        assert asked.get_string(key, default="d") == "d"

        assert told(asked) == ({}, 1)


def test_before_the_first_snapshot_nothing_is_known_to_be_missing() -> None:
    with FlagClient(offline=True) as asked:
        asked.is_enabled("gone")

        assert told(asked) == ({}, 0)


def test_listeners_and_overrides_change_nothing() -> None:
    with client() as asked, asked.override({"known": False}):
        end = asked.on_evaluation(lambda key, context, decision: None)
        asked.is_enabled("gone")
        end()
        asked.is_enabled("gone")

        assert told(asked) == ({"gone": 2}, 0)


def test_what_is_given_up_is_told_without_its_keys() -> None:
    usage = Usage()
    outbox = Outbox(usage)
    usage.unknown.note("typo")
    usage.unknown.note("?")

    outbox.drop_all()

    [batch] = outbox.batches()
    assert (batch.unknown, batch.unknown_others, outbox.dropped) == ((), 2, 0)


def test_more_than_one_row_can_tell_is_told_later() -> None:
    unknown = Unknown()
    unknown.note("typo")
    unknown._kept["typo"].times += MAX_COUNT
    service = Service(unknown)

    service.take()
    service.take()

    assert service.keys["typo"] == MAX_COUNT + 1


def test_a_forked_child_has_asked_for_nothing() -> None:
    usage = Usage()
    usage.unknown.note("typo")

    usage.after_fork()

    assert list(usage.unknown.due()) == []
