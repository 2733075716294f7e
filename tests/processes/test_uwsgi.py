"""uWSGI: with the two settings that the client asks for it lives on in the workers; without, it says so."""

import os
import sys

import pytest

from tests.processes.world import World, follows, gathered
from tests.support.guides import files_of
from tests.support.process import mortal
from tests.support.timing import within
from tests.support.tree import ROOT
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


@pytest.mark.parametrize(("options", "said"), [
    ([], {NO_THREADS, NO_HOOKS}),
    (["--enable-threads"], {NO_HOOKS}),
    (["--lazy-apps"], {NO_THREADS}),
    (["--threads", "2", FORK_HOOKS], set()),
])  # fmt: skip
def test_the_log_says_what_is_missing_before_anything_is_forked(
    world: World, server: WebServer, options: list[str], said: set[str]
) -> None:
    """Without fork hooks a worker may hang before its first answer, so none is waited for."""
    server.spawn(
        [word.replace("SOCKET", str(server.socket)) for word in [*mortal("KILL"), *command(*options)]],
        lambda: "spawned uWSGI worker 2" in server.output() and "app 0" in server.output(),
        os.environ | world.environment | {"PYTHONPATH": str(ROOT)},
    )

    assert {warning for warning in (NO_THREADS, NO_HOOKS) if warning in server.output()} == said
    server.kill()
