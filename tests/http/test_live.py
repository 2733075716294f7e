"""The live stream over HTTP: who may follow, how it begins and ends, and how many there may be."""

import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import httpx2
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request

from flagsvc.domain.errors import Unavailable
from flagsvc.domain.live import News
from flagsvc.http.authentication import Principal, unauthenticated
from flagsvc.http.fanout import WAITING, Fanout
from flagsvc.http.live import TOPIC, Live, notice_of_news, publish
from flagsvc.runner.replica import Replica
from flagsvc.runner.watch import Watch
from tests.publisher.database import Database, flag
from tests.support.live import STREAM, Follower
from tests.support.plain import PLAIN
from tests.support.timing import eventually

ADMIN, SDK = "admin-token", "sdk-token"
LIMIT = 2


class Site:
    """Nothing but the live stream: real store, real watcher, real uvicorn."""

    def __init__(self, folder: Path) -> None:
        self.database = Database(folder)
        self.who = {
            ADMIN: Principal("1", "ada", "admin", None),
            SDK: Principal("2", "app", "sdk", "production"),
        }
        self.away = False
        self.fanout = Fanout(Replica(self.database.store), LIMIT)
        self.watch = Watch(self.database.store, partial(publish, self.fanout), lambda: "ok", poll_seconds=0.05)
        self.live = Live(self.fanout, self.watch, self, look_seconds=0.05, chance=lambda: 0.5)
        config = uvicorn.Config(
            Starlette(routes=[self.live.route]),
            host="127.0.0.1",
            port=0,
            log_level="critical",
            timeout_graceful_shutdown=10,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()
        eventually(lambda: self._server.started)
        self.url = f"http://127.0.0.1:{self._server.servers[0].sockets[0].getsockname()[1]}"

    def fresh(self, request: Request) -> Principal:
        if self.away:
            raise Unavailable("the database does not answer")
        return self.known(request)

    def known(self, request: Request) -> Principal:
        principal = self.who.get(request.headers.get("authorization", "").removeprefix("Bearer "))
        if principal is None:
            raise unauthenticated()
        return principal

    def follow(self) -> Follower:
        return Follower(self.url, ADMIN)

    def ask(self, token: str = ADMIN) -> httpx2.Response:
        with httpx2.Client(base_url=self.url, trust_env=False, verify=PLAIN, timeout=30) as client:
            return client.get(STREAM, headers={"Authorization": f"Bearer {token}"} if token else {})

    def leave(self) -> None:
        """Say farewell and end, with streams open."""
        self._server.servers[0].get_loop().call_soon_threadsafe(self.fanout.close)
        self._server.should_exit = True
        self._thread.join(30)
        assert not self._thread.is_alive(), "open streams held the server up"

    def close(self) -> None:
        if self._thread.is_alive():
            self.leave()
        self.watch.stop()
        self.database.close()


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = Site(tmp_path)
    yield made
    made.close()


def test_it_begins_with_where_everything_stands(site: Site) -> None:
    site.database.write({"flag/a": flag("a")})

    with site.follow() as follower:
        eventually(lambda: len(follower.kinds) == 2)

    assert follower.kinds == ["hello", "health"]
    [hello] = follower.told("hello")
    assert hello["heads"] == {
        "production": {"epoch": "e1", "revision": 1},
        "staging": {"epoch": "e1", "revision": 0},
    }
    assert follower.told("health") == [{"status": "ok"}]
    assert follower.retry_seconds == 1.25
    assert follower.headers["content-type"].startswith("text/event-stream")
    assert (follower.headers["cache-control"], follower.headers["x-accel-buffering"]) == ("no-store", "no")


def test_a_change_reaches_everybody_who_follows(site: Site) -> None:
    with site.follow() as one, site.follow() as two:
        site.database.write({"flag/ü": flag("ü")}, "staging")

        for follower in (one, two):
            eventually(lambda follower=follower: follower.told("change"))  # type: ignore[misc]
    [change] = one.told("change")
    assert one.told("change") == two.told("change")
    assert (change["environment"], change["revision"]) == ("staging", 1)
    assert change["documents"] == [{"kind": "flag", "key": "ü"}]


def test_a_quiet_stream_has_a_heartbeat(site: Site) -> None:
    with site.follow() as follower:
        eventually(lambda: "still here" in follower.comments)


@pytest.mark.parametrize(("token", "status"), [("", 401), ("unknown", 401), (SDK, 403)])
def test_nobody_but_an_administrator_may_follow(site: Site, token: str, status: int) -> None:
    answer = site.ask(token)

    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert not site.watch.is_running


@pytest.mark.parametrize("becomes", [None, Principal("1", "ada", "sdk", "production")])
def test_a_stream_ends_when_its_token_no_longer_counts(site: Site, becomes: Principal | None) -> None:
    with site.follow() as follower:
        if becomes is None:
            del site.who[ADMIN]
        else:
            site.who[ADMIN] = becomes

        eventually(lambda: follower.ended)
    eventually(lambda: not site.watch.is_running)


def test_a_busy_stream_ends_as_well_when_its_token_no_longer_counts(site: Site) -> None:
    ended = threading.Event()

    def busy() -> None:
        while not ended.wait(0.005):
            publish(site.fanout, [News("health", {"status": "ok"})])

    with site.follow() as follower:
        thread = threading.Thread(target=busy)
        thread.start()
        del site.who[ADMIN]

        eventually(lambda: follower.ended)
        ended.set()
        thread.join()


def test_there_are_at_most_so_many(site: Site) -> None:
    with site.follow(), site.follow():
        answer = site.ask()

        assert (answer.status_code, answer.json()["code"]) == (503, "too-many-streams")
        assert answer.headers["Retry-After"] == "2"
    eventually(lambda: site.fanout.clients == 0)
    with site.follow() as follower:
        assert follower.kinds[0] == "hello"


def test_those_who_leave_end_the_watcher(site: Site) -> None:
    with site.follow(), site.follow():
        assert site.watch.is_running

    eventually(lambda: not site.watch.is_running)


def test_a_service_that_leaves_says_farewell(site: Site) -> None:
    with site.follow() as follower:
        site.leave()

        eventually(lambda: follower.ended)
    assert follower.kinds[-1] == "farewell"


def test_without_a_database_nobody_new_may_follow_and_who_does_stays(site: Site) -> None:
    with site.follow() as follower:
        site.away = True
        answer = site.ask()

        assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
        site.database.write({"flag/a": flag("a")})
        eventually(lambda: follower.told("change"))


def test_news_of_one_look_take_one_place_in_a_mailbox() -> None:
    news = [News("rollout", {"environment": "prod", "key": f"r{n}", "number": n, "phase": "baking"}) for n in range(99)]

    notice = notice_of_news(news)

    assert len(news) > WAITING
    assert notice.data.count(b"event: rollout\n") == 99
    assert not notice.last


def test_what_is_told_to_followers_reaches_no_sdk(site: Site) -> None:
    heard: list[str] = []
    with site.follow() as follower:
        site.fanout.post("production", notice_of_news([News("health", {"status": "of another topic"})]))
        site.fanout.post(TOPIC, notice_of_news([News("health", {"status": "degraded"})]))

        eventually(lambda: {"status": "degraded"} in follower.told("health"))
        heard += [told["status"] for told in follower.told("health")]
    assert heard == ["ok", "degraded"]
