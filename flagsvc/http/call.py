"""One authorised, fully checked request as a handler sees it, and what a handler answers."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from starlette.requests import Request

from flagsvc.domain.page import Page
from flagsvc.domain.patch import Patch
from flagsvc.domain.records import Ref
from flagsvc.http.authentication import Principal
from flagsvc.http.body import JSON_PATCH
from flagsvc.http.problem import Problem
from flagsvc.http.services import Services
from flagsvc.ports import Store
from flagsvc.usecases.intent import Intent

_PAGE_FIELDS = {"limit", "cursor", "search", "sort"}


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, JSON content (None: no body at all) and further headers.

    `octets` stands in for the content where the body is ready: all of it, or piece by piece.
    """

    content: dict[str, Any] | None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    octets: bytes | Iterator[bytes] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """Everything a handler needs. `body` is the JSON value exactly as sent; `intent` is there for writes.

    There is a `principal` wherever the operation asks for a token.
    """

    request: Request
    services: Services
    principal_or_none: Principal | None
    path: Mapping[str, Any]
    query: Any
    body: Any
    media_type: str
    intent_or_none: Intent | None

    @property
    def store(self) -> Store:
        """The truth."""
        return self.services.store

    @property
    def principal(self) -> Principal:
        """Who asks; everybody may come to an `open` operation."""
        if self.principal_or_none is None:
            raise TypeError("this operation was declared with open=True")
        return self.principal_or_none

    @property
    def intent(self) -> Intent:
        """Who writes, when and why; only operations that write have one."""
        if self.intent_or_none is None:
            raise TypeError("this operation was not declared with writes=True")
        return self.intent_or_none

    @property
    def environment(self) -> str:
        """The environment of the path."""
        return cast("str", self.path["environment"])

    @property
    def key(self) -> str:
        """The key of the path."""
        return cast("str", self.path["key"])

    @property
    def patch(self) -> Patch:
        """The patch of the body, its kind told by the media type."""
        return Patch("json" if self.media_type == JSON_PATCH else "merge", self.body)

    def ref(self, kind: str) -> Ref:
        """Name the document of the path."""
        return Ref(self.environment, kind, self.key)

    def page(self) -> Page:
        """Give the part of a list that the query asks for; what is not paging is a filter."""
        given = self.query.model_dump(by_alias=True, exclude_none=True, mode="json")
        filters = {name: _filter_text(value) for name, value in given.items() if name not in _PAGE_FIELDS}
        return Page(**{name: given[name] for name in _PAGE_FIELDS & given.keys()}, filters=filters)

    def paging(self) -> Page:
        """Limit and cursor of the query alone, where filters are arguments of their own."""
        return Page(limit=self.query.limit, cursor=self.query.cursor)

    def require(self, environment: str) -> None:
        """Refuse unless the token reaches this environment, too."""
        if not self.principal.may_see(environment):
            raise Problem("forbidden", f"this token does not reach the environment {environment!r}")


def _filter_text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
