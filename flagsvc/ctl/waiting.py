"""Waiting until everybody has confirmed a change: the clients that report, and the routers of bindings."""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flagsvc.ctl.api import Api, path_of
from flagsvc.ctl.failure import USAGE, WAITED, Failure, Unreachable
from flagsvc.ctl.figures import clean, seconds_of
from flagsvc.ctl.names import Subject
from flagsvc.ctl.output import note

POLL_SECONDS = 0.5
SHOWN = 5


def patience_of(text: str) -> float:
    """Read a time-out; raises Failure for what is none."""
    try:
        return seconds_of(text)
    except ValueError as error:
        raise Failure(f"--timeout: {error}", USAGE) from None


def wait_for_all(api: Api, environment: str, written: Mapping[str, Any], seconds: float) -> None:
    """Return when the change of `written` is in force everywhere, saying on the way how far it is.

    Raises Failure: with code 6 when the time is over, naming who has not confirmed; at once when a router failed.
    """
    revision = written.get("version") or written["revision"]  # a document's version is the revision that wrote it
    until(lambda: _behind(api, environment, revision, written.get("bindings") or []), seconds)


def bindings_of(api: Api, split: Subject) -> list[str]:
    """Name the bindings by which routers follow a traffic split."""
    found = api.every(path_of("environments", split.environment, "bindings"), enabled="true")
    return [str(each["key"]) for each in found if each["split"] == split.key]


def until(behind: Callable[[], Sequence[str]], seconds: float) -> None:
    """Ask who is behind until nobody is; a service that is away for a moment is asked again. Raises Failure."""
    deadline, said = time.monotonic() + seconds, ""
    while True:
        try:
            left = behind()
        except Unreachable as lost:
            left = [lost.detail]
        if not left:
            return
        if time.monotonic() >= deadline:
            raise Failure("not confirmed in time: " + "; ".join(left), WAITED)
        if (now := "; ".join(left)) != said:
            said = now
            note(f"waiting: {now}")
        time.sleep(POLL_SECONDS)


def _behind(api: Api, environment: str, revision: int, bindings: Sequence[str]) -> list[str]:
    told = [_binding_behind(api, environment, key, revision) for key in bindings]
    return [*_clients_behind(api, environment, revision), *(line for line in told if line)]


def _clients_behind(api: Api, environment: str, revision: int) -> list[str]:
    path = path_of("environments", environment, "clients")
    summary = api.get(path, revision=str(revision), limit="1").content["summary"]
    missing = summary["clients"] - summary["current"]
    if missing <= 0:
        return []
    known = [clean(each.get("application") or each["client"]) for each in summary["behind"][:SHOWN]]
    more = f" and {missing - len(known)} more" if missing > len(known) else ""
    return [f"{summary['current']} of {summary['clients']} clients have it, not yet {', '.join(known)}{more}"]


def _binding_behind(api: Api, environment: str, key: str, revision: int) -> str:
    """Say what is missing of a binding, "" when nothing is; raises Failure when it went wrong."""
    document = api.get(path_of("environments", environment, "bindings", key)).content
    status = document.get("status")
    if status is None:
        return f"binding {key} has not begun" if document.get("enabled") else ""
    settled, desired = _revision(status["settled"]), _revision(status["desired"])
    if status["phase"] == "applied" and settled >= revision:
        return ""
    summary = clean(status["summary"])
    if desired >= revision and status["phase"] in {"failed", "returning"}:
        raise Failure(f"binding {key} {status['phase']}: {summary}")
    return f"binding {key} is {status['phase']}: {summary}"


def _revision(target: Mapping[str, Any] | None) -> int:
    number = str((target or {}).get("revision", "")).rpartition(".")[2]
    return int(number) if number.isdigit() else 0
