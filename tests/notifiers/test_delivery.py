"""Delivery of notices: at least once, in the order of each rollout, one replica at a time, and nobody waits."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from flagsvc.domain.instants import text_of
from flagsvc.domain.rollouts import parcel
from flagsvc.domain.rollouts.notice import Notice, NoticeError
from flagsvc.domain.rollouts.parcel import Parcel, pause_after
from flagsvc.ports import Notifier
from flagsvc.runner import notices as module
from flagsvc.runner.notices import Addressee, Delivery
from flagsvc.store import SqlStore
from flagsvc.usecases import notices as usecases
from tests.notifiers.contract import NOTICE
from tests.support.timing import eventually, within

NOW = replace(NOTICE, at=text_of(datetime.now(UTC)))


def no_trouble(_: Notice) -> None:
    return None


class Friend:
    """Remembers what it was told; `trouble(notice)` says what goes wrong, and may wait."""

    def __init__(self, trouble: Callable[[Notice], NoticeError | None] = no_trouble) -> None:
        self.trouble = trouble
        self.heard: list[tuple[str, int]] = []

    def tell(self, notice: Notice) -> None:
        error = self.trouble(notice)
        if error:
            raise error
        self.heard.append((notice.rollout, notice.number))


class Fates:
    """What became of every try."""

    def __init__(self) -> None:
        self.seen: Counter[tuple[str, str]] = Counter()

    def __call__(self, notifier: str, fate: str) -> None:
        self.seen[notifier, fate] += 1


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "TURN_SECONDS", 0.02)
    monkeypatch.setattr(parcel, "FIRST_PAUSE_SECONDS", 0.02)
    monkeypatch.setattr(parcel, "LONGEST_PAUSE_SECONDS", 0.05)


@pytest.fixture
def fates() -> Fates:
    return Fates()


@pytest.fixture
def deliver(store: SqlStore, fates: Fates) -> Iterator[Callable[..., Delivery]]:
    with ExitStack() as stack:

        def start(wants: Callable[[Notice], bool] = lambda _: True, **friends: Notifier) -> Delivery:
            addressees = {name: Addressee(friend, wants) for name, friend in friends.items()}
            delivery = Delivery(store, addressees, fates)
            stack.callback(delivery.stop)
            delivery.start()
            return delivery

        yield start


def happen(store: SqlStore, *notices: Notice) -> None:
    store.run([], lambda tx: tx.add_notices(notices))


def numbered(*numbers: int, rollout: str = "checkout-2") -> list[Notice]:
    return [replace(NOW, number=number, rollout=rollout) for number in numbers]


def at_least(friend: Friend, notices: int) -> bool:
    return len(friend.heard) >= notices


def is_empty(store: SqlStore, notifier: str) -> bool:
    with store.reading() as view:
        return not view.has_new_notices() and not view.due_parcels(notifier, 1)


def test_everybody_who_wants_it_hears_what_happens_once_and_in_order(
    store: SqlStore, deliver: Callable[..., Delivery], fates: Fates
) -> None:
    chat, mail = Friend(), Friend()
    deliver(chat=chat, mail=mail)

    happen(store, *numbered(1, 2, 3), *numbered(1, 2, rollout="search-1"))

    for friend in (chat, mail):
        eventually(partial(at_least, friend, 5))
        assert [heard for heard in friend.heard if heard[0] == "checkout-2"] == [("checkout-2", n) for n in (1, 2, 3)]
        assert [heard for heard in friend.heard if heard[0] == "search-1"] == [("search-1", n) for n in (1, 2)]
    eventually(lambda: fates.seen == {("chat", "delivered"): 5, ("mail", "delivered"): 5})
    assert is_empty(store, "chat")


def test_nobody_hears_what_they_do_not_want(store: SqlStore, deliver: Callable[..., Delivery]) -> None:
    chat = Friend()
    deliver(lambda notice: notice.environment == "production" and notice.urgency == "page", chat=chat)

    happen(store, replace(NOW, number=1, urgency="info"), replace(NOW, environment="staging"), *numbered(9))

    eventually(lambda: chat.heard)
    assert chat.heard == [("checkout-2", 9)]


def test_one_who_cannot_be_told_holds_up_nobody_else_and_hears_everything_later(
    store: SqlStore, deliver: Callable[..., Delivery], fates: Fates
) -> None:
    dead = threading.Event()
    dead.set()
    chat, mail = Friend(lambda _: NoticeError("no connection") if dead.is_set() else None), Friend()
    deliver(chat=chat, mail=mail)

    happen(store, *numbered(1, 2, 3))

    eventually(lambda: len(mail.heard) == 3)
    eventually(lambda: fates.seen["chat", "put-back"] >= 3)
    assert chat.heard == []
    dead.clear()
    eventually(lambda: len(chat.heard) >= 3)
    assert chat.heard == [("checkout-2", n) for n in (1, 2, 3)]


def test_one_who_never_answers_holds_up_nobody_else(store: SqlStore, deliver: Callable[..., Delivery]) -> None:
    ended = threading.Event()

    def silence(_: Notice) -> None:
        ended.wait(60)

    mail = Friend()
    delivery = deliver(chat=Friend(silence), mail=mail)

    happen(store, *numbered(1, 2))

    eventually(lambda: len(mail.heard) == 2)
    with within(10):
        delivery.stop()
    ended.set()


def test_a_notice_that_is_not_liked_makes_way_for_the_next(
    store: SqlStore, deliver: Callable[..., Delivery], fates: Fates, caplog: pytest.LogCaptureFixture
) -> None:
    chat = Friend(lambda notice: NoticeError("400 too long", permanent=True) if notice.number == 1 else None)
    deliver(chat=chat)

    happen(store, *numbered(1, 2))

    eventually(lambda: chat.heard)
    assert chat.heard == [("checkout-2", 2)]
    assert fates.seen["chat", "refused"] == 1
    assert "notice 1 of production/checkout-2 to notifier chat was refused, and is lost: 400 too long" in caplog.text


def test_a_fault_of_ours_is_tried_again_and_ends_no_loop(
    store: SqlStore, deliver: Callable[..., Delivery], fates: Fates
) -> None:
    def broken(notice: Notice) -> None:
        if fates.seen["chat", "put-back"] < 2:
            raise KeyError("s3cret")

    chat = Friend(broken)
    deliver(chat=chat)

    happen(store, *numbered(1))

    eventually(lambda: chat.heard == [("checkout-2", 1)])
    assert fates.seen["chat", "put-back"] == 2


def test_what_cannot_be_delivered_for_six_hours_is_given_up(
    store: SqlStore, deliver: Callable[..., Delivery], fates: Fates
) -> None:
    def at(hours: float) -> str:
        return text_of(datetime.now(UTC) - timedelta(hours=hours))

    old, new = replace(NOW, number=1, at=at(6.1)), replace(NOW, number=2, at=at(5.8))
    parcels = [Parcel(notifier="chat", notice=notice) for notice in (old, new)]
    store.run([], lambda tx: tx.add_notices([old, new]))
    store.run([], lambda tx: tx.take_new_notices(10))
    store.run([], lambda tx: tx.add_parcels(parcels))

    deliver(chat=Friend(lambda _: NoticeError("no connection")))

    eventually(lambda: fates.seen["chat", "put-back"] >= 2)
    assert fates.seen["chat", "given-up"] == 1


def test_nobody_is_told_what_happened_before_they_were_named(store: SqlStore, deliver: Callable[..., Delivery]) -> None:
    happen(store, replace(NOW, number=1, at=text_of(datetime.now(UTC) - timedelta(hours=7))), *numbered(2))
    chat = Friend()

    deliver(chat=chat)

    eventually(lambda: chat.heard)
    assert chat.heard == [("checkout-2", 2)]


def test_without_notifiers_nothing_is_dealt_and_what_is_old_is_forgotten(
    store: SqlStore, deliver: Callable[..., Delivery]
) -> None:
    old = replace(NOW, number=1, at=text_of(datetime.now(UTC) - timedelta(days=8)))
    happen(store, old)

    deliver()

    eventually(lambda: not _has_new(store))
    happen(store, *numbered(2))
    assert _has_new(store)


def _has_new(store: SqlStore) -> bool:
    with store.reading() as view:
        return view.has_new_notices()


def test_two_replicas_deliver_each_notice_once_and_in_order(store: SqlStore, deliver: Callable[..., Delivery]) -> None:
    chat = Friend()
    for _ in range(2):
        deliver(chat=chat)

    for number in range(1, 31):
        happen(store, *numbered(number), *numbered(number, rollout="search-1"))

    eventually(lambda: len(chat.heard) >= 60)
    for rollout in ("checkout-2", "search-1"):
        assert [number for name, number in chat.heard if name == rollout] == list(range(1, 31))


def test_what_somebody_took_and_never_delivered_is_delivered_after_its_time(
    store: SqlStore, deliver: Callable[..., Delivery]
) -> None:
    happen(store, *numbered(1))
    usecases.deal(store, {"chat": lambda _: True})
    assert usecases.take(store, "chat", 0.3)
    chat = Friend()

    deliver(chat=chat)

    eventually(lambda: chat.heard == [("checkout-2", 1)])


@pytest.mark.parametrize(("tries", "seconds"), [(1, 5), (2, 10), (3, 20), (6, 160), (7, 300), (5000, 300)])
def test_pauses_grow_to_five_minutes(monkeypatch: pytest.MonkeyPatch, tries: int, seconds: float) -> None:
    monkeypatch.undo()

    assert pause_after(tries) == seconds
