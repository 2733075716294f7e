"""FastAPI under a real server: the request's flags as a typed dependency, for endpoints of every kind."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Annotated

import httpx2
import pytest
from fastapi import BackgroundTasks, Depends, FastAPI, Header, WebSocket
from fastapi.testclient import TestClient

from flagsdk import Context, FlagClient
from flagsdk.integrations.context import current_context
from flagsdk.integrations.fastapi import Flags, FlagsMiddleware, RequestFlags, flags, flags_for, lifespan, required
from tests.integrations.documents import USERS, edge_header, ready_client, verifier
from tests.integrations.test_starlette import HEADER, by_header
from tests.support.asgi import Served
from tests.support.timing import eventually

later: list[Context] = []


def who_is_logged_in(x_login: Annotated[str, Header()] = "") -> Context | None:
    return Context(x_login, plan="pro") if x_login else None


LoggedIn = Annotated[Flags, Depends(flags_for(who_is_logged_in))]


def site(client: FlagClient) -> FastAPI:
    """Make an application with an endpoint of each kind."""
    app = FastAPI(lifespan=lifespan(client))
    app.add_middleware(FlagsMiddleware, client=client, context_of=by_header, cohorts=verifier())

    @app.get("/sync")
    def sync(flags: RequestFlags) -> str:
        return flags.get_string("theme")

    @app.get("/async")
    async def in_the_loop(chosen: Annotated[Flags, Depends(flags)]) -> str:
        await asyncio.sleep(0)
        return chosen.get_string("theme")

    @app.get("/logged-in")
    def logged_in(flags: LoggedIn) -> dict[str, str | bool]:
        return {"pro": flags.is_enabled("pro"), "theme": flags.get_string("theme"), "cohort": flags.cohort("checkout")}

    @app.get("/pro", dependencies=[Depends(required("pro"))])
    def pro_only() -> str:
        return "welcome"

    @app.get("/later")
    def with_task(tasks: BackgroundTasks) -> None:
        tasks.add_task(lambda: later.append(current_context()))

    @app.websocket("/talk")
    async def talk(websocket: WebSocket, flags: RequestFlags) -> None:
        await websocket.accept()
        await websocket.send_text(flags.get_string("theme"))
        await websocket.close()

    return app


@pytest.fixture(scope="module")
def client() -> Iterator[FlagClient]:
    made = ready_client()
    yield made
    made.close()


@pytest.fixture(scope="module")
def web() -> Iterator[httpx2.Client]:
    with Served(site(ready_client())) as server, server.client() as made:
        yield made


@pytest.mark.parametrize("path", ["/sync", "/async"])
def test_the_dependency_decides_by_the_request_s_context_also_side_by_side(
    web: httpx2.Client, client: FlagClient, path: str
) -> None:
    with ThreadPoolExecutor(8) as pool:
        themes = list(pool.map(lambda user: web.get(path, headers={"X-User": user}).json(), USERS))

    assert themes == [client.get_string("theme", user) for user in USERS]


def test_what_another_dependency_found_out_goes_on_top(web: httpx2.Client, client: FlagClient) -> None:
    for user in USERS[:20]:
        answer = web.get("/logged-in", headers={"X-User": "cookie", "X-Login": user}).json()

        expected = {"theme": client.get_string("theme", user), "cohort": client.cohort("checkout", user)}
        assert answer == {"pro": True, **expected}
    assert web.get("/logged-in", headers={"X-User": "cookie"}).json()["pro"] is False


def test_the_edge_s_cohort_stays_that_of_the_request_when_the_user_logs_in(web: httpx2.Client) -> None:
    for cohort in ("canary", "stable"):
        headers = {HEADER: edge_header(cohort, "cookie"), "X-Login": "ann"}

        assert web.get("/logged-in", headers=headers).json()["cohort"] == cohort


def test_a_route_behind_a_flag_is_not_there_while_the_flag_is_off(web: httpx2.Client) -> None:
    assert web.get("/pro", headers={"X-User": "ann", "X-Plan": "pro"}).json() == "welcome"
    assert web.get("/pro", headers={"X-User": "ann", "X-Plan": "free"}).status_code == 404


def test_a_background_task_has_the_context_of_its_request(web: httpx2.Client) -> None:
    later.clear()

    web.get("/later", headers={"X-User": "ann"})

    eventually(lambda: later, "the background task")
    assert later == [Context("ann", plan="free")]


def test_a_websocket_gets_its_flags(client: FlagClient) -> None:
    with TestClient(site(ready_client())) as testing:
        for user in USERS[:5]:
            with testing.websocket_connect("/talk", headers={"X-User": user}) as socket:
                assert socket.receive_text() == client.get_string("theme", user)


def test_the_flags_are_no_parameter_of_the_documented_api(web: httpx2.Client) -> None:
    paths = web.get("/openapi.json").json()["paths"]

    assert "parameters" not in paths["/sync"]["get"]
    assert [one["name"] for one in paths["/logged-in"]["get"]["parameters"]] == ["x-login"]


def test_in_a_test_of_a_program_the_dependency_can_be_replaced(client: FlagClient) -> None:
    app = site(client)
    app.dependency_overrides[flags] = lambda: Flags(FlagClient.for_testing({"pro": True}))

    assert TestClient(app).get("/pro").json() == "welcome"


def test_in_a_test_of_a_program_an_override_holds_for_the_requests_that_are_made_within(client: FlagClient) -> None:
    testing = TestClient(site(client))

    with client.override(pro=True, theme="neon"):
        assert testing.get("/pro").json() == "welcome"
        assert {testing.get(path).json() for path in ("/sync", "/async")} == {"neon"}

    assert testing.get("/pro").status_code == 404
