"""OFREP's entity tags, hints of freshness, and rules for browsers."""

import asyncio
import json
import threading
import time
from collections.abc import MutableMapping
from typing import Any

import pytest

from tests.hot.world import EVALUATION, World, flag, known, scope_of
from tests.support.timing import within

DE = {"targetingKey": "user-1", "country": "DE"}
BULK = "/ofrep/v1/evaluate/flags"


@pytest.fixture
def world() -> World:
    return World()


def test_the_tag_depends_on_context_and_revision_and_not_on_the_order_of_members(world: World) -> None:
    first = world.evaluate("", DE).headers["etag"]

    assert world.evaluate("", dict(reversed(DE.items()))).headers["etag"] == first
    assert world.evaluate("", {**DE, "targetingKey": "user-2"}).headers["etag"] != first
    assert world.evaluate("", {**DE, "country": "FR"}).headers["etag"] != first
    world.board.change({"flag/static": None})
    assert world.evaluate("", DE).headers["etag"] != first


def test_the_tag_of_one_environment_is_not_that_of_another() -> None:
    world = World()
    world.board.held["other"] = type(world.board.held["production"]).load(
        "other", "epoch-1", 1, world.board.held["production"].documents
    )
    world.known.append(known("another-token-1234", "evaluation", "other"))
    world.tokens.refresh()

    assert world.evaluate("", DE).headers["etag"] != world.evaluate("", DE, "another-token-1234").headers["etag"]


@pytest.mark.parametrize("form", ["{}", "W/{}", '"x", {}', "*"])
def test_an_answer_that_the_client_has_is_not_sent_again(world: World, form: str) -> None:
    tag = world.evaluate("", DE).headers["etag"]

    reply = world.evaluate("", DE, if_none_match=form.format(tag))

    assert (reply.status, reply.body, reply.headers["etag"]) == (304, b"", tag)
    assert "content-length" not in reply.headers


def test_a_tag_without_quotes_is_understood(world: World) -> None:
    tag = world.evaluate("", DE).headers["etag"].strip('"')

    assert world.evaluate("", DE, if_none_match=tag).status == 304


def test_the_tag_of_another_context_does_not_match(world: World) -> None:
    tag = world.evaluate("", DE).headers["etag"]

    assert world.evaluate("", {"targetingKey": "user-2"}, if_none_match=tag).status == 200


def test_a_replica_that_is_behind_catches_up_before_it_answers(world: World) -> None:
    def later() -> None:
        time.sleep(0.05)
        world.board.change({"flag/new": json.dumps(flag("new", "boolean", {"on": True}, {"serve": "on"}))})

    thread = threading.Thread(target=later)
    thread.start()
    reply = world.post(f"{BULK}?flagConfigEtag=epoch-1.2", b'{"context":{}}')
    thread.join()

    assert reply.json["metadata"]["revision"] == 2
    assert world.board.woken == ["production"]


def test_waiting_for_a_revision_that_never_comes_is_bounded(world: World) -> None:
    with within(3):
        reply = world.post(f"{BULK}?flagConfigEtag=epoch-1.999", b'{"context":{}}')

    assert reply.json["metadata"]["revision"] == 1


@pytest.mark.parametrize("hint", ["epoch-1.1", "other.9", "epoch-1.x", "nonsense", "epoch-1." + "9" * 400, ""])
def test_hints_that_lead_nowhere_cost_no_time(world: World, hint: str) -> None:
    scope_is_answered_at_once(world, f"{BULK}?flagConfigEtag={hint}&flagConfigLastModified=1")


def scope_is_answered_at_once(world: World, path: str) -> None:
    assert world.post(path, b'{"context":{}}').status == 200
    assert world.board.woken == []


def test_without_configured_origins_no_cross_origin_header_is_sent(world: World) -> None:
    reply = world.evaluate("static", origin="https://app.example")

    assert not [name for name in reply.headers if name.startswith("access-control")]
    assert world.ask("OPTIONS", BULK, {"origin": "https://a", "access-control-request-method": "POST"}).status == 405


@pytest.mark.parametrize(("origins", "origin", "allowed"), [
    (("https://app.example",), "https://app.example", True),
    (("https://app.example",), "https://evil.example", False),
    (("*",), "https://any.example", True),
])  # fmt: skip
def test_pages_of_configured_origins_may_ask_and_read_the_tag(
    origins: tuple[str, ...], origin: str, *, allowed: bool
) -> None:
    world = World(origins=origins)

    reply = world.evaluate("", DE, origin=origin)
    preflight = world.ask("OPTIONS", BULK, {"origin": origin, "access-control-request-method": "POST"})

    assert reply.status == 200
    assert reply.headers["vary"] == "origin"
    assert reply.headers.get("access-control-allow-origin") == (origin if allowed else None)
    assert preflight.status == (204 if allowed else 405)
    if allowed:
        assert "etag" in reply.headers["access-control-expose-headers"]
        assert "if-none-match" in preflight.headers["access-control-allow-headers"]


class Listener:
    """An OFREP provider that listens until it has heard `wanted` pieces of the stream."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.status = 0
        self.heard: list[str] = []
        self.headers: dict[str, str] = {}

    async def listen(self, path: str, headers: dict[str, str], wanted: int) -> None:
        gone = asyncio.Event()

        async def receive() -> dict[str, Any]:
            await gone.wait()
            return {"type": "http.disconnect"}

        async def send(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                self.status = message["status"]
                self.headers = {name.decode(): value.decode() for name, value in message["headers"]}
            elif message.get("body"):
                self.heard.append(message["body"].decode())
                if len(self.heard) == 1 and wanted > 1:
                    self.world.board.change({"flag/static": None})
            if len(self.heard) >= wanted:
                gone.set()

        async with asyncio.timeout(5):
            await self.world.app(scope_of("GET", path, headers), receive, send)


def listened(world: World, path: str, headers: dict[str, str], wanted: int) -> Listener:
    listener = Listener(world)
    asyncio.run(listener.listen(path, headers, wanted))
    return listener


def channel_of(world: World) -> str:
    [stream] = world.evaluate("").json["eventStreams"]
    return str(stream["endpoint"]["requestUri"])


def test_a_change_tells_the_provider_to_evaluate_again_with_the_revision_to_ask_for(world: World) -> None:
    heard = listened(world, channel_of(world), {}, 2)

    assert (heard.status, heard.headers["content-type"]) == (200, "text/event-stream; charset=utf-8")
    assert heard.heard[0].startswith("retry: ")
    assert heard.heard[1] == (
        'id: epoch-1.2\nevent: message\ndata: {"type":"refetchEvaluation","etag":"epoch-1.2"}\n\n'
    )


def test_who_missed_something_is_told_at_once_and_who_did_not_is_left_in_peace(world: World) -> None:
    behind = listened(world, channel_of(world), {"last-event-id": "epoch-1.0"}, 3)

    assert "refetchEvaluation" in behind.heard[1]
    assert world.fanout.clients == 0


def test_a_stream_opens_by_token_too_and_not_without_either(world: World) -> None:
    path = channel_of(world).partition("?")[0]

    assert listened(world, path, {"authorization": f"Bearer {EVALUATION}"}, 1).status == 200
    assert world.ask("GET", path, {}).status == 401
    assert world.ask("GET", path + "?channel=id-x.0123", {}).status == 401
    assert world.ask("POST", path, {}).status == 405


def test_a_channel_ends_with_the_token_it_was_given_to_and_says_nothing_of_it(world: World) -> None:
    path = channel_of(world)

    assert EVALUATION not in path
    world.known = []
    world.tokens.refresh()
    assert world.ask("GET", path, {}).status == 401


def test_beyond_the_limit_streams_are_refused_with_a_time_to_come_back(world: World) -> None:
    world.fanout.close()

    refused = world.ask("GET", channel_of(world), {})

    assert (refused.status, refused.headers["retry-after"]) == (503, "5")


def test_browsers_leave_streams_for_applications_and_the_console(world: World) -> None:
    """The token that opens these streams is in every browser: whoever has it could else open all there are."""
    path, wide = channel_of(world), {"authorization": f"Bearer {EVALUATION}"}

    async def fill(streams: int) -> None:
        for _ in range(streams):
            world.fanout.join("production")

    asyncio.run(fill(799))
    last = listened(world, path, wide, 1)
    asyncio.run(fill(1))
    refused = world.ask("GET", path, {})

    assert last.status == 200
    assert (refused.status, refused.headers["retry-after"]) == (503, "5")
    assert not world.fanout.full
