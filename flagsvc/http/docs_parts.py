"""The pieces of the docs pages: prose, types, and the tables of members that schemas have."""

from collections.abc import Mapping
from html import escape
from typing import Any

_ALTERNATIVES = ("oneOf", "anyOf")


def prose(text: str) -> str:
    """Show text as it is, with `code` where it stands in backticks."""
    return "".join(
        f"<code>{escape(part)}</code>" if index % 2 else escape(part) for index, part in enumerate(text.split("`"))
    )


def type_of(schema: Mapping[str, Any]) -> str:
    """Name the type of a schema in a few words, with links to the schemas that it uses."""
    if "$ref" in schema:
        name = escape(schema["$ref"].rsplit("/", 1)[-1])
        return f'<a href="#schema-{name}">{name}</a>'
    for word in _ALTERNATIVES:
        if word in schema:
            return " or ".join(type_of(option) for option in schema[word])
    if "enum" in schema:
        return " or ".join(f"<code>{escape(str(value))}</code>" for value in schema["enum"])
    if "items" in schema:
        return f"list of {type_of(schema['items'])}"
    if isinstance(schema.get("additionalProperties"), dict):
        return f"map to {type_of(schema['additionalProperties'])}"
    return escape(str(schema.get("format") or schema.get("const") or schema.get("type", "any value")))


def schema_section(name: str, schema: Mapping[str, Any]) -> str:
    """Show one schema: its promise and its members, or what it may be."""
    needed = schema.get("required", ())
    rows = "".join(
        _member(member, part, needed=member in needed) for member, part in schema.get("properties", {}).items()
    )
    table = (
        f"<table><tr><th>Member</th><th>Type</th><th></th></tr>{rows}</table>" if rows else f"<p>{type_of(schema)}</p>"
    )
    return (
        f'<details class="operation schema" id="schema-{escape(name)}"><summary><code>{escape(name)}</code></summary>'
        f"<p>{prose(schema.get('description', ''))}</p>{table}</details>"
    )


def _member(name: str, schema: Mapping[str, Any], *, needed: bool) -> str:
    notes = ["read-only."] if schema.get("readOnly") else []
    notes += [prose(text) for text in (schema.get("description") or _inner_description(schema),) if text]
    star = " *" if needed else ""
    return f"<tr><td><code>{escape(name)}</code>{star}</td><td>{type_of(schema)}</td><td>{' '.join(notes)}</td></tr>"


def _inner_description(schema: Mapping[str, Any]) -> str:
    options = (option for word in _ALTERNATIVES for option in schema.get(word, ()))
    return next((option["description"] for option in options if "description" in option), "")
