"""`smoke`: the command, what it prints, and how it ends."""

import signal
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Annotated, Any

import typer

from flagsvc.ctl.failure import DONE, ERROR, INTERRUPTED
from flagsvc.ctl.figures import clean
from flagsvc.ctl.options import InEnvironment, Reason, register
from flagsvc.ctl.output import note, print_line
from flagsvc.ctl.session import Session
from flagsvc.ctl.smoke.copy import checked_address
from flagsvc.ctl.smoke.course import Course, Result
from flagsvc.ctl.smoke.feed import Feed
from flagsvc.ctl.smoke.place import place_of
from flagsvc.ctl.smoke.plan import Aim, copy_check, reading_checks, writing_checks
from flagsvc.ctl.smoke.trial import Trial
from flagsvc.ctl.waiting import patience_of

"""As a shell tells it: 128 and the number of the signal."""
UNDO_SECONDS = 3.0
MARKS = {"passed": "✔", "failed": "✘", "skipped": "·"}
WHY = "smoke test of the deployment"


@dataclass(frozen=True, kw_only=True)
class Smoke(InEnvironment):
    """Options of `smoke`."""

    address: Annotated[str, typer.Argument(help="Address of the service, before --url.", metavar="URL")] = ""
    also: Annotated[
        list[str] | None, typer.Option("--also", help="A further replica's address; may be given often.", metavar="URL")
    ] = None
    redis: Annotated[
        str,
        typer.Option("--redis", help="The Redis that SDKs read; a password: FLAGSVC_REDIS_PASSWORD.", metavar="URL"),
    ] = ""
    split: Annotated[
        str, typer.Option("--split", help="The traffic split to ask for; any one when left out.", metavar="KEY")
    ] = ""
    expect: Annotated[str, typer.Option("--expect", help="The version that has to run.", metavar="VERSION")] = ""
    read_only: Annotated[bool, typer.Option("--read-only", help="Write nothing.")] = False
    protected: Annotated[
        bool, typer.Option("--protected", help="Write in this environment although it is protected.")
    ] = False
    allow_degraded: Annotated[
        bool, typer.Option("--allow-degraded", help="Pass while it serves, whatever it lacks.")
    ] = False
    reason: Reason = WHY
    timeout: Annotated[
        str,
        typer.Option("--timeout", help="How long an answer or an arrival may take; exit 6 after it.", metavar="TIME"),
    ] = "10s"


def smoke(options: Smoke) -> None:
    """Check a deployment from the outside: health, login, a write that arrives everywhere, and the way back.

    It makes a flag that nobody asks for, on in this environment only, and an SDK token that lives for minutes; it
    compares what units get with our own hash, edits, reverts, archives, and looks whether it is gone. What it made it
    takes back whatever happens, Ctrl-C included. The exit code is that of the first check that failed.
    """
    aim, trial = _aimed(options)
    printed = Printed(is_for_people=Session(options).out.is_for_people)
    course, left = Course(printed.told), list[str]()
    began = time.monotonic()
    try:
        with _terminable():
            _made(options, aim, trial, course)
        code = course.code
    except KeyboardInterrupt:
        note("interrupted: taking back what was written")
        code = INTERRUPTED
    finally:
        with _deaf():
            left = trial.undo()
    code = code or (ERROR if left else DONE)
    _conclude(options, course, left, code, time.monotonic() - began)


def add(app: typer.Typer) -> None:
    """Add the command."""
    register(app, "smoke", smoke)


@dataclass(frozen=True, slots=True, kw_only=True)
class Printed:
    """Prints checks as they are made: for people as data, else only what failed, beside the data."""

    is_for_people: bool

    def told(self, result: Result) -> None:
        """Tell one."""
        say: Callable[[str], None] = print_line if self.is_for_people else note
        if self.is_for_people or result.standing == "failed":
            taken = "" if result.standing == "skipped" else f"{result.seconds * 1000:,.0f} ms"
            say(f"{MARKS[result.standing]} {result.name:<12} {taken:>9}  {clean(result.detail)}")
            if result.remedy:
                say(f"{'':<14} {'':>9}  → {result.remedy}")


def _aimed(options: Smoke) -> tuple[Aim, Trial]:
    session = Session(replace(options, url=options.address or options.url))
    seconds = patience_of(options.timeout)
    token, debug = session.values.demand_token(), options.debug
    place = place_of(session.values.demand_url(), token, seconds, debug=debug)
    aim = Aim(
        place=place,
        also=[place_of(url, token, seconds, debug=debug) for url in options.also or ()],
        environment=session.environment,
        split=options.split,
        redis=checked_address(options.redis),
        expected=options.expect,
        seconds=seconds,
        degraded=options.allow_degraded,
        quiet=options.read_only,
    )
    undoing = place_of(place.url, token, min(seconds, UNDO_SECONDS), debug=debug).admin
    return aim, Trial(place.admin, session.environment, options.reason or WHY, undoing)


def _made(options: Smoke, aim: Aim, trial: Trial, course: Course) -> None:
    course.make(reading_checks(aim))
    if options.read_only:
        course.make(copy_check(aim))
        return
    feed = Feed(aim.place.admin, trial, aim.seconds)
    try:
        course.make(writing_checks(aim, trial, feed, protected=options.protected))
    finally:
        feed.close()


def _conclude(options: Smoke, course: Course, left: list[str], code: int, seconds: float) -> None:
    counts = {standing: sum(each.standing == standing for each in course.results) for standing in MARKS}
    content: Mapping[str, Any] = {
        "passed": code == DONE,
        "code": code,
        "seconds": round(seconds, 3),
        "checks": [each.shown() for each in course.results],
        "left": left,
    }
    said = ", ".join(f"{count} {standing}" for standing, count in counts.items() if count)
    out = Session(options).out
    out.data(content, lambda: [f"{said} in {seconds:.1f} s"], lambda: [each.name for each in course.failed])
    for each in left:
        note(f"left behind: {each}")
    if code:
        raise typer.Exit(code)


@contextmanager
def _terminable() -> Iterator[None]:
    """Have SIGTERM end the block as Ctrl-C does: whoever runs this in a pipeline stops it so."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def _deaf() -> Iterator[None]:
    """Let nothing but SIGKILL end the block: it is bounded by itself."""
    before = {number: signal.signal(number, signal.SIG_IGN) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
