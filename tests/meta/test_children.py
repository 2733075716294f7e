"""Child processes of the tests: a port that two of them listen at is nobody's."""

import socket
import sys

import pytest

from tests.support.process import Child, NotStarted, listens
from tests.support.servers import on_free_port

SHARING = """
import socket, sys, time
with socket.socket() as one:
    one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    one.bind(("127.0.0.1", int(sys.argv[1])))
    one.listen()
    time.sleep(60)
"""


class Sharer(Child):
    """Listens at a port, and minds nobody who does, too."""

    def start(self, port: int) -> None:
        """Start, and wait until it listens."""
        self.spawn([sys.executable, "-c", SHARING, str(port)], lambda: listens(self.pid, port))


def test_a_port_that_somebody_else_shares_is_given_up_for_another() -> None:
    first, second = Sharer("first"), Sharer("second")
    try:
        taken = on_free_port(first.start)

        with pytest.raises(NotStarted, match="already in use"):
            second.start(taken)

        assert not second.alive
        assert first.alive
        assert on_free_port(second.start) != taken
    finally:
        first.close()
        second.close()


def test_the_same_port_at_another_address_is_another() -> None:
    child = Sharer("alone")
    try:
        with socket.create_server(("127.0.0.2", 0)) as other:
            child.start(other.getsockname()[1])

            assert child.alive
    finally:
        child.close()
