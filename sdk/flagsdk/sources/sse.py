"""Server-sent events (WHATWG HTML, section 9.2): bytes → events, and an open response that is read event by event."""

from dataclasses import dataclass

import urllib3

from flagsdk.sources.source import SourceFault
from flagsdk.wire import Corrupt

HEARTBEAT_SECONDS = 35.0
"""The feed sends a comment every 15 s; two missed in a row and the line counts as dead."""
CHUNK = 256 * 1024

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
    """An open response of events. Its first read is bounded by the timeout it was opened with."""

    def __init__(self, response: urllib3.BaseHTTPResponse) -> None:
        self._response = response
        self._parser = Parser()
        self._greeted = False

    @property
    def retry_seconds(self) -> float:
        """The delay before coming back that the server asked for, 0 = it did not say."""
        return self._parser.retry_seconds

    def events(self) -> list[Event]:
        """Wait for the next piece of the stream and give the events that it completes, perhaps none.

        Raises NoStream before anything came, SourceFault once a line that worked has ended or fallen silent.
        """
        chunk = self._read()
        if not self._greeted:
            self._greet()
        return self._parser.feed(chunk)

    def interrupt(self) -> None:
        """End a read under way in another thread."""
        try:
            self._response.shutdown()
        except (ValueError, RuntimeError, OSError):
            return  # it has ended by itself

    def close(self) -> None:
        """Close the connection: what follows on it belongs to nobody."""
        self._response.close()

    def _read(self) -> bytes:
        try:
            chunk = self._response.read1(CHUNK)
        except (urllib3.exceptions.HTTPError, OSError) as fault:
            raise self._fault(f"{type(fault).__name__}: {fault}") from fault
        if not chunk:
            raise self._fault("the stream has ended")
        return chunk

    def _greet(self) -> None:
        """Know that the stream works: from now on the heartbeat says how long silence may last."""
        sock = getattr(self._response.connection, "sock", None)
        if sock is None:
            raise NoStream("the connection does not stay open")
        sock.settimeout(HEARTBEAT_SECONDS)
        self._greeted = True

    def _fault(self, detail: str) -> Exception:
        return SourceFault(detail, self.retry_seconds) if self._greeted else NoStream(detail)
