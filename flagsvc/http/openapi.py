"""OpenAPI 3.1 from the registry of operations; pydantic gives the schemas their names."""

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any, Literal

from pydantic import TypeAdapter

from flagsvc.http import openapi_parts as parts
from flagsvc.http.body import JSON, JSON_PATCH
from flagsvc.http.operation import Operation
from flagsvc.http.problem import MEDIA_TYPE
from flagsvc.http.problem_codes import CODES

_REFERENCE = "#/components/schemas/{model}"
_Names = Mapping[tuple[str, Literal["validation", "serialization"]], dict[str, Any]]


def document(operations: Iterable[Operation], version: str) -> dict[str, Any]:
    """Describe the operations as a JSON object, the same for the same operations."""
    listed = tuple(operations)
    names, components = _schemas(listed)
    paths: dict[str, dict[str, Any]] = {}
    for operation in listed:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation, names)
    return {
        "openapi": "3.1.0",
        "info": {"title": "flagsvc", "version": version, "description": parts.INTRODUCTION},
        "servers": [{"url": "/"}],
        "security": [{name: []} for name in parts.SECURITY],
        "tags": [{"name": tag} for tag in dict.fromkeys(operation.tag for operation in listed)],
        "paths": paths,
        "components": {
            "securitySchemes": parts.SECURITY,
            "parameters": parts.PARAMETERS,
            "headers": parts.HEADERS,
            "schemas": {"Problem": parts.PROBLEM, **components},
        },
    }


def _schemas(operations: Iterable[Operation]) -> tuple[_Names, dict[str, Any]]:
    inputs: list[tuple[str, Literal["validation", "serialization"], TypeAdapter[Any]]] = []
    for operation in operations:
        if operation.answer:
            inputs.append((f"answer {operation.name}", "validation", TypeAdapter(operation.answer)))
        inputs += [(f"{media} {operation.name}", "validation", model) for media, model in operation.body.items()]
    names, definitions = TypeAdapter.json_schemas(inputs, ref_template=_REFERENCE, by_alias=True)
    return names, dict(sorted(definitions.get("$defs", {}).items()))


def _operation(operation: Operation, names: _Names) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": operation.name,
        "summary": operation.summary,
        "description": operation.description or f"{operation.summary}.",
        "tags": [operation.tag],
        "parameters": [*_path_parameters(operation), *_query_parameters(operation), *_header_parameters(operation)],
        "responses": _responses(operation, names),
    }
    if operation.open:
        described["security"] = []
    if operation.body:
        contents = {media: _content(operation, media, names) for media in operation.body}
        described["requestBody"] = {"required": not operation.bodiless, "content": contents}
    return described


def _content(operation: Operation, media: str, names: _Names) -> dict[str, Any]:
    example = operation.example
    if media == JSON_PATCH:
        example = [{"op": "add", "path": f"/{name}", "value": value} for name, value in example.items()]
    return {"schema": names[f"{media} {operation.name}", "validation"], "example": example}


def _path_parameters(operation: Operation) -> list[dict[str, Any]]:
    present = [name for name in parts.PATH if f"{{{name}}}" in operation.path]
    return [
        {
            "name": name,
            "in": "path",
            "required": True,
            **_path_parameter(operation, name),
            "example": _example(operation, name),
        }
        for name in present
    ]


def _path_parameter(operation: Operation, name: str) -> dict[str, Any]:
    return parts.TRAILED if operation.trail and name == "environment" else parts.PATH[name]


def _example(operation: Operation, name: str) -> Any:
    return parts.KEY_EXAMPLES.get(operation.tag, "new-checkout") if name == "key" else parts.PATH_EXAMPLES[name]


def _query_parameters(operation: Operation) -> list[dict[str, Any]]:
    schema = operation.query.model_json_schema(by_alias=True)
    required = schema.get("required", [])
    return [
        {"name": name, "in": "query", "required": name in required, **_described(_plain(member))}
        for name, member in schema.get("properties", {}).items()
    ]


def _plain(member: dict[str, Any]) -> dict[str, Any]:
    """Drop a member's null alternative: a parameter is there or not."""
    kept = {name: value for name, value in member.items() if name not in ("anyOf", "title") and value is not None}
    return kept | next((option for option in member.get("anyOf", ()) if option.get("type") != "null"), {})


def _described(schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": schema.pop("description", ""), "schema": schema}


def _header_parameters(operation: Operation) -> list[dict[str, Any]]:
    wanted = {
        "IfMatch": operation.conditional,
        "IfNoneMatch": operation.revalidates,
        "Reason": operation.writes,
        "IdempotencyKey": operation.keyed,
        "Prefer": operation.writes,
    }
    return [{"$ref": f"#/components/parameters/{name}"} for name, holds in wanted.items() if holds]


def _responses(operation: Operation, names: _Names) -> dict[str, Any]:
    success: dict[str, Any] = {
        "description": HTTPStatus(operation.success).phrase,
        "headers": _headers(operation),
    }
    if operation.answer:
        schema = names[f"answer {operation.name}", "validation"]
        said = {media: schema if media == JSON else {"type": "string"} for media in operation.media}
        success["content"] = {media: {"schema": form} for media, form in said.items()}
    responses: dict[str, Any] = {str(operation.success): success}
    if operation.writes:
        responses.setdefault("200", {**success, "description": "Dry run: the answer that the write would have."})
        responses["204"] = {"description": "Done; the body was not wanted.", "headers": _headers(operation)}
    if operation.revalidates:
        responses["304"] = {"description": "Unchanged.", "headers": _headers(operation)}
    for status in sorted({CODES[code].status for code in operation.problems}):
        responses[str(status)] = _refusal(operation, status)
    return responses


def _headers(operation: Operation) -> dict[str, Any]:
    wanted = {
        "X-Request-Id": True,
        "ETag": operation.writes or operation.revalidates,
        "X-Flagsvc-Revision": operation.writes or operation.revalidates,
        "Location": operation.success == HTTPStatus.CREATED,
        "Set-Cookie": operation.open,
        "Link": "cursor" in operation.query.model_fields,
    }
    return {name: {"$ref": f"#/components/headers/{name}"} for name, holds in wanted.items() if holds}


def _refusal(operation: Operation, status: int) -> dict[str, Any]:
    codes = [code for code in operation.problems if CODES[code].status == status]
    description = " ".join(f"`{code}`: {CODES[code].title}." for code in codes)
    schema = {"$ref": "#/components/schemas/Problem"}
    return {"description": description, "content": {MEDIA_TYPE: {"schema": schema}}}
