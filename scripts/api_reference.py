"""The page docs/reference/api.md: every operation of the HTTP API by tag, then every schema, as OpenAPI has them."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

HEAD = """# HTTP API

Every operation below `/api/v1`, made from the code by `python -m scripts.reference`; the same as a machine reads it:
[openapi.json](openapi.json). A running service shows it at `/docs`. What is asked without this API has its own pages:
[traffic decisions](traffic.md), [OFREP](ofrep.md), [xDS](xds.md), the [live stream](stream.md), [health](health.md).

"""
SHARED = """
## Headers and parameters of many operations

An operation that takes one of these names it under "also takes". Path parameters are keys: a letter or digit, then up
to 99 letters, digits, `.`, `_` and `-`.

| name | where | meaning |
|---|---|---|
"""
_ALTERNATIVES = ("oneOf", "anyOf")


def page(description: Mapping[str, Any]) -> str:
    """Write the page; equal descriptions give equal pages."""
    shared = description["components"]["parameters"]
    parts = [HEAD + description["info"]["description"], SHARED.rstrip("\n"), *map(_row, shared.values())]
    for tag in description["tags"]:
        parts += _tag(tag["name"], description)
    parts += ["\n## Schemas\n\nA star marks a member that has to be there."]
    for name, schema in description["components"]["schemas"].items():
        parts += _schema(name, schema)
    return "\n".join(parts) + "\n"


def operations(description: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Yield method, path and operation."""
    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


def _tag(tag: str, description: Mapping[str, Any]) -> Iterator[str]:
    mine = [each for each in operations(description) if each[2]["tags"] == [tag]]
    yield f"\n## {tag}\n\n| operation | |\n|---|---|"
    yield from (f"| `{method} {path}` | {operation['summary']} |" for method, path, operation in mine)
    for method, path, operation in mine:
        yield from _operation(method, path, operation, description["components"]["parameters"])


def _operation(
    method: str, path: str, operation: Mapping[str, Any], shared: Mapping[str, Mapping[str, Any]]
) -> Iterator[str]:
    yield f"\n### {operation['summary']}\n\n`{method} {path}`\n\n{operation['description']}\n"
    yield from _body(operation)
    also = [shared[each["$ref"].rsplit("/", 1)[-1]]["name"] for each in operation["parameters"] if "$ref" in each]
    if also:
        yield f"- also takes: {', '.join(f'`{name}`' for name in also)}"
    yield from _answers(operation["responses"])
    own = [each for each in operation["parameters"] if "$ref" not in each and each["in"] != "path"]
    if own:
        yield "\n| name | where | meaning |\n|---|---|---|"
        yield from map(_row, own)


def _body(operation: Mapping[str, Any]) -> Iterator[str]:
    for media, content in operation.get("requestBody", {}).get("content", {}).items():
        example = json.dumps(content["example"], ensure_ascii=False)
        yield f"- body, `{media}`: {type_of(content['schema'])}, for example `{_cell(example)}`"


def _answers(responses: Mapping[str, Any]) -> Iterator[str]:
    refused = []
    for status, answer in responses.items():
        if status >= "4":
            refused += [word for word in answer["description"].split("`")[1::2] if word not in refused]
        else:
            kinds = {
                type_of(content["schema"]) for content in answer.get("content", {}).values() if "schema" in content
            }
            yield f"- {status}: {' or '.join(sorted(kinds)) or answer['description']}"
    if refused:
        yield f"- [refusals](problems.md): {', '.join(f'`{code}`' for code in refused)}"


def _row(parameter: Mapping[str, Any]) -> str:
    needed = " *" if parameter.get("required") else ""
    return f"| `{parameter['name']}`{needed} | {parameter['in']} | {_cell(parameter.get('description', ''))} |"


def _schema(name: str, schema: Mapping[str, Any]) -> Iterator[str]:
    yield f"\n### Schema {name}\n\n{_sentence(schema) or type_of(schema)}"
    members = schema.get("properties", {})
    if members:
        yield "\n| member | type | |\n|---|---|---|"
    for member, part in members.items():
        star = " *" if member in schema.get("required", ()) else ""
        yield f"| `{member}`{star} | {type_of(part)} | {_cell(_sentence(part))} |"


def _sentence(schema: Mapping[str, Any]) -> str:
    inner = (option.get("description", "") for word in _ALTERNATIVES for option in schema.get(word, ()))
    return str(schema.get("description") or next(filter(None, inner), ""))


def type_of(schema: Mapping[str, Any]) -> str:
    """Name a type in a few words; schemas of the document are links to their sections."""
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[-1]
        return f"[{name}](#schema-{name.lower()})"
    for word in _ALTERNATIVES:
        if word in schema:
            return " or ".join(type_of(option) for option in schema[word])
    if "enum" in schema:
        return " or ".join(f"`{value}`" for value in schema["enum"])
    if "items" in schema:
        return f"list of {type_of(schema['items'])}"
    if isinstance(schema.get("additionalProperties"), dict):
        return f"map to {type_of(schema['additionalProperties'])}"
    return str(schema.get("format") or schema.get("const") or schema.get("type", "any value"))


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
