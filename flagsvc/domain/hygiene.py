"""Which flags nobody needs any more, as far as what is stored can tell, and what to do about each. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, NamedTuple

from flagsdk.core.instants import instant_of
from flagsvc.domain.instants import text_of

DAY = 86_400
Code = Literal["never-evaluated", "not-evaluated", "off-everywhere", "fully-rolled-out", "unchanged", "expired"]

ADVICE: Mapping[Code, str] = {
    "never-evaluated": "Search the code for the key: where nothing asks for it, archive the flag.",
    "not-evaluated": "Search the code for the key: where nothing asks for it any more, archive the flag.",
    "off-everywhere": "Remove the check from the code, with what it kept off, and archive the flag.",
    "fully-rolled-out": "Remove the check from the code, keep what everybody gets, and archive the flag.",
    "unchanged": "Finish what was begun, or take it back: nobody has moved it since.",
    "expired": "Its time is over: remove it from the code and archive it, or give it a later date.",
}
"""Code → what to do, in the order in which reasons are told; the first of a flag's reasons gives its advice."""


class Reason(NamedTuple):
    """Why a flag may go; `environment` None: for all of them. `since`: a text of `instants`, or `expires` itself."""

    code: Code
    detail: str
    environment: str | None
    since: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A flag in one open environment: its cell, when that changed, and when it was last evaluated, if ever."""

    environment: str
    cell: Mapping[str, Any]
    changed_at: str
    evaluated_at: str | None
    moved: bool = False
    """Whether a rollout that has not ended moves it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag:
    """A flag that is not archived, in all open environments."""

    created_at: str
    expires: str | None
    places: Sequence[Place]


def reasons_of(flag: Flag, now: datetime, days: int) -> list[Reason]:
    """Say why a flag may be superfluous, in the order of ADVICE. All but its expiry need `days` of standing still."""
    before = text_of(now - timedelta(days=days))
    found = [*_expired(flag, now)]
    if flag.created_at <= before:
        found += [*_unused(flag, before), *_off(flag, before), *_rolled_out(flag, before), *_left(flag, before)]
    order = list(ADVICE)
    return sorted(found, key=lambda reason: (order.index(reason.code), reason.environment or ""))


def _unused(flag: Flag, before: str) -> Iterator[Reason]:
    evaluated = [place.evaluated_at for place in flag.places if place.evaluated_at is not None]
    if not evaluated:
        yield Reason("never-evaluated", "Never evaluated, as far as clients have reported.", None, flag.created_at)
    elif (last := max(evaluated)) <= before:
        detail = f"Last evaluated on {last[:10]}, in any environment, as far as clients have reported."
        yield Reason("not-evaluated", detail, None, last)


def _off(flag: Flag, before: str) -> Iterator[Reason]:
    since = max((place.changed_at for place in flag.places), default=flag.created_at)
    if since <= before and flag.places and not any(place.cell["enabled"] for place in flag.places):
        yield Reason("off-everywhere", f"Off in every environment, unchanged since {since[:10]}.", None, since)


def _rolled_out(flag: Flag, before: str) -> Iterator[Reason]:
    """Only where all environments that have it on serve everybody the same: others still need the flag."""
    live = [place for place in flag.places if place.cell["enabled"]]
    served = {place.cell["serves"] if place.cell["state"] == "on" else None for place in live}
    if len(served) != 1 or None in served or any(place.moved or place.changed_at > before for place in live):
        return
    for place in live:
        detail = f"Everybody gets {place.cell['serves']!r}, unchanged since {place.changed_at[:10]}."
        yield Reason("fully-rolled-out", detail, place.environment, place.changed_at)


def _left(flag: Flag, before: str) -> Iterator[Reason]:
    for place in flag.places:
        if place.cell["state"] == "split" and not place.moved and place.changed_at <= before:
            shares = ", ".join(f"{weight / 1000:g} % {name}" for name, weight in place.cell["weights"].items())
            detail = f"Left at {shares}, and moved by no rollout, since {place.changed_at[:10]}."
            yield Reason("unchanged", detail, place.environment, place.changed_at)


def _expired(flag: Flag, now: datetime) -> Iterator[Reason]:
    if flag.expires and _is_past(flag.expires, now):
        yield Reason("expired", f"It was to be gone by {flag.expires}.", None, flag.expires)


def _is_past(expires: str, now: datetime) -> bool:
    """Whether a time has come, or a day has ended (by UTC)."""
    moment, present = instant_of(expires), instant_of(text_of(now))
    if moment is None and (day := instant_of(f"{expires}T00:00:00Z")):
        moment = (day[0] + DAY, day[1])
    return moment is not None and present is not None and moment <= present
