"""What a structural schema (apiextensions.k8s.io/v1) does to an object: it prunes, fills in defaults, finds faults."""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any

TYPES: Mapping[str, type | tuple[type, ...]] = {
    "object": dict,
    "array": list,
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
}


def pruned(value: Any, schema: Mapping[str, Any]) -> Any:
    """Give the value without the fields that the schema lacks, and with its defaults."""
    if isinstance(value, dict) and "properties" in schema:
        known = schema["properties"]
        kept = {
            name: pruned(content, known[name]) if name in known else content
            for name, content in value.items()
            if name in known or schema.get("x-kubernetes-preserve-unknown-fields")
        }
        missing = {name: deepcopy(one["default"]) for name, one in known.items() if "default" in one}
        return {**missing, **kept}
    if isinstance(value, list) and "items" in schema:
        return [pruned(one, schema["items"]) for one in value]
    return value


def faults(value: Any, schema: Mapping[str, Any], field: str) -> Iterator[tuple[str, str]]:
    """Give the field and the sentence of everything that is wrong with a value."""
    wanted = schema.get("type")
    if wanted and (not isinstance(value, TYPES[wanted]) or (isinstance(value, bool) and wanted != "boolean")):
        yield field, f"Invalid value: must be of type {wanted}"
        return
    if "enum" in schema and value not in schema["enum"]:
        yield field, f"Unsupported value: {value!r}"
    if isinstance(value, int | float):
        yield from _bounds(value, schema, field)
    if isinstance(value, list):
        yield from _items(value, schema, field)
    if isinstance(value, dict):
        yield from _members(value, schema, field)


def _bounds(value: float, schema: Mapping[str, Any], field: str) -> Iterator[tuple[str, str]]:
    if value < schema.get("minimum", value):
        yield field, f"Invalid value: {value}: should be greater than or equal to {schema['minimum']}"
    if value > schema.get("maximum", value):
        yield field, f"Invalid value: {value}: should be less than or equal to {schema['maximum']}"


def _items(value: list[Any], schema: Mapping[str, Any], field: str) -> Iterator[tuple[str, str]]:
    if len(value) > schema.get("maxItems", len(value)):
        yield field, f"Too many: {len(value)}: must have at most {schema['maxItems']} items"
    for index, one in enumerate(value):
        yield from faults(one, schema.get("items", {}), f"{field}[{index}]")


def _members(value: dict[str, Any], schema: Mapping[str, Any], field: str) -> Iterator[tuple[str, str]]:
    for name in schema.get("required", ()):
        if name not in value:
            yield f"{field}.{name}".lstrip("."), "Required value"
    for name, content in value.items():
        if name in schema.get("properties", {}):
            yield from faults(content, schema["properties"][name], f"{field}.{name}".lstrip("."))
