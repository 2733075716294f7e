"""gunicorn --preload: the client is made and used in the master, and lives on in every worker that is forked."""

import signal

import pytest

from tests.processes.world import World, follows, gathered
from tests.support.timing import within
from tests.support.web import WebServer, gunicorn

KINDS = {
    "sync": ["--worker-class", "sync"],
    "gthread": ["--worker-class", "gthread", "--threads", "4"],
    "gevent": ["--worker-class", "gevent"],
}


@pytest.mark.parametrize("kind", KINDS)
def test_workers_answer_at_once_and_follow_by_themselves(world: World, server: WebServer, kind: str) -> None:
    server.start(gunicorn("tests.processes.wsgi:application", "--preload", *KINDS[kind]), world.environment)
    first = gathered(server.json, 2)
    assert {answer["value"] for answer in first.values()} == {True}
    assert server.pid not in first

    world.turn(False)  # noqa: FBT003 - the value of the flag

    follows(server.json, set(first), False)  # noqa: FBT003 - likewise
    world.check_connections({server.pid, *first})
    with within(5):
        assert server.stop(signal.SIGTERM) == 0
    assert "Traceback" not in server.output()


def test_a_worker_that_is_started_again_follows_too(world: World, server: WebServer) -> None:
    """The master forks it much later, from whatever it holds by then."""
    server.start(gunicorn("tests.processes.wsgi:application", "--preload"), world.environment)
    first = gathered(server.json, 2)
    world.turn(False)  # noqa: FBT003 - the value of the flag
    follows(server.json, set(first), False)  # noqa: FBT003 - likewise

    server.signal_child(next(iter(first)), signal.SIGKILL)
    second = gathered(server.json, 2)
    replaced = set(second) - set(first)

    assert len(replaced) == 1
    assert second[replaced.pop()]["value"] is False
    world.turn(True)  # noqa: FBT003 - likewise
    follows(server.json, set(second), True)  # noqa: FBT003 - likewise
    world.check_connections({server.pid, *second})
