"""Weighted destinations inside an object of a cluster, and the JSON patch (RFC 6902) that moves weights only. Pure."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flagsvc.domain.routing.errors import RouterError

Operation = dict[str, Any]
DEPLOYER = "flagger.app/"
"""Group of the Canary that owns what Flagger makes: it moves the weights and replicas of those by itself."""


@dataclass(frozen=True, slots=True)
class Destination:
    """One entry of a rule. `pointer` (RFC 6901) leads to it; `marks` are the members below it that say which it is.

    `weight` is what it has in effect: an absent one means something, too.
    """

    pointer: str
    content: Mapping[str, Any]
    marks: Mapping[str, Any]
    weight: int


def demand_unowned(thing: Mapping[str, Any]) -> None:
    """Pass when no Canary of Flagger's controls an object; else RouterError(permanent=True), for it would be undone."""
    metadata = thing.get("metadata") or {}
    for owner in metadata.get("ownerReferences") or ():
        if owner.get("controller") and str(owner.get("apiVersion")).startswith(DEPLOYER):
            raise RouterError(
                f"{metadata.get('name')} belongs to the {owner.get('kind')} {owner.get('name')} of Flagger, which "
                "moves it by itself: two would write it; remove that, or bind something of your own",
                permanent=True,
            )


def test(path: str, value: Any) -> Operation:
    """Demand that a value still is what was read; else the server changes nothing."""
    return {"op": "test", "path": path, "value": value}


def line_of(operation: Operation) -> str:
    """Write an operation for people; what others wrote, and is only compared, may hold what is not for all eyes."""
    compared = operation["op"] == "test" and isinstance(operation["value"], Mapping | list)
    return json.dumps({**operation, "value": "as it was read"} if compared else operation)


def matches(content: Any, wanted: Any) -> bool:
    """Whether everything that is wanted stands in the content, which may hold more (in mappings, not in lists)."""
    if isinstance(wanted, Mapping):
        return isinstance(content, Mapping) and all(
            name in content and matches(content[name], value) for name, value in wanted.items()
        )
    if isinstance(wanted, list):
        return (
            isinstance(content, list)
            and len(content) == len(wanted)
            and all(matches(*pair) for pair in zip(content, wanted, strict=True))
        )
    return bool(content == wanted)


def assigned(
    found: Sequence[Destination], backends: Mapping[str, Mapping[str, Any]], shown: Sequence[str]
) -> dict[str, Destination]:
    """Find each backend's destination by its marks; a backend that is not there has none.

    Raises RouterError(permanent=True) where several fit, and for a stranger that gets requests: nothing that is told
    to the others could come true.
    """
    placed: dict[str, Destination] = {}
    for backend, marks in backends.items():
        fitting = [one for one in found if matches(one.content, marks)]
        if len(fitting) > 1:
            raise RouterError(
                f"{len(fitting)} destinations are {_words(marks)}: say more of {backend!r}", permanent=True
            )
        placed.update({backend: fitting[0]} if fitting else {})
    ours = [one.pointer for one in placed.values()]
    if len(set(ours)) < len(ours):
        raise RouterError("two backends are the same destination", permanent=True)
    if strangers := [words for one, words in zip(found, shown, strict=True) if one.weight and one.pointer not in ours]:
        raise RouterError(
            f"the rule sends requests to {', '.join(strangers)}, too, which is no backend of this router: "
            "give it the weight 0, or name it in the routers file",
            permanent=True,
        )
    return placed


def steps(placed: Mapping[str, Destination], granularity: int) -> dict[str, int]:
    """Give weights that count relative to each other as parts of `granularity`; as they are where that is not exact."""
    weights = {backend: one.weight for backend, one in placed.items()}
    total = sum(weights.values())
    if not total or any(weight * granularity % total for weight in weights.values()):
        return weights
    return {backend: weight * granularity // total for backend, weight in weights.items()}


def rewritten(
    placed: Mapping[str, Destination], told: Mapping[str, int], granularity: int, shown: Sequence[str]
) -> list[Operation]:
    """Write the operations that bring weights to what is told, every destination tested; none where the shares are so.

    Raises RouterError(permanent=True) for a backend that is to get something and is not there.
    """
    if missing := sorted(backend for backend, weight in told.items() if weight and backend not in placed):
        raise RouterError(
            f"the rule has no destination for {', '.join(missing)}; it has {', '.join(shown) or 'none'}", permanent=True
        )
    if steps(placed, granularity) == {backend: told[backend] for backend in placed}:
        return []
    tests = [operation for one in placed.values() for operation in _unmoved(one)]
    return [*tests, *(_weighed(one, told[backend]) for backend, one in placed.items() if one.weight != told[backend])]


def guarded(guard: Operation, changes: Sequence[Operation]) -> list[Operation]:
    """Put the tests before what changes the values that they are about; nothing to guard is nothing to send."""
    ordered = sorted(changes, key=lambda operation: operation["op"] != "test")
    return [guard, *ordered] if ordered else []


def _weighed(one: Destination, weight: int) -> Operation:
    return {"op": "replace" if "weight" in one.content else "add", "path": f"{one.pointer}/weight", "value": weight}


def _unmoved(one: Destination) -> Iterator[Operation]:
    if "weight" not in one.content:  # that it still has none can only be tested with all that it has
        yield test(one.pointer, dict(one.content))
        return
    for mark, value in one.marks.items():
        yield test(f"{one.pointer}/{mark}", value)
    yield test(f"{one.pointer}/weight", one.content["weight"])


def _words(marks: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in marks.items())
