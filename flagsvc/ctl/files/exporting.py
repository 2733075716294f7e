"""What a service has, as documents of files: without what it owns itself, with the salts that keep cohorts together."""

from collections.abc import Collection, Iterator, Mapping
from io import StringIO
from typing import Any

from flagsvc.ctl.api import Api, path_of
from flagsvc.ctl.failure import USAGE, Failure
from flagsvc.ctl.figures import WHOLE
from flagsvc.ctl.files.reading import VERSION

KINDS = {"segments": "Segment", "splits": "TrafficSplit", "bindings": "Binding"}
TEXTS = ("name", "description", "owner", "tags")
DEFINED = ("type", "variants", "salt")
OWNED = ("version", "revision", "changedAt", "changedBy", "createdAt", "archived", "environments", "status", "attempt")
ANSWERED = frozenset({"key", *OWNED})
"""What the service owns, and the key, which stands elsewhere."""
EMPTY: tuple[Any, ...] = (None, "", [])
_PERCENT = WHOLE // 100
_WORDS = frozenset({"on", "off", "yes", "no", "y", "n", "true", "false", "null", "~"})
Members = Mapping[str, Any]


def exported(api: Api, environments: Collection[str]) -> list[dict[str, Any]]:
    """Read every document in force of these environments (of all, when none is named); raises Failure."""
    known = [str(each["key"]) for each in api.every(path_of("environments"))]
    if unknown := [each for each in environments if each not in known]:
        raise Failure(f"there is no environment {unknown[0]!r}; there are {', '.join(known)}", USAGE)
    chosen = [each for each in known if not environments or each in environments]
    return [*_flags(api, chosen), *(each for plural in KINDS for each in _documents(api, plural, chosen))]


def _flags(api: Api, environments: Collection[str]) -> Iterator[dict[str, Any]]:
    configured = {each: _by_key(api, each, "flags") for each in environments}
    for flag in api.every(path_of("flags")):
        key, own = flag["key"], {*TEXTS, *DEFINED, "expires", *ANSWERED}
        spec = {name: flag[name] for name in DEFINED}
        spec["environments"] = {
            each: _members({name: value for name, value in found[key].items() if name not in own})
            for each, found in configured.items()
            if key in found
        }
        yield _document("Flag", key, {name: flag.get(name) for name in (*TEXTS, "expires")}, spec)


def _documents(api: Api, plural: str, environments: Collection[str]) -> Iterator[dict[str, Any]]:
    found = {each: _by_key(api, each, plural) for each in environments}
    for key in dict.fromkeys(key for documents in found.values() for key in documents):
        there = {each: documents[key] for each, documents in found.items() if key in documents}
        texts = {name: next(iter(there.values())).get(name) for name in TEXTS}
        spec = {"environments": {each: _of_environment(document, texts) for each, document in there.items()}}
        yield _document(KINDS[plural], key, texts, spec)


def _by_key(api: Api, environment: str, plural: str) -> dict[str, Members]:
    return {each["key"]: each for each in api.every(path_of("environments", environment, plural))}


def _of_environment(document: Members, texts: Members) -> dict[str, Any]:
    """Give the members of one environment; texts only where they differ from those for all."""
    own = {name: value for name, value in document.items() if name not in {*TEXTS, *ANSWERED}}
    different = {name: document.get(name) for name in TEXTS if (document.get(name) or None) != (texts[name] or None)}
    return {**different, **_members(own)}


def _document(kind: str, key: str, texts: Members, spec: Members) -> dict[str, Any]:
    metadata = {"key": key, **{name: value for name, value in texts.items() if value not in EMPTY}}
    return {"apiVersion": VERSION, "kind": kind, "metadata": metadata, "spec": dict(spec)}


def _members(members: Members) -> dict[str, Any]:
    return {name: _told(value) for name, value in members.items() if value not in EMPTY}


def _told(value: Any) -> Any:
    """Give a value with weights in percent, and without tables."""
    if isinstance(value, list):
        return [_told(each) for each in value]
    if not isinstance(value, dict):
        return value
    told = {name: _told(each) for name, each in value.items()}
    if isinstance(split := told.get("split"), dict) and "weights" in split:
        weights = {name: _percent(weight) for name, weight in split["weights"].items()}
        told["split"] = {**{name: each for name, each in split.items() if name != "allocation"}, "weights": weights}
    return told


def _percent(weight: int) -> int | float:
    return weight // _PERCENT if weight % _PERCENT == 0 else weight / _PERCENT


def yaml_of(document: Members) -> str:
    """Write a document; words that other readers of YAML take for true, false or null are quoted."""
    from ruamel.yaml import YAML  # noqa: PLC0415  # only who writes files needs it

    writer, text = YAML(typ="rt", pure=True), StringIO()
    writer.width = 120
    writer.indent(mapping=2, sequence=4, offset=2)
    writer.dump(_quoted(document), text)
    return text.getvalue()


def _quoted(value: Any) -> Any:
    from ruamel.yaml.scalarstring import DoubleQuotedScalarString  # noqa: PLC0415  # as above

    if isinstance(value, Mapping):
        return {_quoted(name): _quoted(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_quoted(each) for each in value]
    return DoubleQuotedScalarString(value) if isinstance(value, str) and _is_odd(value) else value


def _is_odd(text: str) -> bool:
    """Whether a text, as it is, would be read as something else, be it by other readers only."""
    return text.lower() in _WORDS or not text.isprintable()
