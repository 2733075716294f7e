"""Names to addresses, within a time: the system's resolver has none of its own that anybody could rely on."""

import socket
import threading
from collections.abc import Sequence
from queue import Empty, SimpleQueue

MOST_AT_ONCE = 16
_places = threading.BoundedSemaphore(MOST_AT_ONCE)


class Unresolved(Exception):
    """The name leads nowhere at present."""


def addresses_of(host: str, port: int, seconds: float) -> Sequence[str]:
    """Give the addresses of a host, in the order of the system; raises Unresolved after `seconds` at the latest.

    A resolver that hangs keeps its thread; no more than a few are ever lost that way.
    """
    places = _places
    if not places.acquire(timeout=max(0.0, seconds)):
        raise Unresolved("its name is not resolved in time")
    answers: SimpleQueue[Sequence[str] | OSError | UnicodeError] = SimpleQueue()
    threading.Thread(target=_resolve, args=(host, port, answers, places), name="resolver", daemon=True).start()
    try:
        answer = answers.get(timeout=max(0.0, seconds))
    except Empty:
        raise Unresolved("its name is not resolved in time") from None
    if isinstance(answer, OSError | UnicodeError):
        raise Unresolved("its name is not known") from answer
    return answer


def _resolve(
    host: str,
    port: int,
    answers: "SimpleQueue[Sequence[str] | OSError | UnicodeError]",
    places: threading.BoundedSemaphore,
) -> None:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        answers.put(list(dict.fromkeys(str(entry[4][0]) for entry in found)))
    except (OSError, UnicodeError) as error:
        answers.put(error)
    finally:
        places.release()
