"""The strict check of a binding before it is stored: every fault at once, each with its place and the fix."""

from collections.abc import Mapping
from typing import Any

from flagsdk.core.validate import Problem, nearest
from flagsdk.core.validate.cursor import Cursor, Scope, shown
from flagsdk.core.validate.shapes import TEXTS, Check, Member, Shape, boolean, is_key, is_list, is_object

MAX_ROUTERS = 16
MAX_DEADLINE_SECONDS = 3600
DRIFT = ("reassert", "pause")
ON_FAILURE = ("revert", "hold")
_SPLITS = "split/"


def binding_problems(document: Any, documents: Mapping[str, Mapping[str, Any]]) -> list[Problem]:
    """List everything that is wrong with a binding; `documents` maps names to the documents of its environment.

    Whether its routers exist and can be told the split is for `fitness`. Never raises for any JSON value.
    """
    place = Cursor(document, Scope("binding", documents))
    is_object(place, BINDING)
    return place.scope.problems


def _split(place: Cursor) -> None:
    if not isinstance(place.value, str):
        place.wrong("the key of a traffic split")
    elif _SPLITS + place.value not in place.scope.documents:
        known = [name.removeprefix(_SPLITS) for name in place.scope.documents if name.startswith(_SPLITS)]
        detail = (
            f"There is no traffic split {shown(place.value)} in force in this environment{nearest(place.value, known)}"
        )
        place.report("unknown-split", detail)


def _routers(place: Cursor) -> None:
    if not is_list(place, MAX_ROUTERS, least=1):
        return
    seen: set[str] = set()
    for item in place.items():
        if not is_key(item.value):
            item.report("bad-name", f"A router is named like a key, for instance edge-1; {shown(item.value)} is not.")
        elif item.value in seen:
            item.report("duplicate", f"The router {item.value!r} is listed already.")
        else:
            seen.add(item.value)


def _one_of(*words: str) -> Check:
    def check(place: Cursor) -> None:
        if place.value not in words:
            place.wrong(" or ".join(map(repr, words)))

    return check


def _deadline(place: Cursor) -> None:
    if type(place.value) is not int or not 1 <= place.value <= MAX_DEADLINE_SECONDS:
        place.wrong(f"an integer from 1 to {MAX_DEADLINE_SECONDS}")


def _attempt(place: Cursor) -> None:
    if type(place.value) is not int or place.value < 0:
        place.wrong("a whole number")


BINDING: Shape = {
    **{name: TEXTS[name] for name in ("key", "name", "description", "owner", "tags", "archived", "createdAt")},
    "split": Member(_split, required=True),
    "routers": Member(_routers, required=True),
    "enabled": Member(boolean, required=True),
    "drift": Member(_one_of(*DRIFT), required=True),
    "onFailure": Member(_one_of(*ON_FAILURE), required=True),
    "deadlineSeconds": Member(_deadline, required=True),
    "attempt": Member(_attempt, required=True),
}
