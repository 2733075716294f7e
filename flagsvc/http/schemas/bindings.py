"""Bindings: which routers a traffic split drives, and how far they are."""

from typing import Annotated, Any, Literal

from pydantic import Field

from flagsvc.domain.routing.check import MAX_DEADLINE_SECONDS, MAX_ROUTERS
from flagsvc.http.fields import Key
from flagsvc.http.schemas import documents
from flagsvc.http.schemas.base import Open, Weights, read_only
from flagsvc.http.schemas.writes import WriteAnswer

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


class TargetStatus(Open):
    """What all routers are to be at: what an edit of the split asked for, or what was last in force everywhere."""

    revision: str = Field(description="EPOCH.REVISION of the change that wrote the split.")
    weights: Weights
    mirror: dict[str, Any] | None


class DesiredStatus(Open):
    """What one router is to be at now."""

    revision: str
    weights: Weights
    steps: dict[str, int] | None = Field(description="In the router's own steps; null where it cannot be told.")


class AppliedStatus(Open):
    """What a router last read back as it was told."""

    revision: str
    at: str | None


class ObservedStatus(Open):
    """What was last read from a router."""

    revision: str | None = Field(description="Null where the router holds none.")
    at: str | None
    steps: dict[str, int] = Field(description="Raw, in its own steps.")
    weights: dict[str, int] = Field(description="The same in 1/100 000 of all that was read.")


class Capabilities(Open):
    """What a router can do."""

    granularity: int = Field(description="Weights are told as that many equal parts.")
    sticky: Literal["none", "own", "cohort"] = Field(
        description="Each request drawn anew; the router's own cookie or hash; our hash and table, as in the SDK."
    )
    hashes: list[str] = Field(description="What a router of stickiness `cohort` can compute.")
    backends: list[str] | None = Field(description="The names it was configured with; null: any.")
    max_backends: int | None
    persistent: bool = Field(description="What it was told survives its restart.")
    expected_propagation_seconds: float
    mirror: bool
    conditional: bool = Field(description="It notices that somebody else wrote in between.")
    drains_pinned: bool = Field(description="Weight 0 also recalls those whom stickiness holds.")
    counts: bool = Field(description="It tells the requests of each backend.")


class ShareStatus(Open):
    """Whether the traffic of a router splits as it was told to."""

    since: str | None
    requests: int
    wanted: dict[str, int] | None
    seen: dict[str, int] | None = Field(description="Null while nothing was seen.")
    verdict: str = Field(description="ok, off, or unknown (too little was seen).")
    detail: str


class RouterStatus(Open):
    """Where one router stands."""

    name: str
    standing: str = Field(description="waiting, telling, applied, drifted or failed.")
    reachable: bool
    desired: DesiredStatus | None
    applied: AppliedStatus | None
    observed: ObservedStatus | None
    tries: int = Field(description="Failures and repetitions since it accepted the present goal.")
    detail: str
    capabilities: Capabilities | None = Field(description="Null for a router that is not configured here.")
    share: ShareStatus | None = Field(description="Null where requests are not counted.")


class Status(Open):
    """How far a binding is."""

    phase: str = Field(description="applying, applied, paused, returning or failed.")
    since: str | None
    summary: str = Field(description="All of it in a sentence or two, for people; programs go by the other members.")
    cause: str = Field(
        description="Why it is paused, goes back, failed, or had its last change taken back; empty otherwise."
    )
    attempt: int
    desired: TargetStatus | None
    settled: TargetStatus | None = Field(description="What was last read back from every router.")
    untold: list[str] = Field(description="What of the split no edge can be told.")
    routers: list[RouterStatus]


class Binding(documents.Described):
    """A binding."""

    split: str
    routers: list[str]
    enabled: bool
    drift: Drift
    on_failure: OnFailure
    deadline_seconds: int
    attempt: int
    status: Status | None = Field(
        None, description="Null before the first turn, and while the binding is switched off or archived."
    )


class BindingPage(Open):
    """A page of bindings."""

    items: list[Binding]
    next_cursor: str | None


class BindingEvent(Open):
    """One thing that happened to a binding."""

    number: int
    at: str
    binding: str
    router: str | None = Field(description="Null where it is about all of them.")
    kind: str
    meaning: str
    detail: str


class BindingEventPage(Open):
    """A page of events, newest first."""

    items: list[BindingEvent]
    next_cursor: str | None


class RouterPlan(Open):
    """What one router would be told now."""

    name: str
    lines: list[str] = Field(description="Empty where nothing is to be done.")
    error: str | None = Field(description="Why it cannot be said.")


class PlannedTarget(Open):
    """What the split wants now."""

    revision: str
    weights: Weights


class BindingPlan(Open):
    """What the routers of a binding would be told now."""

    binding: str
    desired: PlannedTarget
    routers: list[RouterPlan]


class DrivenBy(Open):
    """The binding that drives a router."""

    environment: str
    key: str


class Router(Open):
    """A configured router."""

    name: str
    kind: str
    capabilities: Capabilities
    binding: DrivenBy | None


class RouterList(Open):
    """Every configured router."""

    items: list[Router]


class BindingWritten(WriteAnswer):
    """The answer of a write to a binding."""

    document: Binding
