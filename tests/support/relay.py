"""A TCP relay before a server, which holds one direction back or lets it drip: a line not cut, but useless."""

import socket
import threading
import time
from contextlib import suppress

PIECE = 65536


class Relay:
    """Listens on a free port of loopback. `hold` and `drip` act on what the server answers, `mute` on the questions."""

    def __init__(self, port: int) -> None:
        self._target = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self.accepted = 0
        self._ends: list[socket.socket] = []
        self._answers, self._questions = threading.Event(), threading.Event()
        self._answers.set()
        self._questions.set()
        self._pause_seconds = 0.0
        threading.Thread(target=self._accept, daemon=True).start()

    def hold(self) -> None:
        """Hold every answer back, from now on; connections stay open, and new ones are accepted."""
        self._answers.clear()

    def mute(self) -> None:
        """Hold every question back."""
        self._questions.clear()

    def release(self) -> None:
        """Let through what was held back, and everything."""
        self._answers.set()
        self._questions.set()

    def drip(self, pause_seconds: float) -> None:
        """Let answers through byte by byte."""
        self._pause_seconds = pause_seconds

    def close(self) -> None:
        """Cut every connection."""
        self.release()
        for end in [self._listener, *self._ends]:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                self.accepted += 1
                server = socket.create_connection(("127.0.0.1", self._target))
                self._ends += [client, server]
                for source, target, gate in ((client, server, self._questions), (server, client, self._answers)):
                    threading.Thread(target=self._carry, args=(source, target, gate), daemon=True).start()

    def _carry(self, source: socket.socket, target: socket.socket, gate: threading.Event) -> None:
        with suppress(OSError):
            while piece := source.recv(PIECE):
                gate.wait()
                self._send(target, piece, dripping=gate is self._answers)
        for end in (source, target):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def _send(self, target: socket.socket, piece: bytes, *, dripping: bool) -> None:
        if not (dripping and self._pause_seconds):
            target.sendall(piece)
            return
        for start in range(len(piece)):
            target.sendall(piece[start : start + 1])
            time.sleep(self._pause_seconds)
