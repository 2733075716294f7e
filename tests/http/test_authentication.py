"""The token book: memory only, the same answer for every kind of wrong."""

import asyncio
import threading
import time
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import count

import pytest

from flagsvc.domain.errors import Unavailable
from flagsvc.domain.tokens import token_text
from flagsvc.http.authentication import KnownToken, Principal, TokenBook, bearer, known_tokens
from flagsvc.http.kept import REFRESH_SECONDS, SEEKERS
from flagsvc.http.stream import LOOK_SECONDS, LOOKS_PER_HEARTBEAT
from tests.http.service import API, Service
from tests.support.timing import eventually

NOW = datetime(2026, 11, 22, 14, 5, tzinfo=UTC)
ADMIN = Principal("1", "ann", "admin", None)


def _token(text: str, expires: datetime | None = None) -> KnownToken:
    return KnownToken(sha256(text.encode()).hexdigest(), ADMIN, expires)


class _Truth:
    """A store of tokens with a clock, both moved by hand."""

    def __init__(self, *tokens: KnownToken) -> None:
        self.tokens, self.elapsed, self.reads, self.down = list(tokens), 0.0, 0, False
        self.book = TokenBook(self.load, lambda: NOW, lambda: self.elapsed)

    def load(self) -> list[KnownToken]:
        self.reads += 1
        if self.down:
            raise Unavailable("down")
        return list(self.tokens)


def test_only_the_exact_text_is_known() -> None:
    truth = _Truth(_token("secret"))
    truth.book.refresh()

    assert truth.book.check("secret") == ADMIN
    assert [truth.book.check(text) for text in ("", "secre", "secret ", "SECRET", "\ud800")] == [None] * 5


def test_uses_are_told_once() -> None:
    truth = _Truth(_token("secret"))
    truth.book.refresh()

    truth.book.check("secret")
    truth.book.check("secret")
    truth.book.check("wrong")

    assert [truth.book.take_used(), truth.book.take_used()] == [{ADMIN.token_id}, set()]


def test_a_token_ends_with_its_time() -> None:
    truth = _Truth(_token("over", NOW), _token("open", NOW + timedelta(seconds=1)))
    truth.book.refresh()

    assert truth.book.check("over") is None
    assert truth.book.check("open") == ADMIN


def test_a_revoked_token_stops_working_when_the_book_is_due() -> None:
    truth = _Truth(_token("secret"))
    truth.book.freshen()
    truth.tokens.clear()

    truth.elapsed = REFRESH_SECONDS + 0.1
    truth.book.freshen()

    assert truth.book.check("secret") is None


def test_a_revoked_token_loses_its_streams_within_five_seconds_on_every_replica() -> None:
    """The book may be this old, by its loop's jitter a fifth more, and then the stream has to look into it."""
    assert REFRESH_SECONDS * 1.2 + LOOK_SECONDS < 4.5
    assert LOOK_SECONDS * LOOKS_PER_HEARTBEAT == 15


def test_only_what_may_be_a_token_is_worth_a_search_and_not_just_after_a_vain_one() -> None:
    truth, unknown = _Truth(_token("secret")), token_text("sdk", "production", "x" * 32)
    truth.book.refresh()

    assert [truth.book.is_strange(text) for text in (unknown, unknown[:-1] + "!", "secret", "")] == [True] + [False] * 3

    truth.elapsed = 0.1
    truth.book.sought(unknown)
    worth = []
    for truth.elapsed in (0.1, 0.3, 0.4, 5.0):
        worth.append(truth.book.is_strange(unknown))
    assert worth == [False, False, True, True]


def test_on_the_event_loop_a_search_happens_in_a_thread() -> None:
    truth, text = _Truth(), token_text("sdk", "production", "y" * 32)
    truth.book.refresh()
    truth.tokens.append(_token(text))
    readers = list[str]()

    def load() -> list[KnownToken]:
        readers.append(threading.current_thread().name)
        return truth.load()

    truth.book = TokenBook(load, lambda: NOW, lambda: 1.0)

    assert asyncio.run(truth.book.admitted(text)) == ADMIN
    assert asyncio.run(truth.book.admitted(text)) == ADMIN
    assert len(readers) == 1
    assert readers != [threading.current_thread().name]


def test_all_who_are_strange_on_the_event_loop_wait_in_one_thread_and_are_found() -> None:
    """A fleet that begins with a new token is more than may block, and so is whoever guesses."""
    texts = [token_text("sdk", "production", character * 32) for character in "abcdefghijklmnopqrstuvwxyz"]
    truth, names, ticks = _Truth(*map(_token, texts)), set[str](), count()

    def load() -> list[KnownToken]:
        time.sleep(0.2)
        names.update(thread.name for thread in threading.enumerate())
        return truth.load()

    async def ask() -> list[Principal | None]:
        return await asyncio.gather(*map(book.admitted, texts))

    before = {thread.name for thread in threading.enumerate()}
    book = TokenBook(load, lambda: NOW, lambda: float(next(ticks)))

    assert asyncio.run(ask()) == [ADMIN] * len(texts)
    assert (truth.reads, len(names - before)) == (1, 1)


def test_a_token_of_another_replica_is_found_at_its_first_use() -> None:
    truth, text = _Truth(), token_text("admin", None, "y" * 32)
    truth.book.refresh()
    truth.tokens.append(_token(text))
    truth.elapsed = 0.01

    assert truth.book.sought(text) == ADMIN


def test_what_is_sought_in_vain_does_not_cost_a_reading_each_time() -> None:
    truth, unknown = _Truth(), token_text("admin", None, "x" * 32)
    reads = []
    for seconds in (0.1, 0.2, 0.3, 0.4, 0.5, 5.0):
        truth.elapsed = seconds
        assert truth.book.sought(unknown) is None
        assert truth.book.sought("no token at all") is None
        reads.append(truth.reads)

    assert reads == [1, 1, 1, 2, 2, 3]


def test_a_dead_store_is_asked_once_for_all_who_miss_something() -> None:
    truth, unknown = _Truth(_token("secret")), token_text("admin", None, "x" * 32)
    truth.book.refresh()
    truth.down, truth.elapsed = True, 0.1

    assert [truth.book.sought(unknown) for _ in range(5)] == [None] * 5
    assert truth.book.sought("secret") == ADMIN
    assert truth.reads == 2


def test_those_who_miss_something_while_somebody_reads_share_the_next_reading() -> None:
    answer, asked, texts = threading.Event(), threading.Event(), [token_text("admin", None, c * 32) for c in "abcdef"]
    reads, found, ticks = [0], list[Principal | None](), count()

    def load() -> list[KnownToken]:
        reads[0] += 1
        asked.set()
        assert answer.wait(10)
        return [_token(text) for text in texts]

    book = TokenBook(load, lambda: NOW, lambda: float(next(ticks)))
    threads = [threading.Thread(target=lambda text=text: found.append(book.sought(text))) for text in texts]
    for thread in threads:
        thread.start()
    assert asked.wait(10)
    eventually(lambda: next(ticks) > 2 * len(texts))
    answer.set()
    for thread in threads:
        thread.join(10)

    assert found == [ADMIN] * len(texts)
    assert reads[0] <= 2


def test_only_so_many_wait_for_a_silent_store() -> None:
    """Whoever guesses could else hold every thread, and those that hand out snapshots from memory among them."""
    answer, asked, unknown = threading.Event(), threading.Event(), token_text("admin", None, "x" * 32)
    answered = threading.Semaphore(0)

    def load() -> list[KnownToken]:
        asked.set()
        assert answer.wait(10)
        return []

    def seek() -> None:
        book.sought(unknown)
        answered.release()

    book = TokenBook(load, lambda: NOW, lambda: 1.0)
    threads = [threading.Thread(target=seek) for _ in range(SEEKERS + 3)]
    for thread in threads:
        thread.start()
    assert asked.wait(10)

    assert all(answered.acquire(timeout=10) for _ in range(3))
    assert not answered.acquire(timeout=0.1)
    answer.set()
    for thread in threads:
        thread.join(10)


def test_a_fresh_book_is_not_read_again() -> None:
    truth = _Truth()

    truth.book.freshen()
    truth.book.freshen()

    assert truth.reads == 1


def test_a_dead_store_keeps_the_last_good_book() -> None:
    truth = _Truth(_token("secret"))
    truth.book.refresh()
    truth.down = True

    with pytest.raises(Unavailable):
        truth.book.refresh()

    assert truth.book.check("secret") == ADMIN


def test_the_book_knows_whose_environment_is_archived(service: Service) -> None:
    body = {"kind": "evaluation", "name": "edge"}
    for environment in ("production", "staging"):
        service.ok("POST", f"{API}/tokens", {**body, "environment": environment})

    service.ok("POST", f"{API}/environments/staging/archive")

    found = {each.principal.environment: each.principal.archived for each in known_tokens(service.store)}
    assert found == {None: False, "production": False, "staging": True}


def test_nobody_waits_for_a_store_that_somebody_else_waits_for() -> None:
    """With a silent store, requests that queued for the book would each wait for all before them."""
    answer, asked = threading.Event(), threading.Event()

    def load() -> list[KnownToken]:
        asked.set()
        assert answer.wait(10)
        return [_token("secret")]

    book = TokenBook(load, lambda: NOW, lambda: 0.0)
    first = threading.Thread(target=book.freshen)
    first.start()
    assert asked.wait(10)
    book.freshen()
    assert book.check("secret") is None

    answer.set()
    first.join(10)
    assert book.check("secret") == ADMIN


def test_renewal_survives_a_dead_store_and_is_made_up_for() -> None:
    truth = _Truth(_token("secret"))
    truth.book.refresh()
    truth.tokens.clear()
    truth.down = True
    truth.book.renew()
    truth.down = False

    truth.book.freshen()

    assert truth.book.check("secret") is None


@pytest.mark.parametrize(
    ("header", "token"),
    [
        ("Bearer abc", "abc"),
        ("bearer  abc ", "abc"),
        ("Bearer", None),
        ("Bearer ", None),
        ("Basic abc", None),
        ("abc", None),
        ("Bearer \xe4", None),
        (None, None),
    ],
)
def test_the_scheme_is_bearer(header: str | None, token: str | None) -> None:
    assert bearer(header) == token
