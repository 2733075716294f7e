"""Clients as most are: one request at a time over a connection that is kept, sent again once if that was closed."""

import http.client
import threading
import time
from collections.abc import Callable

CLIENTS = 4


def lost_while(port: int, change: Callable[[], object]) -> list[str]:
    """Let four clients ask while `change` runs, and give what failed for good."""
    lost: list[str] = []
    ended = threading.Event()

    def ask() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        while not ended.is_set():
            lost.extend(_failure(connection))
            time.sleep(0.001)
        connection.close()

    clients = [threading.Thread(target=ask) for _ in range(CLIENTS)]
    for client in clients:
        client.start()
    try:
        change()
    finally:
        ended.set()
        for client in clients:
            client.join()
    return lost


def _failure(connection: http.client.HTTPConnection) -> list[str]:
    faults = []
    for _ in range(2):
        try:
            connection.request("GET", "/")
            answer = connection.getresponse()
            answer.read()
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            faults.append(repr(error))
        else:
            return [str(answer.status)] if answer.status != http.client.OK else []
    return faults
