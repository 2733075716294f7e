"""The feed of the SDKs: the whole snapshot, and a stream on which changes arrive by themselves."""

import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import TYPE_CHECKING

from flagsvc.ctl.api import Api, Request
from flagsvc.ctl.failure import WAITED, Failure, Refused, Unreachable
from flagsvc.ctl.smoke.arriving import NotYet, until
from flagsvc.ctl.smoke.trial import Trial

if TYPE_CHECKING:
    from flagsdk.wire import Change

SNAPSHOT, CHANGES = "/sdk/v1/snapshot", "/sdk/v1/changes"
UNAUTHENTICATED = 401


class Feed:
    """One SDK's way to the service. `close` ends its stream."""

    def __init__(self, api: Api, trial: Trial, seconds: float) -> None:
        self._api = api
        self._trial = trial
        self._seconds = seconds
        self._stack = ExitStack()
        self._piece: Callable[[], bytes] | None = None
        self._rest = b""

    def close(self) -> None:
        """End the stream."""
        self._stack.close()

    def open(self) -> str:
        """Read the snapshot, and open a stream from there. It has to greet at once, or a proxy holds answers back."""
        return until(self._opened, self._seconds)

    def change(self) -> str:
        """Wait for the change that was written last to arrive on the open stream."""
        deadline = time.monotonic() + self._seconds
        try:
            while time.monotonic() < deadline:
                for change in _changes(self._lines(deadline)):
                    if change.revision >= self._trial.revision:
                        return f"revision {change.revision} came by itself"
        except Unreachable:
            pass  # nothing came until the connection gave up: the same as nothing in time
        raise Failure(f"revision {self._trial.revision} did not come within {self._seconds:g} s", WAITED)

    def _opened(self) -> str:
        try:
            position = self._position()
            headers = {**self._headers(), "Accept": "text/event-stream", "Last-Event-ID": position}
            request = Request(method="GET", path=CHANGES, headers=headers)
            self._piece = self._stack.enter_context(self._api.stream(request))
        except Refused as refused:
            if refused.status == UNAUTHENTICATED:
                raise NotYet("the token is not known there") from None
            raise
        try:
            self._lines(time.monotonic() + self._seconds)
        except Unreachable:
            raise Failure("the stream does not greet: something between holds answers back", WAITED) from None
        return f"open from revision {position.rpartition('.')[2]} on"

    def _position(self) -> str:
        """Read the snapshot as an SDK does, and give where it stands."""
        from flagsdk.wire import Corrupt, Position, admit, parse_whole  # noqa: PLC0415  # only who reads the feed

        answer = self._api.send(Request(method="GET", path=SNAPSHOT, headers=self._headers()))
        try:
            whole = parse_whole(answer.raw)
            admit(whole)
        except Corrupt as fault:
            raise Failure(f"no SDK would take the snapshot: {fault}") from None
        return str(Position(whole.epoch, whole.revision))

    def _lines(self, deadline: float) -> list[bytes]:
        """Read on until there are whole lines, or the time is over."""
        while self._piece is not None and time.monotonic() < deadline:
            piece = self._piece()
            if not piece:
                raise Failure("the stream ended")
            *lines, self._rest = (self._rest + piece).split(b"\n")
            if lines:
                return lines
        return []

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._trial.token}"}


def _changes(lines: list[bytes]) -> "list[Change]":
    from flagsdk.wire import Corrupt, parse_change  # noqa: PLC0415  # as above

    try:
        return [parse_change(line.removeprefix(b"data: ")) for line in lines if line.startswith(b"data: {")]
    except Corrupt as fault:
        raise Failure(f"a change cannot be read: {fault}") from None
