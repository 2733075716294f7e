"""Traffic splits: requests over backends."""

from typing import Annotated

from pydantic import Field

from flagsvc.http.fields import Key
from flagsvc.http.parameters import MAX_REASON
from flagsvc.http.schemas import documents
from flagsvc.http.schemas.base import Closed, Open
from flagsvc.http.schemas.serving import Rule, Serve, Target
from flagsvc.http.schemas.writes import WriteAnswer


class UnitSource(Closed):
    """Where the unit of a request is found: the first header, else the first cookie, else perhaps the address."""

    headers: list[str] = Field(default_factory=lambda: ["X-User-Id"])
    cookies: list[str] = Field(default_factory=lambda: ["uid"])
    client_address: bool = False


class Force(Closed):
    """A header that names the cohort outright."""

    header: str


class Sticky(Closed):
    """The cookie that anonymous visitors receive."""

    cookie: str = "flagsvc_unit"
    max_age_seconds: Annotated[int, Field(ge=1)] = 31_536_000
    secure: bool = True


class Mirror(Closed):
    """A backend that gets a copy of some requests; what it answers is thrown away."""

    backend: str
    share: Annotated[int, Field(ge=0, le=100_000, description="In 1/100 000 of the requests.")]


class _Split(documents.Texts, documents.Answered):
    backends: Annotated[list[str], Field(min_length=1)]
    stable: str = Field(description="The backend that everything falls back to.")
    enabled: bool = True
    rules: list[Rule] = Field(default_factory=list)
    default: Serve
    targets: list[Target] = Field(default_factory=list)
    salt: documents.Salt | None = None
    unit: UnitSource | None = None
    force: Force | None = None
    sticky: Sticky | None = None
    mirror: Mirror | None = None


class TrafficSplitCreate(_Split):
    """A new traffic split."""

    key: Key


class TrafficSplitReplace(_Split):
    """A traffic split. Key and salt are fixed: left out, or sent back as they were."""

    key: Key | None = None


class TrafficSplit(documents.Described):
    """A traffic split."""

    backends: list[str]
    stable: str
    enabled: bool
    rules: list[Rule]
    default: Serve
    targets: list[Target]
    salt: str
    unit: UnitSource | None
    force: Force | None
    sticky: Sticky | None
    mirror: Mirror | None = None


class TrafficSplitPage(Open):
    """A page of traffic splits."""

    items: list[TrafficSplit]
    next_cursor: str | None


class Swap(Closed):
    """Which backend gets everything."""

    to: str | None = Field(None, description="Left out: the other one of two.")
    reason: Annotated[str, Field(max_length=MAX_REASON, description="As the header `X-Change-Reason`.")] | None = None


class TrafficSplitWritten(WriteAnswer):
    """The answer of a write to a traffic split."""

    document: TrafficSplit
