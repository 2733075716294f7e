"""`rollout watch`: a rollout as it goes, redrawn on a terminal, line by line everywhere else."""

import os
import sys
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from flagsvc.ctl.api import Answer
from flagsvc.ctl.facts import Json, is_over, status_of
from flagsvc.ctl.failure import INTERRUPTED, WAITED, Failure, Refused, Unreachable
from flagsvc.ctl.figures import clean
from flagsvc.ctl.news import news
from flagsvc.ctl.output import Output, note, print_lines
from flagsvc.ctl.spans import BUSY, Line, Span, painted
from flagsvc.ctl.tree import tree

POLL_SECONDS = 0.5
"""Between two questions, and so between two pictures: more than the 200 ms that a terminal deserves."""
SERVER_FAULT = 500


class View(Protocol):
    """Where a rollout is shown."""

    def see(self, rollout: Json, now: datetime) -> None:
        """Show it as it is now."""

    def lost(self, detail: str) -> None:
        """Say that it is not known how it is now."""


def follow(ask: Callable[[], Answer], view: View, pause: Callable[[float], None] = time.sleep) -> Json:
    """Show a rollout until it is over, and give it as it ended. A service that is away is asked again and again.

    Raises Failure when the service says that there is no such rollout, or that this token may not see it.
    """
    while True:
        try:
            answer = ask()
        except Unreachable as lost:
            view.lost(lost.detail)
        except Refused as refused:
            if refused.status < SERVER_FAULT:
                raise
            view.lost(refused.detail)
        else:
            rollout: Json = answer.content
            view.see(rollout, answer.at)
            if is_over(rollout) is not None:
                return rollout
        pause(POLL_SECONDS)


@contextmanager
def opened(out: Output, environment: str) -> Iterator[View]:
    """Choose where to show it: what was asked for, else a picture on a terminal, else lines."""
    if out.format in {"json", "yaml"}:
        yield _Documents(out)
    elif sys.stdout.isatty() and os.environ.get("TERM") != "dumb":
        with _picture(environment) as view:
            yield view
    else:
        yield _Lines()


@contextmanager
def leaving(environment: str, key: str) -> Iterator[None]:
    """Let Ctrl-C end the watching, and say that it ends nothing else; raises Failure with code 130."""
    try:
        yield
    except KeyboardInterrupt:
        way_back = f"To take it back: flagctl rollout rollback {key} -e {environment}"
        raise Failure(f"{key} goes on, without being watched", INTERRUPTED, way_back) from None


def demand_end(rollout: Json, wanted: Collection[str]) -> None:
    """Pass for a rollout that ended as it was wanted; raises Failure with code 6."""
    status = status_of(rollout)
    if status.get("phase") not in wanted:
        cause = clean(status.get("cause") or "")
        raise Failure(
            f"{clean(rollout.get('key', ''))} is {status.get('phase')}" + (f": {cause}" if cause else ""), WAITED
        )


@dataclass
class _Lines:
    """One line per change."""

    before: Json | None = None
    said: str = ""

    def see(self, rollout: Json, now: datetime) -> None:
        print_lines(news(self.before, rollout, now))
        self.before, self.said = rollout, ""

    def lost(self, detail: str) -> None:
        if detail != self.said:
            note(f"{detail}; trying on")
        self.said = detail


@dataclass
class _Documents:
    """What the API answers, whenever it has changed."""

    out: Output
    before: Json | None = None

    def see(self, rollout: Json, now: datetime) -> None:
        if rollout != self.before:
            self.out.data(rollout, list, list)
        self.before = rollout

    def lost(self, detail: str) -> None:
        note(f"{detail}; trying on")


@dataclass
class _Picture:
    """The tree, drawn again in place when it changes."""

    draw: Callable[[list[Line]], None]
    environment: str
    lines: list[Line] = field(default_factory=list)
    drawn: list[Line] = field(default_factory=list)

    def see(self, rollout: Json, now: datetime) -> None:
        self.lines = tree(rollout, self.environment, now)
        self._show(self.lines)

    def lost(self, detail: str) -> None:
        self._show([*self.lines, (Span(f"  ! {clean(detail)}; trying on", BUSY),)])

    def _show(self, lines: list[Line]) -> None:
        if lines != self.drawn:
            self.draw(lines)
        self.drawn = lines


@contextmanager
def _picture(environment: str) -> Iterator[View]:
    from rich.console import Console  # noqa: PLC0415  # both: only a terminal needs rich
    from rich.live import Live  # noqa: PLC0415

    with Live(console=Console(highlight=False), auto_refresh=False) as live:
        yield _Picture(lambda lines: live.update(painted(lines), refresh=True), environment)
