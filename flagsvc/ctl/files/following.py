"""`reconcile`: a folder followed, once or for as long as the program runs, with metrics about how it stands."""

import random
import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Annotated, Literal

import typer

from flagsvc.ctl.failure import DIFFERENT, USAGE, Failure
from flagsvc.ctl.figures import seconds_of
from flagsvc.ctl.files.reconciling import Mode, Reconciler, Standing, is_stale
from flagsvc.ctl.options import Common, Reason, register
from flagsvc.ctl.output import note
from flagsvc.ctl.session import Session

JITTER = 0.1
"""Share of the interval by which turns are drawn apart, so that many do not ask at the same moment."""
LEAST_SECONDS, STALE_SECONDS = 1.0, 1.0


@dataclass(frozen=True, kw_only=True)
class Reconcile(Common):
    """Options of `reconcile`."""

    folder: Annotated[str, typer.Option("--dir", help="The folder of the files.", metavar="DIR")]
    interval: Annotated[str, typer.Option("--interval", help="Time between two turns.", metavar="TIME")] = "30s"
    once: Annotated[bool, typer.Option("--once", help="One turn; exit 3 when there are differences.")] = False
    mode: Annotated[
        Literal["enforce", "detect"],
        typer.Option("--mode", help="`enforce` applies what differs, `detect` only tells it."),
    ] = "enforce"
    metrics_port: Annotated[
        int | None, typer.Option("--metrics-port", min=1, max=65535, help="Serve metrics here.", metavar="PORT")
    ] = None
    reason: Reason = ""


def reconcile(options: Reconcile) -> None:
    """Keep a service in step with a folder of files: what a commit changes comes into force within the interval.

    A file that is broken changes nothing, and what was good stays. Left alone are what files leave to operators, what a
    rollout moves and what somebody has switched off. One such program per service is enough, and all there should be.
    """
    seconds = _seconds(options.interval)
    mode: Mode = options.mode
    reconciler = Reconciler(Session(options).api, Path(options.folder), mode, options.reason)
    if options.once:
        _once(reconciler)
        return
    told = _metrics(options.metrics_port) if options.metrics_port is not None else None
    ended = threading.Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        ended.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    _follow(reconciler, seconds, ended, told or (lambda _: None))


def _once(reconciler: Reconciler) -> None:
    standing = reconciler.turn()
    if standing.differing is None:
        raise Failure("\n".join(standing.lines), standing.code)
    for line in standing.lines:
        note(line)
    if standing.differing or standing.code == DIFFERENT:
        raise typer.Exit(DIFFERENT)


def _follow(reconciler: Reconciler, seconds: float, ended: threading.Event, told: Callable[[Standing], None]) -> None:
    said: tuple[str, ...] = ()
    while not ended.is_set():
        standing = reconciler.turn()
        told(standing)
        if standing.lines != said:
            said = standing.lines
            _say(standing)
        pause = seconds * random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311  # no secret
        ended.wait(min(pause, STALE_SECONDS) if is_stale(standing) else pause)


def _say(standing: Standing) -> None:
    at = datetime.fromtimestamp(standing.at, UTC).isoformat(timespec="seconds")
    for line in standing.lines:
        note(f"{at} {line}")


def _metrics(port: int) -> Callable[[Standing], None]:
    """Serve metrics, and give what tells them of a turn. Raises Failure where the port cannot be had."""
    from prometheus_client import CollectorRegistry, Counter, Gauge, start_http_server  # noqa: PLC0415  # only here

    registry = CollectorRegistry()
    in_sync = Gauge("flagsvc_gitops_in_sync", "Whether the service is known to be as the files say.", registry=registry)
    differing = Gauge(
        "flagsvc_gitops_drifted_documents", "Documents of the service that differ from the files.", registry=registry
    )
    success = Gauge(
        "flagsvc_gitops_last_success_timestamp_seconds",
        "When files were last read and compared, in Unix seconds.",
        registry=registry,
    )
    turns = Counter("flagsvc_gitops_turns", "Turns, by what came of them.", ["outcome"], registry=registry)
    for outcome in ("good", "failed"):
        turns.labels(outcome)
    try:
        start_http_server(port, registry=registry)
    except OSError as error:
        raise Failure(f"--metrics-port {port}: {error.strerror}", USAGE) from None

    def tell(standing: Standing) -> None:
        turns.labels("failed" if standing.differing is None else "good").inc()
        in_sync.set(standing.in_sync)
        if standing.differing is not None:
            differing.set(standing.differing)
            success.set(standing.at)

    return tell


def _seconds(text: str) -> float:
    try:
        seconds = seconds_of(text)
    except ValueError as error:
        raise Failure(f"--interval: {error}", USAGE) from None
    if seconds < LEAST_SECONDS:
        raise Failure(f"--interval: {text} is shorter than {LEAST_SECONDS:.0f}s", USAGE)
    return seconds


def add(app: typer.Typer) -> None:
    """Add the command."""
    register(app, "reconcile", reconcile)
