"""Bindings: which routers a traffic split drives, and how far they are."""

from typing import Annotated, Any, Literal

from pydantic import Field

from flagsvc.domain.routing.check import MAX_DEADLINE_SECONDS, MAX_ROUTERS
from flagsvc.http.fields import Key
from flagsvc.http.schemas import documents
from flagsvc.http.schemas.base import Open, read_only

Drift = Annotated[
    Literal["reassert", "pause"], Field(description="When a router is found to differ: tell it again, or leave it.")
]
OnFailure = Annotated[
    Literal["revert", "hold"],
    Field(description="When not all routers could be told, all go back; with `revert` so does the split."),
]
Deadline = Annotated[
    int, Field(ge=1, le=MAX_DEADLINE_SECONDS, description="How long all routers may take to follow a change.")
]


class _Binding(documents.Texts, documents.Answered):
    split: Annotated[Key, Field(description="A traffic split of this environment.")]
    routers: Annotated[
        list[Key],
        Field(min_length=1, max_length=MAX_ROUTERS, description="Configured routers, told in this order."),
    ]
    enabled: bool = True
    drift: Drift = "reassert"
    on_failure: OnFailure = "revert"
    deadline_seconds: Deadline = 60
    attempt: Any = read_only("Grows with each retry and resumption.")
    status: Any = read_only("How far the routers are.")


class BindingCreate(_Binding):
    """A new binding."""

    key: Key


class BindingReplace(_Binding):
    """A binding. The key is fixed: left out, or sent back as it was."""

    key: Key | None = None


class Binding(documents.Answer):
    """A binding."""

    split: str
    routers: list[str]
    enabled: bool
    drift: Drift
    on_failure: OnFailure
    deadline_seconds: int
    attempt: int


class BindingPage(Open):
    """A page of bindings."""

    items: list[Binding]
    next_cursor: str | None
