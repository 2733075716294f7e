"""The link itself: what it is told to do to a connection is what the two ends see."""

import gc
import socket
import socketserver
import threading
import warnings
from collections.abc import Iterator
from contextlib import suppress

import pytest

from tests.support.link import HOLE, MUTE, PASS, REFUSE, Fault, Link, Way
from tests.support.timing import eventually

SHORT_SECONDS = 0.2


class _Echo(socketserver.BaseRequestHandler):
    """Sends back what it gets."""

    def handle(self) -> None:
        with suppress(ConnectionResetError):
            while data := self.request.recv(65536):
                self.request.sendall(data)


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


@pytest.fixture
def link() -> Iterator[Link]:
    with _Server(("127.0.0.1", 0), _Echo) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        with Link(server.server_address[1]) as made:
            yield made
        server.shutdown()
        thread.join()


@pytest.fixture
def line(link: Link) -> Iterator[socket.socket]:
    with dialled(link) as made:
        assert said(made, b"hello") == b"hello"
        yield made


def dialled(link: Link) -> socket.socket:
    made = socket.create_connection(("127.0.0.1", link.port), timeout=10)
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return made


def said(line: socket.socket, data: bytes) -> bytes:
    """Send it, and give what comes back."""
    line.sendall(data)
    return heard(line, len(data))


def heard(line: socket.socket, count: int) -> bytes:
    """Read so many bytes, or what there is before the end."""
    got = b""
    while len(got) < count and (piece := line.recv(count - len(got))):
        got += piece
    return got


def is_silent(line: socket.socket) -> bool:
    """Whether nothing comes for a moment; not even an end."""
    line.settimeout(SHORT_SECONDS)
    try:
        line.recv(1)
    except TimeoutError:
        return True
    finally:
        line.settimeout(10)
    return False


def test_much_passes_unchanged(line: socket.socket) -> None:
    data = bytes(range(256)) * 4096
    sending = threading.Thread(target=line.sendall, args=(data,))
    sending.start()

    assert heard(line, len(data)) == data
    sending.join()


@pytest.mark.parametrize("fault", [HOLE, Fault(up=Way(held=True)), Fault(down=Way(held=True))])
def test_a_hole_holds_an_open_connection_and_what_was_held_arrives_when_it_ends(
    link: Link, line: socket.socket, fault: Fault
) -> None:
    link.set(fault)
    line.sendall(b"later")
    assert is_silent(line)

    link.heal()

    assert heard(line, 5) == b"later"


def test_a_closed_door_refuses_new_connections_and_resets_those_that_are_open(link: Link, line: socket.socket) -> None:
    link.set(REFUSE)

    with pytest.raises(ConnectionResetError):
        line.recv(1)
    with pytest.raises(ConnectionRefusedError):
        dialled(link)
    link.heal()
    with dialled(link) as again:
        assert said(again, b"x") == b"x"


def test_a_mute_door_takes_connections_and_never_answers_until_it_is_opened(link: Link) -> None:
    link.set(MUTE)
    with dialled(link) as line:
        line.sendall(b"late")
        assert is_silent(line)

        link.heal()

        assert heard(line, 4) == b"late"


def test_a_reset_after_so_many_bytes_is_a_reset(link: Link, line: socket.socket) -> None:
    link.set(Fault(down=Way(cut_after=3)))
    line.sendall(b"abcdef")

    with pytest.raises(ConnectionResetError):
        heard(line, 6)


@pytest.mark.parametrize("after", [0, 3])
def test_a_reply_is_cut_in_the_middle(link: Link, line: socket.socket, after: int) -> None:
    link.set(Fault(down=Way(cut_after=after, cut="close")))

    assert said(line, b"abcdef") == b"abcdef"[:after]


def test_the_count_begins_when_the_fault_comes_into_force(link: Link, line: socket.socket) -> None:
    fault = Fault(down=Way(cut_after=4, cut="close"))
    link.set(fault)
    assert said(line, b"ab") == b"ab"
    link.set(PASS)
    link.set(Fault(down=Way(cut_after=4, cut="close")))

    assert said(line, b"abcdef") == b"abcd"


def test_one_bit_of_one_byte_is_flipped_wherever_pieces_begin(link: Link, line: socket.socket) -> None:
    for piece in (0, 1, 2):
        link.set(Fault(down=Way(flip_at=3, piece=piece)))

        assert said(line, b"@@@@@@") == b"@@@A@@"
        assert said(line, b"@@@@@@") == b"@@@@@@"


def test_a_slow_drip_comes_piece_by_piece(link: Link, line: socket.socket) -> None:
    link.set(Fault(down=Way(piece=2, delay_seconds=0.05)))
    line.sendall(b"abcdef")

    assert [line.recv(100) for _ in range(3)] == [b"ab", b"cd", b"ef"]


def test_a_cut_ends_what_is_open_and_nothing_else(link: Link, line: socket.socket) -> None:
    link.cut()

    with pytest.raises(ConnectionResetError):
        line.recv(1)
    with dialled(link) as again:
        assert said(again, b"x") == b"x"


def test_a_half_open_connection_takes_everything_and_says_nothing(link: Link, line: socket.socket) -> None:
    link.half_open()

    line.sendall(b"anybody?")

    assert is_silent(line)
    assert link.connections == 1
    with dialled(link) as again:
        assert said(again, b"x") == b"x"


def test_the_end_of_a_client_reaches_the_server(link: Link, line: socket.socket) -> None:
    line.close()

    eventually(lambda: link.connections == 0)


def test_a_link_to_nobody_ends_connections_at_once(link: Link) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        link.target = nobody.getsockname()[1]

        with dialled(link) as line:
            assert line.recv(1) == b""


def test_a_link_that_ends_while_clients_come_in_leaves_no_connection_behind() -> None:
    with warnings.catch_warnings(record=True) as found, _Server(("127.0.0.1", 0), _Echo) as server:
        warnings.simplefilter("always", ResourceWarning)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()

        for _ in range(40):
            with Link(server.server_address[1]) as made:
                lines = [socket.create_connection(("127.0.0.1", made.port)) for _ in range(3)]
            for line in lines:
                line.close()
        gc.collect()

        server.shutdown()
        thread.join()
    assert [str(warning.message) for warning in found] == []
