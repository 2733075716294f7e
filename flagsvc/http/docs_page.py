"""The docs pages, made from the OpenAPI document and the list of problems: plain HTML, no script, all from here."""

import base64
import hashlib
import json
from collections.abc import Iterable
from functools import lru_cache
from html import escape
from importlib.metadata import version
from importlib.resources import files
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from flagsvc.http.docs_parts import prose, schema_section, type_of
from flagsvc.http.openapi import document
from flagsvc.http.operation import Operation
from flagsvc.http.problem_codes import CODES

_STYLE = files("flagsvc.http").joinpath("docs.css").read_text("utf-8")
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_HEADERS = {
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}


def docs_routes(operations: tuple[Operation, ...]) -> list[Route]:
    """`/openapi.json`, `/docs` and `/docs/problems`; each is made on its first request and kept."""

    @lru_cache(maxsize=1)
    def described() -> dict[str, Any]:
        return document(operations, version("flagsvc"))

    @lru_cache(maxsize=1)
    def text() -> bytes:
        return json_text(described()).encode()

    @lru_cache(maxsize=1)
    def page() -> bytes:
        return reference_page(described()).encode()

    def openapi(_: Request) -> Response:
        return Response(text(), headers={**_HEADERS}, media_type="application/json")

    def docs(_: Request) -> Response:
        return HTMLResponse(page(), headers=_HEADERS)

    def problems(_: Request) -> Response:
        return HTMLResponse(problems_page(), headers=_HEADERS)

    return [Route("/openapi.json", openapi), Route("/docs", docs), Route("/docs/problems", problems)]


def json_text(description: dict[str, Any]) -> str:
    """Write the OpenAPI document as it is served and committed."""
    return json.dumps(description, indent=1, ensure_ascii=False) + "\n"


def reference_page(description: dict[str, Any]) -> str:
    """Write the API reference as one page."""
    by_tag: dict[str, list[str]] = {tag["name"]: [] for tag in description["tags"]}
    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            by_tag[operation["tags"][0]].append(_operation(method, path, operation, description))
    sections = [f'<h2 id="{_anchor(tag)}">{escape(tag)}</h2>{"".join(items)}' for tag, items in by_tag.items()]
    links = [f'<a href="#{_anchor(tag)}">{escape(tag)}</a>' for tag in by_tag]
    schemas = "".join(schema_section(name, schema) for name, schema in description["components"]["schemas"].items())
    sections.append(f'<h2 id="schemas">Schemas</h2>{schemas}')
    links += [
        '<a href="#schemas">Schemas</a>',
        '<a href="/docs/problems">Problems</a>',
        '<a href="/openapi.json">openapi.json</a>',
    ]
    lead = f"<p class=lead>{prose(description['info']['description'])}</p>"
    return _page("API", links, f"{lead}{''.join(sections)}")


def problems_page() -> str:
    """Write every problem code, its status, and the way out."""
    items = [
        f'<section class=problem id="{code.code}"><h3><code>{code.code}</code> <b class=status>{code.status}</b></h3>'
        f"<p>{escape(code.title)}.</p><p>{prose(code.remedy)}</p></section>"
        for code in CODES.values()
    ]
    return _page("Problems", ['<a href="/docs">API</a>'], f"<h2>Problems</h2>{''.join(items)}")


def _page(title: str, links: Iterable[str], content: str) -> str:
    head = f"<title>flagsvc: {title}</title><style>{_STYLE}</style>"
    nav = f'<nav><strong><a href="/docs">flagsvc</a></strong>{"".join(links)}</nav>'
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"{head}</head><body>{nav}<main>{content}</main></body></html>\n"
    )


def _operation(method: str, path: str, operation: dict[str, Any], description: dict[str, Any]) -> str:
    return (
        f'<details class="operation {method}" id="{escape(operation["operationId"])}"><summary><b>{method.upper()}</b>'
        f"<code>{escape(path)}</code><span>{escape(operation['summary'])}</span></summary>"
        f"<p>{prose(operation['description'])}</p>{_parameters(operation, description)}{_body(operation)}"
        f"{_responses(operation)}</details>"
    )


def _parameters(operation: dict[str, Any], description: dict[str, Any]) -> str:
    resolved = [_resolve(parameter, description) for parameter in operation["parameters"]]
    if not resolved:
        return ""
    rows = "".join(
        f"<tr><td><code>{escape(item['name'])}</code>{' *' if item.get('required') else ''}</td><td>{item['in']}</td>"
        f"<td>{type_of(item['schema'])}</td><td>{prose(item.get('description', ''))}</td></tr>"
        for item in resolved
    )
    return f"<table><tr><th>Parameter</th><th>In</th><th>Type</th><th></th></tr>{rows}</table>"


def _body(operation: dict[str, Any]) -> str:
    contents = operation.get("requestBody", {}).get("content", {})
    return "".join(
        f"<h4>{escape(media)} {type_of(content['schema'])}</h4>"
        f"<pre>{escape(json.dumps(content['example'], indent=2, ensure_ascii=False))}</pre>"
        for media, content in contents.items()
    )


def _responses(operation: dict[str, Any]) -> str:
    rows = "".join(
        f"<tr><td><b class=status>{status}</b></td><td>{prose(answer['description'])}</td></tr>"
        for status, answer in operation["responses"].items()
    )
    return f"<table><tr><th>Status</th><th></th></tr>{rows}</table>"


def _resolve(item: dict[str, Any], description: dict[str, Any]) -> dict[str, Any]:
    reference = item.get("$ref")
    return description["components"]["parameters"][reference.rsplit("/", 1)[1]] if reference else item


def _anchor(tag: str) -> str:
    return tag.lower().replace(" ", "-")
