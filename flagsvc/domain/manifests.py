"""Documents as files hold them: one for all environments, weights in percent, and what is left to operators.

A file says `apiVersion`, `kind`, `metadata` and `spec`, as Kubernetes' do; `spec.environments` has what the document is
in each. Everything else is as in the API.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from flagsdk.core.allocation import WHOLE
from flagsvc.domain.errors import Fault
from flagsvc.domain.members import pointer_to, unknown_member

VERSION = "flagsvc/v1"
KINDS: Mapping[str, str] = {"Flag": "flag", "Segment": "segment", "TrafficSplit": "split", "Binding": "binding"}
"""What files call a kind, and what the service calls it. In this order one needs the other."""
TEXTS = ("name", "description", "owner", "tags")
METADATA: Mapping[str, tuple[str, ...]] = dict.fromkeys(KINDS, ("key", *TEXTS)) | {"Flag": ("key", *TEXTS, "expires")}
OF_ALL = {"Flag": ("type", "variants", "salt")}
"""What a spec says once, for all environments."""
ANY, WEIGHTS = "*", "weights"
_PERCENT = WHOLE // 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """One document of a file. `place` is the pointer to it in the request; weights are in 1/100 000.

    `definition`: what a flag is everywhere; {} for other kinds. `environments`: the members in each. `left`: paths into
    them that the service's state decides, by environment or ANY.
    """

    kind: str
    key: str
    place: str
    definition: Mapping[str, Any]
    environments: Mapping[str, Mapping[str, Any]]
    left: tuple[tuple[str, ...], ...]

    def at(self, environment: str) -> str:
        """Pointer to what the document is in an environment."""
        return self.place + pointer_to("spec", "environments", environment)

    def left_in(self, environment: str) -> Iterator[tuple[str, ...]]:
        """Yield the paths that are left to operators in an environment."""
        return (path[1:] for path in self.left if path[0] in (environment, ANY))


def manifests_of(documents: list[Any], faults: list[Fault]) -> list[Manifest]:
    """Read documents whose outer shape is right; adds what is wrong with them to the faults."""
    found: dict[tuple[str, str], Manifest] = {}
    for index, document in enumerate(documents):
        manifest = _manifest(document, pointer_to("documents", index), faults)
        name = (manifest.kind, manifest.key)
        if name in found:
            detail = f"The {document['kind']} {manifest.key!r} is there twice: at {found[name].place}, too."
            faults.append(Fault(manifest.place + "/metadata/key", "twice", detail))
        found[name] = manifest
    return list(found.values())


def _manifest(document: Mapping[str, Any], place: str, faults: list[Fault]) -> Manifest:
    kind, metadata, spec = document["kind"], document["metadata"], document["spec"]
    of_all = OF_ALL.get(kind, ())
    faults += _unknown(place + "/metadata", metadata, METADATA[kind])
    faults += _unknown(place + "/spec", spec, (*of_all, "environments", "leaveToOperators"))
    texts = {name: metadata[name] for name in METADATA[kind] if name != "key" and name in metadata}
    definition = {**texts, **{name: spec[name] for name in of_all if name in spec}} if of_all else {}
    environments = {
        name: _members(members, place + pointer_to("spec", "environments", name), faults)
        for name, members in (spec.get("environments") or {}).items()
    }
    return Manifest(
        kind=KINDS[kind],
        key=metadata["key"],
        place=place,
        definition=definition,
        environments={name: members if of_all else {**texts, **members} for name, members in environments.items()},
        left=tuple(_left(spec, place, faults)),
    )


def _unknown(place: str, given: Mapping[str, Any], known: tuple[str, ...]) -> Iterator[Fault]:
    for name in given:
        if name not in known:
            fault = unknown_member(name, known)
            yield fault._replace(pointer=place + fault.pointer)


def _left(spec: Mapping[str, Any], place: str, faults: list[Fault]) -> Iterator[tuple[str, ...]]:
    for index, text in enumerate(spec.get("leaveToOperators") or ()):
        head, *path = text.split(".")
        if head != "environments" or len(path) < 2 or not all(path):  # noqa: PLR2004  # environment and member
            detail = f"{text!r} is no path such as environments.production.enabled, or environments.*.default."
            faults.append(Fault(place + pointer_to("spec", "leaveToOperators", index), "no-path", detail))
        else:
            yield tuple(path)


def _members(members: Mapping[str, Any], place: str, faults: list[Fault]) -> dict[str, Any]:
    """Give the members with weights in 1/100 000."""

    def exact(percent: Any, pointer: str) -> Any:
        weight = _weight(percent)
        if weight is None:
            detail = f"{percent!r} is no percentage from 0 to 100 with at most three decimals."
            faults.append(Fault(place + pointer, "wrong-value", detail))
        return weight

    converted: dict[str, Any] = _reweighed(members, "", exact)
    return converted


def with_percent(members: Mapping[str, Any]) -> dict[str, Any]:
    """Give the members of a document with weights in percent, as files have them."""
    converted: dict[str, Any] = _reweighed(members, "", lambda weight, _: percent_of(weight))
    return converted


def percent_of(weight: int) -> int | float:
    """Write a weight in percent; exact, since a float holds three decimals."""
    return weight // _PERCENT if weight % _PERCENT == 0 else weight / _PERCENT


def _weight(percent: Any) -> int | None:
    if isinstance(percent, bool) or not isinstance(percent, int | float):
        return None
    weight = Decimal(str(percent)) * _PERCENT
    return int(weight) if weight == weight.to_integral_value() and 0 <= weight <= WHOLE else None


def _reweighed(value: Any, pointer: str, convert: Callable[[Any, str], Any]) -> Any:
    """Convert the weights of every split, wherever it is."""
    if isinstance(value, list):
        return [_reweighed(each, f"{pointer}/{index}", convert) for index, each in enumerate(value)]
    if not isinstance(value, Mapping):
        return value
    return {
        name: _split(each, f"{pointer}/split", convert)
        if name == "split" and isinstance(each, Mapping)
        else _reweighed(each, pointer + pointer_to(name), convert)
        for name, each in value.items()
    }


def _split(split: Mapping[str, Any], pointer: str, convert: Callable[[Any, str], Any]) -> dict[str, Any]:
    weights = split.get(WEIGHTS)
    if not isinstance(weights, Mapping):
        return dict(split)
    place = pointer + "/weights"
    converted = {name: convert(weight, place + pointer_to(name)) for name, weight in weights.items()}
    return {**split, "weights": converted}


def kept(ours: Any, theirs: Any, path: tuple[str, ...]) -> Any:
    """Give `ours` with what `theirs` has at a path; all of theirs from where the two are not of one form.

    A step into a list of rules is the id of a rule.
    """
    if not path:
        return theirs
    if path[0] == WEIGHTS:  # they are whole together only
        path = path[:1]
    if isinstance(ours, list) and isinstance(theirs, list):
        return _kept_rule(ours, theirs, path)
    if not (isinstance(ours, Mapping) and isinstance(theirs, Mapping)) or path[0] not in ours or path[0] not in theirs:
        return theirs
    return {**ours, path[0]: kept(ours[path[0]], theirs[path[0]], path[1:])}


def _kept_rule(ours: list[Any], theirs: list[Any], path: tuple[str, ...]) -> list[Any]:
    known = {rule.get("id"): rule for rule in theirs if isinstance(rule, Mapping)}
    return [
        kept(rule, known[path[0]], path[1:])
        if isinstance(rule, Mapping) and rule.get("id") == path[0] and path[0] in known
        else rule
        for rule in ours
    ]
