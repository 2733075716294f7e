"""The strict check of what a plan waits for: gates, the requests of smoke tests, and hooks."""

from flagsdk.core.validate.cursor import Cursor, shown
from flagsdk.core.validate.limits import NAME_LENGTH
from flagsdk.core.validate.shapes import Check, Member, Shape, is_list, is_object, text, token
from flagsvc.domain.rollouts.check_parts import duration, free, name, objects, one_of, unique, url, whole

DAY = 86_400.0
MAX_WAIT = 90 * DAY
"""Nothing holds or stays open for longer than this, unless it may for ever."""
MAX_GATES = 20
MAX_CHECKS = 20
MAX_HEADERS = 50
MAX_STATUSES = 20
MAX_TEXT = 1_000
MAX_BODY = 10_000
MAX_ATTEMPTS = 100
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
GATE_KINDS = ("approval", "checklist", "smoke", "webhook", "analysis", "share")
_OWN = {"checks": "smoke", "hook": "webhook"}
"""Members that only gates of one kind have, which need them."""
_MEASURED = ("analysis", "share")


def gates(*, started: bool = True) -> Check:
    """Make the check for a list of gates; before anything has `started` there is nothing to be measured."""

    def check(place: Cursor) -> None:
        if not is_list(place, MAX_GATES):
            return
        for item in place.items():
            if is_object(item, GATE):
                _fits_its_kind(item)
                _can_be_measured(item, started=started)
        unique(((gate.at("name"), gate.value.get("name")) for gate in objects(place) if _named(gate)), "The gate")

    return check


def _named(gate: Cursor) -> bool:
    return isinstance(gate.value.get("name"), str)


def _fits_its_kind(gate: Cursor) -> None:
    for member, kind in _OWN.items():
        there = gate.value.get(member) not in (None, [])
        if gate.value.get("kind") == kind and not there:
            gate.at(member).report("missing", f"A gate of kind {kind!r} needs {member!r}.")
        elif there and gate.value.get("kind") in GATE_KINDS and gate.value["kind"] != kind:
            gate.at(member).report("misplaced", f"Only a gate of kind {kind!r} has {member!r}.")


def _can_be_measured(gate: Cursor, *, started: bool) -> None:
    if not started and gate.value.get("kind") in _MEASURED:
        detail = f"Nothing has moved yet, so that there is no {gate.value['kind']}: put this gate into a step."
        gate.at("kind").report("misplaced", detail)


def checks(place: Cursor) -> None:
    """Check the requests of a smoke test."""
    if is_list(place, MAX_CHECKS):
        for item in place.items():
            is_object(item, CHECK)


def _headers(place: Cursor) -> None:
    if not isinstance(place.value, dict):
        place.wrong("an object: names and values of headers")
    elif len(place.value) > MAX_HEADERS:
        place.report("too-many", f"At most {MAX_HEADERS} headers are allowed.")
    else:
        for header in place.members():
            _header(header)


def _header(place: Cursor) -> None:
    token(Cursor(place.path[-1], place.scope, place.path))
    text(MAX_TEXT, least=0)(place)
    if isinstance(place.value, str) and not (place.value.isascii() and place.value.isprintable()):
        place.report("bad-header", f"{shown(place.value)} cannot be the value of a header: printable ASCII only.")


def _statuses(place: Cursor) -> None:
    if is_list(place, MAX_STATUSES, least=1):
        for item in place.items():
            whole(100, 599)(item)


def hook(place: Cursor) -> None:
    """Check a hook."""
    is_object(place, HOOK)


TITLE = text(NAME_LENGTH, least=0)
TIMEOUT = duration(0.1, 60)
EVERY = duration(1, 3_600)

CHECK: Shape = {
    "url": Member(url, required=True),
    "method": Member(one_of(*METHODS)),
    "headers": Member(_headers),
    "body": Member(text(MAX_BODY, least=0)),
    "statuses": Member(_statuses),
    "contains": Member(text(MAX_TEXT, least=0)),
    "timeout": Member(TIMEOUT),
}

HOOK: Shape = {
    "url": Member(url, required=True),
    "body": Member(free),
    "timeout": Member(TIMEOUT),
    "every": Member(EVERY),
    "deadline": Member(duration(1, MAX_WAIT)),
}

GATE: Shape = {
    "name": Member(name, required=True),
    "kind": Member(one_of(*GATE_KINDS), required=True),
    "title": Member(TITLE),
    "checks": Member(checks),
    "hook": Member(hook, nullable=True),
    "attempts": Member(whole(1, MAX_ATTEMPTS)),
    "every": Member(EVERY),
    "deadline": Member(duration(0, MAX_WAIT)),
}
