"""uWSGI: with the two settings that the client asks for it lives on in the workers; without, it says so and serves."""

import sys

import pytest

from tests.processes.world import World, follows, gathered
from tests.support.guides import files_of
from tests.support.timing import eventually, within
from tests.support.web import BIN, WebServer

FORK_HOOKS = "--py-call-uwsgi-fork-hooks"
NO_HOOKS, NO_THREADS = "forks without telling Python", "runs no threads between requests"


def command(*options: str) -> list[str]:
    """Write the command of a master with two workers."""
    fixed = ["--master", "--die-on-term", "--need-app", "--processes", "2", "--virtualenv", sys.prefix]
    return [str(BIN / "uwsgi"), "--http-socket", "SOCKET", "--module", "tests.processes.wsgi", *fixed, *options]


@pytest.mark.parametrize("loading", [FORK_HOOKS, "--lazy-apps"])
def test_workers_answer_at_once_and_follow_by_themselves(world: World, server: WebServer, loading: str) -> None:
    server.start(command("--enable-threads", loading), world.environment)
    first = gathered(server.json, 2)
    assert {answer["value"] for answer in first.values()} == {True}

    world.turn(False)  # noqa: FBT003 - the value of the flag

    follows(server.json, set(first), False)  # noqa: FBT003 - likewise
    world.check_connections(set(first) if loading == "--lazy-apps" else {server.pid, *first})
    with within(5):
        assert server.stop() == 0
    assert "Traceback" not in server.output()
    assert "flagsdk:" not in server.output()


def test_the_settings_of_the_guide_are_enough(world: World, server: WebServer) -> None:
    (server.folder / "guide.ini").write_text(files_of("processes.md")["ini"])
    started = [str(BIN / "uwsgi"), "--ini", "guide.ini", "--http-socket", "SOCKET", "--virtualenv", sys.prefix]

    server.start([*started, "--module", "tests.processes.wsgi", "--die-on-term"], world.environment)

    assert {answer["value"] for answer in gathered(server.json, 2).values()} == {True}
    assert "flagsdk:" not in server.output()


def test_without_threads_flags_change_with_the_next_requests_and_that_is_said(world: World, server: WebServer) -> None:
    server.start(command(FORK_HOOKS), world.environment)
    first = gathered(server.json, 2)

    world.turn(False)  # noqa: FBT003 - the value of the flag

    follows(server.json, set(first), False)  # noqa: FBT003 - likewise
    assert NO_THREADS in server.output()
    assert NO_HOOKS not in server.output()


def test_without_fork_hooks_workers_serve_what_they_were_forked_with_and_that_is_said(
    world: World, server: WebServer
) -> None:
    server.start(command(), world.environment | {"TEST_STALE_SECONDS": "1"})
    first = gathered(server.json, 2)
    assert {answer["value"] for answer in first.values()} == {True}

    world.turn(False)  # noqa: FBT003 - the value of the flag

    eventually(lambda: server.json()["state"] == "stale")
    assert server.json()["value"] is True
    assert server.json()["age"] > 1
    assert NO_THREADS in server.output()
    assert NO_HOOKS in server.output()
