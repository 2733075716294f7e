"""Fixtures that every test may use: real servers, one set per test process, ended with it.

`redis_url`             an empty Redis, private to this process, emptied before each test that asks for it
`redis_server`          a Redis of the test's own, to stop, kill, pause and start again
`postgres_url`          a PostgreSQL cluster, shared by the tests of this process (database `postgres`)
`postgres_database_url` a new, empty database in it, dropped after the test
`postgres_server`       a cluster of the test's own, to stop, kill, pause and start again
"""

import itertools
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from hypothesis import settings

from tests.support.servers import PostgresServer, RedisServer

SERVER_FIXTURES = {"shared_redis", "redis_server", "shared_postgres", "postgres_server"}

settings.register_profile("flagsvc", deadline=None, print_blob=True)  # other work on the machine is no failure
settings.load_profile("flagsvc")

_numbers = itertools.count(1)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark what needs a real server, so that `pytest -m "not servers"` runs everywhere; leave out what is opt-in."""
    if "kube" not in config.option.markexpr:
        left_out = [item for item in items if item.get_closest_marker("kube")]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in set(left_out)]
    for item in items:
        if isinstance(item, pytest.Function) and SERVER_FIXTURES.intersection(item.fixturenames):
            item.add_marker("servers")


def pytest_configure(config: pytest.Config) -> None:
    """Let whoever waits for a long run know at once what has failed, also when it never comes to its end."""
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Herald(config))


class Herald:
    """Prints a line for each test that fails, when it does."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config

    @pytest.hookimpl(trylast=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Say which test it is, and why."""
        if report.failed and (terminal := self._config.pluginmanager.get_plugin("terminalreporter")):
            crash = getattr(report.longrepr, "reprcrash", None)
            why = crash.message if crash else report.longreprtext
            terminal.write_line(f"\n{report.nodeid} ({report.when}): {' '.join(why.split())[:600]}")


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say which random schedules were run, whether or not they passed; no worker could print it."""
    reports = [report for outcome in ("passed", "failed") for report in terminalreporter.getreports(outcome)]
    seeds = [value for report in reports for name, value in report.user_properties if name == "seeds"]
    if seeds:
        terminalreporter.write_line(f"schedules of faults were drawn from the seeds {', '.join(seeds)}")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Distribute over the workers as tests.support.scheduler says; never asked without xdist."""
    from tests.support.scheduler import Sharing  # noqa: PLC0415  # xdist is only there when it is asked for

    return Sharing(config, log)


@pytest.fixture(scope="session")
def shared_redis() -> Iterator[RedisServer]:
    server = RedisServer()
    try:
        server.start()
        yield server
    finally:
        server.close()


@pytest.fixture
def redis_url(shared_redis: RedisServer) -> str:
    shared_redis.empty()
    return shared_redis.url


@pytest.fixture
def redis_server() -> Iterator[RedisServer]:
    server = RedisServer()
    try:
        server.start()
        yield server
    finally:
        server.close()


@pytest.fixture(scope="session")
def shared_postgres() -> Iterator[PostgresServer]:
    server = PostgresServer()
    try:
        server.start()
        yield server
    finally:
        server.close()


@pytest.fixture(scope="session")
def postgres_url(shared_postgres: PostgresServer) -> str:
    return shared_postgres.url


@pytest.fixture
def postgres_database_url(shared_postgres: PostgresServer) -> Iterator[str]:
    name = f"test_{next(_numbers)}"
    with psycopg.connect(shared_postgres.url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
        yield shared_postgres.url_of(name)
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


@pytest.fixture
def postgres_server() -> Iterator[PostgresServer]:
    server = PostgresServer()
    try:
        server.start()
        yield server
    finally:
        server.close()
