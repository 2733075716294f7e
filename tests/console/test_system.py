"""The system's screen: what the service depends on, live, and what still works without it."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.console.browser import Console
from tests.console.looks import faults
from tests.support.servers import RedisServer
from tests.support.service import Service


@pytest.fixture(scope="module")
def redis() -> Iterator[RedisServer]:
    server = RedisServer()
    server.start()
    yield server
    server.close()


@pytest.fixture(scope="module")
def service(redis: RedisServer) -> Iterator[Service]:
    """Start a service that distributes over Redis."""
    running = Service({"REDIS_URL": redis.url})
    running.start()
    yield running
    running.close()


@pytest.fixture
def console(browser: Browser, service: Service, redis: RedisServer) -> Iterator[Console]:
    if not redis.alive:
        redis.start()
    opened = Console(browser, service)
    opened.sign_in()
    yield opened
    opened.check()
    opened.close()


def test_it_turns_degraded_while_it_is_looked_at_and_back(console: Console, redis: RedisServer) -> None:
    page = console.go("/system", "System")
    state = page.get_by_role("main").get_by_role("status").filter(has_text="As of")
    dependency = page.get_by_role("listitem").filter(has_text="carries changes to SDKs")
    expect(state).to_contain_text("Everything works", timeout=60_000)

    redis.stop()

    expect(state).to_contain_text("Degraded: Redis is down", timeout=60_000)
    expect(state).to_contain_text("Decisions go on, and changes can be made.")
    expect(dependency).to_contain_text("down")
    assert faults(console, "system-degraded") == []

    redis.start()

    expect(state).to_contain_text("Everything works", timeout=60_000)
    expect(dependency).to_contain_text("ok")


def test_it_says_what_it_runs_holds_and_where_to_read_on(console: Console, service: Service) -> None:
    told = service.call("GET", "system")

    page = console.go("/system", "System")

    snapshots = page.get_by_role("region", name="Snapshots")
    for environment, held in told["snapshot"].items():
        name = service.call("GET", f"environments/{environment}")["name"] or environment
        row = snapshots.get_by_role("row").filter(has_text=name)
        expect(row).to_contain_text(str(held["revision"]))
    build = page.get_by_role("region", name="Build")
    expect(build).to_contain_text(told["version"])
    expect(build).to_contain_text(told["python"])
    links = page.get_by_role("navigation", name="Documents of this service")
    for name, address in (("API and problems", "/docs"), ("OpenAPI", "/openapi.json"), ("Metrics", "/metrics")):
        expect(links.get_by_role("link", name=name)).to_have_attribute("href", address)
