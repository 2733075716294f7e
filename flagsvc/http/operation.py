"""The registry of operations: what each route takes, answers and refuses, as data for routes and OpenAPI."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypedDict, Unpack

from pydantic import BaseModel, TypeAdapter
from pydantic.alias_generators import to_camel

from flagsvc.http.body import JSON
from flagsvc.http.call import Answer, Call
from flagsvc.http.parameters import Query
from flagsvc.http.problem_codes import CODES

Handler = Callable[[Call], Answer]

_ALWAYS = ("malformed", "unauthenticated", "forbidden", "unavailable", "internal")
_BODY = ("body-too-large", "wrong-media-type")
_WRITE = ("invalid", "reason-required", "outcome-unknown")
_CONDITIONAL = ("exists", "stale-version", "precondition-required")
_POST = ("idempotency-key-reused", "request-in-flight")


class Spec(TypedDict, total=False):
    """What `@operations(…)` may say of an operation; see the fields of Operation."""

    name: str
    answer: type[BaseModel] | None
    success: int
    media: tuple[str, ...]
    query: type[Query]
    body: Mapping[str, TypeAdapter[Any]]
    example: Any
    bodiless: bool
    writes: bool
    conditional: bool
    revalidates: bool
    everywhere: bool
    own: bool
    trail: bool
    open: bool
    kinds: tuple[str, ...]
    errors: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One method of one path.

    `writes`: takes a reason, a dry run and (as POST) an Idempotency-Key. `conditional`: takes If-Match.
    `revalidates`: takes If-None-Match and may answer 304. `everywhere`: needs a token that reaches every environment;
    otherwise one that reaches the environment of the path; `kinds` are those it may be of. `own`: is about the caller
    alone, so that any environment will do. `open`: needs no token, but has to come from a page of this service where it
    changes anything. `body`: what it takes, by media type; empty for nothing. `bodiless`: the body may be left out.
    `answer` None: no body at all. `media`: the media types of its answer; `answer` describes the JSON ones.
    `trail`: takes the catalogue for an environment, too; a token of one environment does not reach it.
    `example`: a body of the first media type that shows the operation.
    """

    name: str
    method: str
    path: str
    summary: str
    description: str
    tag: str
    handler: Handler
    answer: type[BaseModel] | None
    success: int = 200
    media: tuple[str, ...] = (JSON,)
    query: type[Query] = Query
    body: Mapping[str, TypeAdapter[Any]] = field(default_factory=dict)
    example: Any = None
    bodiless: bool = False
    writes: bool = False
    conditional: bool = False
    revalidates: bool = False
    everywhere: bool = False
    own: bool = False
    trail: bool = False
    open: bool = False
    kinds: tuple[str, ...] = ("admin",)
    errors: tuple[str, ...] = ()

    @property
    def problems(self) -> tuple[str, ...]:
        """Every problem code this operation may answer, by status."""
        codes = {*_ALWAYS, *self.errors}
        codes |= {"cross-site"} if self.method != "GET" else set()
        codes |= {"not-found"} if "{" in self.path else set()
        codes |= {*_BODY, "invalid"} if self.body else set()
        codes |= {*_WRITE} if self.writes else set()
        codes |= {*_POST} if self.keyed else set()
        codes |= {*_CONDITIONAL} if self.conditional else set()
        codes |= {"patch-failed"} if self.method == "PATCH" else set()
        return tuple(code for code in CODES if code in codes)

    @property
    def keyed(self) -> bool:
        """Whether an Idempotency-Key counts."""
        return self.writes and self.method == "POST"


@dataclass(frozen=True, slots=True)
class Operations:
    """The operations of one noun, filled by using the instance as a decorator."""

    tag: str
    registered: list[Operation] = field(default_factory=list)

    def __call__(self, route: str, summary: str, **spec: Unpack[Spec]) -> Callable[[Handler], Handler]:
        """Register the decorated handler under `route`, "METHOD /path"; its docstring becomes the description.

        The operation's name is the handler's in camelCase, unless `name` gives another.
        """
        method, path = route.split(" ")

        def register(handler: Handler) -> Handler:
            spec.setdefault("name", to_camel(handler.__name__))
            said = {"method": method, "path": path, "summary": summary, "tag": self.tag}
            description = " ".join((handler.__doc__ or "").split())
            self.registered.append(Operation(**said, **spec, description=description, handler=handler))
            return handler

        return register
