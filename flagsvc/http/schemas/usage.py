"""Who uses what, and which revision clients hold."""

from typing import Literal

from pydantic import Field

from flagsvc.http.schemas.base import Open


class Units(Open):
    """How many different units were decided for, estimated from a sample of their hashes."""

    estimate: int
    standard_error: float = Field(description="Relative to the estimate: 0.06 is 6 %; 0 when the number is exact.")


class RevisionUse(Open):
    """Uses of a flag in the form that it had from a revision on; 0 stands for old ones together."""

    revision: int
    variants: dict[str, int]


class UsageBucket(Open):
    """One hour, or (when it is old) one day."""

    start: str
    variants: dict[str, int] = Field(description="Variant → uses; the empty name: the flag could not be read.")
    revisions: list[RevisionUse]
    units: Units | None


class UsageItem(Open):
    """What one flag or traffic split was used for. `units` and `buckets` are there when one is asked for by its key."""

    kind: Literal["flag", "split"]
    key: str
    last_evaluated_at: str | None = Field(description="Null: never, as far as clients have reported.")
    uses: int
    variants: dict[str, int]
    units: Units | None = None
    buckets: list[UsageBucket] | None = None


class UsagePage(Open):
    """A page of usage."""

    items: list[UsageItem]
    next_cursor: str | None


class Client(Open):
    """One process with an SDK."""

    client: str = Field(description="Drawn at random by each process.")
    application: str
    sdk: str
    epoch: str
    revision: int
    applied_after_ms: int | None = Field(description="From the commit to its decision there, by the clocks of both.")
    last_seen_at: str


class Delivery(Open):
    """How far a revision has come."""

    revision: int
    clients: int
    current: int = Field(description="Clients that hold the revision, or a later one of the same epoch.")
    slowest_ms: int | None
    behind: list[Client] = Field(description="The first 20 that do not, the furthest behind first.")
    sentence: str


class ClientPage(Open):
    """A page of the clients that reported within three minutes, and the summary over all of them."""

    items: list[Client]
    next_cursor: str | None
    summary: Delivery
