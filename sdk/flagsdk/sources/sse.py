"""Server-sent events (WHATWG HTML, section 9.2): bytes → events, and an open response that is read event by event."""

import http.client
import time
from collections.abc import Callable
from dataclasses import dataclass

import urllib3

from flagsdk.sources.body import Body
from flagsdk.sources.source import SourceFault
from flagsdk.wire import Corrupt

HEARTBEAT_SECONDS = 35.0
"""The feed sends a comment every 15 s; two missed in a row and the line counts as dead."""
HELLO_SECONDS = 5.0
"""The feed greets a stream at once. A stream without a greeting sits behind a proxy that holds answers back."""

MAX_LINE = 64 * 1024 * 1024
"""A line longer than any change that a service publishes: whoever sends it is no feed."""


@dataclass(frozen=True, slots=True)
class Event:
    """One event. A comment is an event of the kind "comment": the heartbeat."""

    kind: str
    data: str = ""
    id: str = ""


class Parser:
    """Turns chunks, cut anywhere, into events. `retry_seconds` is the last delay that the server asked for."""

    def __init__(self) -> None:
        self.retry_seconds = 0.0
        self._rest = b""
        self._fields: dict[str, str] = {}

    def feed(self, chunk: bytes) -> list[Event]:
        """Events that `chunk` completes; what is incomplete waits. Raises Corrupt for what is not UTF-8."""
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        if len(self._rest) > MAX_LINE:
            raise Corrupt("an event without an end")
        try:
            return [event for line in lines if (event := self._line(line.removesuffix(b"\r").decode()))]
        except UnicodeDecodeError as fault:
            raise Corrupt("an event is not UTF-8") from fault

    def _line(self, line: str) -> Event | None:
        if line.startswith(":"):
            return Event("comment", line[1:].strip())
        if not line:
            return self._dispatch()
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "retry":
            self.retry_seconds = int(value) / 1000 if value.isascii() and value.isdigit() else self.retry_seconds
        elif name == "data" and "data" in self._fields:
            self._fields["data"] += "\n" + value
        else:
            self._fields[name] = value
        return None

    def _dispatch(self) -> Event | None:
        fields, self._fields = self._fields, {}
        if not fields:
            return None
        return Event(fields.get("event", "message"), fields.get("data", ""), fields.get("id", ""))


class NoStream(Exception):
    """Events do not get through here: something between holds answers back or ends them."""


class EventStream:
    """An open response of events, read by one thread."""

    def __init__(self, response: urllib3.BaseHTTPResponse, clock: Callable[[], float] = time.monotonic) -> None:
        self._response = response
        self._body = Body(response)
        self._clock = clock
        self._parser = Parser()
        self._greeted = False
        self._heard = clock()

    @property
    def retry_seconds(self) -> float:
        """The delay before coming back that the server asked for, 0 = it did not say."""
        return self._parser.retry_seconds

    def events(self, seconds: float) -> list[Event] | None:
        """Wait up to `seconds`; give the events that are complete, None when there is none.

        Raises NoStream before anything came, SourceFault once a line that worked has ended or fallen silent.
        """
        if not self._body.stays_open:
            raise NoStream("the connection does not stay open")
        piece = self._read(seconds)
        if piece is None:
            self._check_silence()
            return None
        self._greeted = True
        self._heard = self._clock()
        return self._parser.feed(piece) or None

    def close(self) -> None:
        """Close the connection: what follows on it belongs to nobody."""
        self._response.close()

    def _read(self, seconds: float) -> bytes | None:
        try:
            piece = self._body.read(seconds)
        except (urllib3.exceptions.HTTPError, http.client.HTTPException, OSError, ValueError) as fault:
            raise self._fault(f"{type(fault).__name__}: {fault}") from fault
        if piece == b"":
            raise self._fault("the stream has ended")
        return piece

    def _check_silence(self) -> None:
        silence = self._clock() - self._heard
        if silence > (HEARTBEAT_SECONDS if self._greeted else HELLO_SECONDS):
            raise self._fault(f"the stream has been silent for {silence:.0f} s")

    def _fault(self, detail: str) -> Exception:
        return SourceFault(detail, self.retry_seconds) if self._greeted else NoStream(detail)
