"""Starlette under a real server: each request its own context, in threads, streams, background tasks and WebSockets."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.middleware import Middleware
from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocket

from flagsdk import Context, FlagClient
from flagsdk.integrations.cohort import outgoing_headers
from flagsdk.integrations.context import ContextLike, current_context
from flagsdk.integrations.starlette import ContextOf, FlagsMiddleware, flags_of, lifespan
from flagsdk.sources import SourceFault
from tests.integrations.documents import DOCUMENTS, USERS, edge_header, ready_client, verifier
from tests.sdk.documents import whole
from tests.sdk.scripted import Scripted
from tests.support.asgi import Served
from tests.support.timing import eventually

HEADER = "X-Flagsvc-Cohort"
seen: list[Any] = []


def by_header(connection: HTTPConnection) -> ContextLike:
    user = connection.headers.get("x-user")
    return Context(user, plan=connection.headers.get("x-plan", "free")) if user else None


async def in_the_loop(request: Request) -> Response:
    await asyncio.sleep(0)
    return _said(request)


def in_a_thread(request: Request) -> Response:
    return _said(request)


async def in_a_task(request: Request) -> Response:
    return await asyncio.create_task(in_the_loop(request))


async def streamed(request: Request) -> Response:
    async def lines() -> AsyncIterator[str]:
        for _ in range(3):
            await asyncio.sleep(0)
            yield f"{flags_of(request).get_string('theme')}\n"

    return StreamingResponse(lines())


def streamed_by_threads(request: Request) -> Response:
    def lines() -> Iterator[str]:
        for _ in range(3):
            yield f"{flags_of(request).get_string('theme')}\n"

    return StreamingResponse(lines())


async def afterwards(request: Request) -> Response:
    return PlainTextResponse("later", background=BackgroundTask(lambda: seen.append(dict(current_context()))))


async def talk(websocket: WebSocket) -> None:
    await websocket.accept()
    async for _ in websocket.iter_text():
        await websocket.send_text(flags_of(websocket).get_string("theme"))


def _said(request: Request) -> Response:
    flags = flags_of(request)
    return JSONResponse({
        "theme": flags.get_string("theme"),
        "pro": flags.is_enabled("pro"),
        "cohort": flags.cohort("checkout"),
        "key": current_context().get("targetingKey"),
        "outgoing": outgoing_headers(),
        "thread": threading.current_thread().name,
    })  # fmt: skip


ROUTES = [
    *(Route(f"/{name.__name__}", name) for name in (in_the_loop, in_a_thread, in_a_task)),
    *(Route(f"/{name.__name__}", name) for name in (streamed, streamed_by_threads, afterwards)),
    WebSocketRoute("/talk", talk),
]


def site(client: FlagClient, context_of: ContextOf | None = by_header) -> Starlette:
    middleware = Middleware(FlagsMiddleware, client=client, context_of=context_of, cohorts=verifier())
    return Starlette(routes=ROUTES, middleware=[middleware], lifespan=lifespan(client))


@pytest.fixture(scope="module")
def client() -> Iterator[FlagClient]:
    made = ready_client()
    yield made
    made.close()


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with Served(site(ready_client())) as server:
        yield server


@pytest.fixture
def web(served: Served) -> Iterator[httpx2.Client]:
    with served.client() as made:
        yield made


@pytest.mark.parametrize("path", ["/in_the_loop", "/in_a_thread", "/in_a_task"])
def test_every_request_is_decided_by_its_own_context_also_side_by_side(
    web: httpx2.Client, client: FlagClient, path: str
) -> None:
    def ask(user: str) -> Any:
        return web.get(path, headers={"X-User": user, "X-Plan": "pro" if user.endswith("7") else "free"}).json()

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(ask, USERS))

    assert [answer["theme"] for answer in answers] == [client.get_string("theme", user) for user in USERS]
    assert [answer["pro"] for answer in answers] == [user.endswith("7") for user in USERS]
    assert {answer["thread"] == "uvicorn" for answer in answers} == {path != "/in_a_thread"}


@pytest.mark.parametrize("path", ["/streamed", "/streamed_by_threads"])
def test_the_context_lasts_as_long_as_the_stream(web: httpx2.Client, client: FlagClient, path: str) -> None:
    for user in USERS[:10]:
        theme = client.get_string("theme", user)

        assert web.get(path, headers={"X-User": user}).text == f"{theme}\n" * 3


def test_a_background_task_has_the_context_of_its_request(web: httpx2.Client) -> None:
    seen.clear()

    web.get("/afterwards", headers={"X-User": "ann"})

    eventually(lambda: seen, "the background task")
    assert seen == [{"targetingKey": "ann", "plan": "free"}]


def test_a_websocket_has_the_context_of_its_connection(client: FlagClient) -> None:
    with TestClient(site(ready_client())) as web:
        for user in USERS[:5]:
            with web.websocket_connect("/talk", headers={"X-User": user}) as socket:
                socket.send_text("theme?")
                assert socket.receive_text() == client.get_string("theme", user)


@pytest.mark.parametrize("cohort", ["canary", "stable"])
def test_the_edge_s_cohort_and_unit_count_for_a_visitor_without_a_key(web: httpx2.Client, cohort: str) -> None:
    header = edge_header(cohort, "user-7")

    answer = web.get("/in_a_thread", headers={HEADER: header}).json()

    assert (answer["cohort"], answer["key"], answer["outgoing"]) == (cohort, "user-7", {HEADER: header})


def test_the_program_s_own_key_wins_over_the_edge_s_unit(web: httpx2.Client) -> None:
    answer = web.get("/in_the_loop", headers={HEADER: edge_header("canary", "cookie"), "X-User": "ann"}).json()

    assert (answer["cohort"], answer["key"]) == ("canary", "ann")


@pytest.mark.parametrize("wrong", [
    {"key": "another-key-that-nobody-here-believes"}, {"seconds": -1}, {"environment": "staging"}, {"split": "search"},
])  # fmt: skip
def test_what_the_service_did_not_sign_for_this_split_now_is_ignored(
    web: httpx2.Client, client: FlagClient, wrong: dict[str, Any]
) -> None:
    for user in USERS[:20]:
        headers = {HEADER: edge_header("forced", "someone-else", **wrong), "X-User": user}

        assert web.get("/in_the_loop", headers=headers).json()["cohort"] == client.cohort("checkout", user)


def test_without_a_verifier_the_header_is_not_looked_at(client: FlagClient) -> None:
    app = Starlette(routes=ROUTES, middleware=[Middleware(FlagsMiddleware, client=client)])

    answer = TestClient(app).get("/in_the_loop", headers={HEADER: edge_header("forced", "ann")}).json()

    assert (answer["cohort"], answer["key"], answer["outgoing"]) == ("stable", None, {})


def test_context_of_may_be_async_and_sees_what_the_edge_said(client: FlagClient) -> None:
    async def later(connection: HTTPConnection) -> ContextLike:
        await asyncio.sleep(0)
        return {"edge": ",".join(outgoing_headers()), "targetingKey": connection.headers["x-user"]}

    with TestClient(site(ready_client(), later)) as web:
        web.get("/afterwards", headers={"X-User": "ann", HEADER: edge_header()})

    assert seen.pop() == {"edge": HEADER, "targetingKey": "ann"}


@pytest.mark.parametrize("wrong", [lambda _: 1 // 0, lambda _: 7, lambda _: [("a", "b")]])
def test_a_failing_context_of_is_logged_and_the_request_goes_on(
    wrong: ContextOf, caplog: pytest.LogCaptureFixture
) -> None:
    with TestClient(site(ready_client(), wrong)) as web:
        answer = web.get("/in_the_loop", headers={HEADER: edge_header("canary", "ann")})

    assert (answer.status_code, answer.json()["key"]) == (200, "ann")
    assert "context_of failed" in caplog.text


def test_without_the_middleware_it_says_what_to_add() -> None:
    with pytest.raises(RuntimeError, match="FlagsMiddleware"):
        TestClient(Starlette(routes=ROUTES)).get("/in_the_loop")


def test_the_lifespan_waits_for_the_first_snapshot_and_closes_the_client() -> None:
    source = Scripted(whole(DOCUMENTS))
    made = FlagClient(source)

    with Served(site(made)) as server, server.client() as web:
        assert web.get("/in_the_loop", headers={"X-User": "ann"}).status_code == 200
        states = [made.status.state]

    states.append(made.status.state)
    assert states == ["ready", "closed"]
    assert source.closed.is_set()


def test_a_program_starts_without_a_snapshot_too_and_its_own_lifespan_runs_within() -> None:
    made = FlagClient(Scripted(SourceFault("away")), start_seconds=0.05)
    told = []

    @asynccontextmanager
    async def own(app: Starlette) -> AsyncIterator[dict[str, str]]:
        told.append(made.status.state)
        yield {"hello": "world"}
        told.append(made.status.state)

    def hello(request: Request) -> Response:
        return PlainTextResponse(request.state.hello)

    with Served(Starlette(routes=[Route("/", hello)], lifespan=lifespan(made, own))) as server, server.client() as web:
        assert web.get("/").text == "world"

    assert (told, made.status.state) == (["starting", "starting"], "closed")


def test_while_the_client_starts_the_event_loop_goes_on() -> None:
    made = FlagClient(Scripted(SourceFault("away")), start_seconds=0.2)

    async def turns_during_start() -> int:
        turns = 0
        starting = asyncio.ensure_future(lifespan(made)(None).__aenter__())
        while not starting.done():
            turns += 1
            await asyncio.sleep(0.001)
        made.close()
        return turns

    assert asyncio.run(turns_during_start()) > 3
