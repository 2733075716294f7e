"""The OpenAPI document: valid, committed, complete; and the page made from it."""

import json
import re
from html.parser import HTMLParser
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import validate
from starlette.routing import Route

from flagsvc.http import docs_page
from flagsvc.http.admin import OPERATIONS
from flagsvc.http.docs_page import json_text
from flagsvc.http.openapi import document
from flagsvc.http.problem_codes import CODES
from tests.http.service import Service

DOCUMENT = document(OPERATIONS, version("flagsvc"))
COMMITTED = Path(__file__).parents[2] / "docs/reference/openapi.json"
UNDESCRIBED = {"/openapi.json", "/docs", "/docs/problems"}


def test_it_is_valid() -> None:
    validate(DOCUMENT)


def test_the_committed_copy_is_current() -> None:
    assert COMMITTED.read_text("utf-8") == json_text(DOCUMENT), "run python -m scripts.reference"


def test_it_is_served(service: Service) -> None:
    answer = service.request("GET", "/openapi.json", token=None)

    assert answer.json() == DOCUMENT


def test_it_is_written_once(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody needs a token for it, and writing it takes a tenth of a second."""
    written = list[str]()

    def noted(content: dict[str, Any]) -> str:
        written.append(json_text(content))
        return written[-1]

    monkeypatch.setattr(docs_page, "json_text", noted)

    first, again = (service.request("GET", "/openapi.json", token=None).content for _ in range(2))

    assert first == again == COMMITTED.read_bytes()
    assert len(written) <= 1


def test_no_route_is_undocumented(service: Service) -> None:
    routes = [route for route in service.application.routes if isinstance(route, Route)]
    served = {(route.path, method) for route in routes for method in (route.methods or set()) - {"HEAD"}}
    described = {(path, method.upper()) for path, methods in DOCUMENT["paths"].items() for method in methods}

    assert served == described | {(path, "GET") for path in UNDESCRIBED}


def test_names_are_unique_and_clean() -> None:
    names = [operation.name for operation in OPERATIONS]

    assert len(names) == len(set(names))
    assert all(re.fullmatch(r"[a-z][A-Za-z]+", name) for name in names)
    assert all(re.fullmatch(r"[A-Z][A-Za-z]+", name) for name in DOCUMENT["components"]["schemas"])


def test_every_operation_shows_an_example() -> None:
    """A body, if it takes one, and each parameter of its path."""
    for path, methods in DOCUMENT["paths"].items():
        for operation in methods.values():
            contents = operation.get("requestBody", {}).get("content", {}).values()
            assert all("example" in content for content in contents), operation["operationId"]
            in_path = [parameter for parameter in operation["parameters"] if parameter.get("in") == "path"]
            assert len(in_path) == path.count("{")
            assert all("example" in parameter for parameter in in_path)


def test_every_operation_lists_its_refusals() -> None:
    for operation in OPERATIONS:
        assert {"unauthenticated", "forbidden", "malformed", "internal"} <= set(operation.problems)
        assert set(operation.errors) <= set(CODES)


def test_read_only_members_are_marked() -> None:
    replace = DOCUMENT["components"]["schemas"]["ConfigurationReplace"]["properties"]
    marked = {name for name, member in replace.items() if member.get("readOnly")}

    assert {"key", "type", "variants", "version", "revision", "changedAt", "changedBy", "archived"} <= marked
    assert DOCUMENT["components"]["schemas"]["Split"]["properties"]["allocation"]["readOnly"]


class _Links(HTMLParser):
    """Collects what a browser would fetch, run or obey."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str]] = []
        self.ids: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        self.ids |= {value or "" for name, value in attrs if name == "id"}


@pytest.mark.parametrize("path", ["/docs", "/docs/problems"])
def test_pages_are_self_contained(service: Service, path: str) -> None:
    answer = service.request("GET", path, token=None)
    page = _Links()
    page.feed(answer.text)

    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert not page.tags & {"script", "link", "img", "iframe", "form"}
    assert not [name for name, _ in page.attributes if name.startswith("on") or name in ("src", "style")]
    links = {value for name, value in page.attributes if name == "href"}
    assert all(link.startswith(("/", "#")) for link in links)
    assert {link[1:] for link in links if link.startswith("#")} <= page.ids


def test_the_page_of_problems_has_a_place_for_every_type(service: Service) -> None:
    page = _Links()
    page.feed(service.request("GET", "/docs/problems", token=None).text)

    assert set(CODES) <= page.ids


def test_the_reference_shows_every_operation(service: Service) -> None:
    page = _Links()
    page.feed(service.request("GET", "/docs", token=None).text)

    assert {operation.name for operation in OPERATIONS} <= page.ids


def test_the_document_is_plain_json() -> None:
    def refuse(name: str) -> Any:
        raise ValueError(name)

    assert json.loads(json_text(DOCUMENT), parse_constant=refuse) == DOCUMENT
