"""POST /v3/discovery:routes: what Envoy asks, what it gets, how long it waits, and what nobody gets through with."""

import asyncio
import json
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette

from flagsvc.http.xds import MAX_BYTES, Discovery
from flagsvc.http.xds_request import TYPE
from flagsvc.runner.shelf import Shelf
from flagsvc.store import open_store
from flagsvc.store.tables import metadata
from tests.support.timing import within

ROUTES = "/v3/discovery:routes"
CONTENT = '{"@type":"t","name":"edge"}'
ASKED: dict[str, Any] = {"node": {"id": "n1", "cluster": "c"}, "resource_names": ["edge"], "type_url": TYPE}


class World:
    """The endpoint over a shelf with the routers edge and other."""

    def __init__(self, shelf: Shelf, **options: float) -> None:
        self.shelf = shelf
        hold = {"hold_seconds": 0.05, "offer_again_seconds": 0.05}
        self.app = Starlette(routes=[Discovery(shelf, **(hold | options)).route])  # type: ignore[arg-type]

    def ask(self, body: Any = None, **members: Any) -> tuple[int, Any]:
        return asyncio.run(self.answer(body, **members))

    async def answer(
        self, body: Any = None, *, then: Callable[[], None] = lambda: None, gone: bool = False, **members: Any
    ) -> tuple[int, Any]:
        """Ask; `then` happens while the request is held, `gone`: the client leaves at once."""
        raw = body if isinstance(body, bytes) else json.dumps(ASKED | members if body is None else body).encode()
        sent: list[Mapping[str, Any]] = []
        received = [{"type": "http.request", "body": raw, "more_body": False}]

        async def receive() -> Any:
            if received:
                return received.pop()
            if not gone:
                await asyncio.Event().wait()
            return {"type": "http.disconnect"}

        async def send(message: Mapping[str, Any]) -> None:
            sent.append(message)

        scope = {
            "type": "http", "method": "POST", "path": ROUTES, "raw_path": ROUTES.encode(), "query_string": b"",
            "headers": [(b"content-type", b"application/json")], "client": ("127.0.0.1", 1), "scheme": "http",
        }  # fmt: skip
        asking = asyncio.create_task(self.app(scope, receive, send))
        await asyncio.sleep(0.02)
        await asyncio.to_thread(then)
        await asking
        text = b"".join(message.get("body", b"") for message in sent[1:])
        return int(sent[0]["status"]), json.loads(text) if text else None

    def nodes(self, router: str = "edge") -> dict[str, tuple[str, str]]:
        return {node.id: (node.held, node.offered) for node in self.shelf.nodes(router)}


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    store = open_store(f"sqlite:///{tmp_path / 'xds.db'}", chance=lambda: 0.5, patience_seconds=60.0)
    metadata.create_all(store.engine)
    yield Shelf(store, ["edge", "other"], lambda: datetime.now(UTC))
    store.close()


@pytest.fixture
def world(shelf: Shelf) -> World:
    shelf.put("edge", "e.1", CONTENT)
    return World(shelf)


def test_who_holds_nothing_gets_what_lies_ready_and_is_noted(world: World) -> None:
    status, answer = world.ask()

    assert status == 200
    assert answer == {"version_info": "e.1", "type_url": TYPE, "resources": [json.loads(CONTENT)]}
    assert world.nodes() == {"n1": ("", "e.1")}


def test_who_holds_it_already_is_answered_304_after_the_hold(world: World) -> None:
    world.ask()

    assert world.ask(version_info="e.1") == (304, None)
    assert world.nodes() == {"n1": ("e.1", "e.1")}


def test_a_request_that_is_held_is_answered_as_soon_as_there_is_something_new(shelf: Shelf) -> None:
    world = World(shelf, hold_seconds=60)
    shelf.put("edge", "e.1", CONTENT)

    with within(30):
        held = world.answer(version_info="e.1", then=lambda: shelf.put("edge", "e.2", CONTENT))
        status, answer = asyncio.run(held)

    assert (status, answer["version_info"]) == (200, "e.2")


def test_a_router_that_was_told_nothing_yet_is_waited_for(shelf: Shelf) -> None:
    world = World(shelf)
    assert world.ask() == (304, None)

    waiting = World(shelf, hold_seconds=60)
    with within(30):
        status, _ = asyncio.run(waiting.answer(then=lambda: shelf.put("edge", "e.1", CONTENT)))

    assert status == 200
    assert list(world.nodes()) == ["n1"]


def test_an_edge_that_comes_back_without_what_it_was_handed_gets_it_again_but_later(shelf: Shelf) -> None:
    shelf.put("edge", "e.1", CONTENT)
    world = World(shelf, offer_again_seconds=0.3)
    for _ in range(2):
        world.ask(version_info="e.0")

    async def again() -> bool:
        asking = asyncio.create_task(world.answer(version_info="e.0"))
        done, _ = await asyncio.wait({asking}, timeout=0.15)
        assert (await asking)[0] == 200
        return not done

    assert asyncio.run(again())


def test_an_edge_that_was_restarted_is_served_at_once(shelf: Shelf) -> None:
    shelf.put("edge", "e.1", CONTENT)
    world = World(shelf, offer_again_seconds=60)
    world.ask()
    world.ask(version_info="e.1")

    with within(30):
        assert world.ask()[0] == 200


def test_an_edge_that_says_that_it_refused_was_offered_it_whatever_is_remembered(world: World) -> None:
    world.ask(version_info="e.0", error_detail={"code": 3, "message": "no"}, gone=True)

    assert world.nodes() == {"n1": ("e.0", "e.1")}


def test_several_routers_come_in_one_answer_with_the_versions_of_all(world: World) -> None:
    world.shelf.put("other", "o.1", CONTENT)

    _, answer = world.ask(resource_names=["edge", "other"])
    world.ask(resource_names=["edge", "other"], version_info=answer["version_info"])

    assert answer["version_info"] == "e.1,o.1"
    assert len(answer["resources"]) == 2
    assert world.nodes() == world.nodes("edge") == {"n1": ("e.1", "e.1")}
    assert world.nodes("other") == {"n1": ("o.1", "o.1")}


def test_a_client_that_leaves_is_not_waited_for(shelf: Shelf) -> None:
    world = World(shelf, hold_seconds=60)

    with within(30):
        world.ask(gone=True)

    assert shelf.waiting == 0


def test_who_has_left_was_handed_nothing(world: World) -> None:
    world.ask(gone=True)

    assert world.nodes() == {"n1": ("", "")}


def test_the_farewell_ends_what_is_held(shelf: Shelf) -> None:
    world = World(shelf, hold_seconds=60)

    with within(30):
        assert asyncio.run(world.answer(then=shelf.farewell)) == (304, None)


def test_no_more_requests_are_held_than_may_be(shelf: Shelf) -> None:
    world = World(shelf, hold_seconds=60, limit=0)

    with within(30):
        assert world.ask() == (304, None)


def test_an_unknown_router_is_a_404_that_says_where_the_name_comes_from(world: World) -> None:
    status, problem = world.ask(resource_names=["edge", "nowhere"])

    assert (status, problem["code"]) == (404, "not-found")
    assert "'nowhere'" in problem["detail"]
    assert "route_config_name" in problem["detail"]
    assert world.nodes() == {}


@pytest.mark.parametrize(
    ("members", "pointer"),
    [
        ({"node": None}, "/node/id"),
        ({"node": {"id": ""}}, "/node/id"),
        ({"node": {"id": 7}}, "/node/id"),
        ({"node": {"id": "x" * 257}}, "/node/id"),
        ({"resource_names": []}, "/resource_names"),
        ({"resource_names": None}, "/resource_names"),
        ({"resource_names": "edge"}, "/resource_names"),
        ({"resource_names": [["edge"]]}, "/resource_names"),
        ({"resource_names": ["edge"] * 17}, "/resource_names"),
        ({"version_info": 1}, "/version_info"),
        ({"version_info": "x" * 5000}, "/version_info"),
        ({"type_url": "type.googleapis.com/envoy.config.cluster.v3.Cluster"}, "/type_url"),
        ({"type_url": []}, "/type_url"),
        ({"node": {"id": "a\0b"}}, "/node/id"),
        ({"node": {"id": "\ud800"}}, "/node/id"),
    ],
)
def test_what_is_not_as_envoy_sends_it_is_a_400_that_points_there(
    world: World, members: dict[str, Any], pointer: str
) -> None:
    status, problem = world.ask(**members)

    assert status == 400
    assert [error["pointer"] for error in problem["errors"]] == [pointer]
    assert world.nodes() == {}


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"7", b"\xff", b"[" * 40_000, b'{"node":1,"node":2}'])
def test_a_body_that_is_no_request_is_a_400(world: World, body: bytes) -> None:
    assert world.ask(body)[0] == 400


def test_a_body_of_too_many_values_is_refused_unread(world: World) -> None:
    """No token is needed here, and reading a megabyte of small lists takes a processor 0.6 seconds."""
    status, answer = world.ask({**ASKED, "node": {"id": "n1", "metadata": [[]] * 30_000}})

    assert (status, answer["code"]) == (413, "body-too-large")
    assert world.ask({**ASKED, "node": {"id": "n1", "extensions": [{"name": "x", "category": "y"}] * 1000}})[0] == 200


def test_a_body_too_large_is_a_413(world: World) -> None:
    assert world.ask(b" " * (MAX_BYTES + 1))[0] == 413


def test_what_envoy_says_of_itself_may_be_long(world: World) -> None:
    extensions = [{"name": f"envoy.filters.http.{n}", "category": "c", "type_urls": ["t"]} for n in range(2000)]

    assert world.ask(node={"id": "n1", "cluster": "c", "extensions": extensions})[0] == 200
