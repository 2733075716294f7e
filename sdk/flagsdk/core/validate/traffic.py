"""Traffic splits: backends, who gets which, and how a request names its visitor."""

from dataclasses import replace
from typing import Any

from flagsdk.core.allocation import WHOLE

from . import limits
from .cursor import Cursor, shown
from .serving import rules, serve, targets, variant
from .shapes import TEXTS, Member, Shape, boolean, is_key, is_list, is_object, token


def traffic_split(place: Cursor) -> None:
    """Check the document of a traffic split."""
    backends = place.value.get("backends") if isinstance(place.value, dict) else None
    names = tuple(name for name in backends if isinstance(name, str)) if isinstance(backends, list) else ()
    is_object(replace(place, scope=replace(place.scope, variants=names)), TRAFFIC_SPLIT)


def _backends(place: Cursor) -> None:
    if not is_list(place, limits.BACKENDS, least=1):
        return
    seen: set[Any] = set()
    for item in place.items():
        if not is_key(item.value):
            detail = f"A backend is named like a key, for instance stable; {shown(item.value)} is not."
            item.report("bad-name", detail)
        elif item.value in seen:
            item.report("duplicate", f"The backend {item.value!r} is listed already.")
        else:
            seen.add(item.value)


def _unit(place: Cursor) -> None:
    if not is_object(place, UNIT):
        return
    if not any(place.value.get(source) for source in UNIT):
        place.report("empty", "Nothing names a visitor: give a header, a cookie, or the client's address.")


def _sources(place: Cursor) -> None:
    if is_list(place, limits.SOURCES):
        for item in place.items():
            token(item)


def _force(place: Cursor) -> None:
    is_object(place, {"header": Member(token, required=True)})


def _sticky(place: Cursor) -> None:
    is_object(place, STICKY)


def _mirror(place: Cursor) -> None:
    is_object(place, MIRROR)


def _share(place: Cursor) -> None:
    if type(place.value) is not int or not 0 <= place.value <= WHOLE:
        place.wrong(f"an integer from 0 to {WHOLE} (all requests)")


def _max_age(place: Cursor) -> None:
    if type(place.value) is not int or not 1 <= place.value <= limits.MAX_AGE_SECONDS:
        place.wrong(f"an integer from 1 to {limits.MAX_AGE_SECONDS} (400 days, the most a browser keeps)")


UNIT: Shape = {"headers": Member(_sources), "cookies": Member(_sources), "clientAddress": Member(boolean)}

STICKY: Shape = {
    "cookie": Member(token, required=True),
    "maxAgeSeconds": Member(_max_age),
    "secure": Member(boolean),
}

MIRROR: Shape = {"backend": Member(variant, required=True), "share": Member(_share, required=True)}

TRAFFIC_SPLIT: Shape = {
    **TEXTS,
    "backends": Member(_backends, required=True),
    "stable": Member(variant, required=True),
    "enabled": Member(boolean, required=True),
    "targets": Member(targets),
    "rules": Member(rules),
    "default": Member(serve, required=True),
    "unit": Member(_unit),
    "force": Member(_force, nullable=True),
    "sticky": Member(_sticky, nullable=True),
    "mirror": Member(_mirror, nullable=True),
}
