"""What writes take beside documents, and what every write answers."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, TypeAdapter

from flagsvc.http.body import JSON, JSON_PATCH, MERGE_PATCH
from flagsvc.http.fields import Key, RevisionNumber
from flagsvc.http.schemas.base import Closed, Keys, Open, Weights

MAX_COPIES = 4


class WeightsChange(Closed):
    """New weights of one split: the default's, or that of a rule."""

    weights: Weights
    rule: str | None = Field(None, description="Id of the rule; left out: the default.")


class Revert(Closed):
    """The revision to go back to."""

    revision: RevisionNumber


class Copy(Closed):
    """What to copy from another environment: everything, or the listed keys."""

    from_: Key = Field(alias="from")
    flags: Keys | None = None
    segments: Keys | None = None
    splits: Keys | None = None


class PatchOperation(Open):
    """One step of a JSON Patch (RFC 6902, whose section 4 says to ignore unknown members)."""

    op: Literal["add", "remove", "replace", "move", "copy", "test"]
    path: Annotated[str, Field(pattern="^(/.*)?$")]
    from_: Annotated[str, Field(pattern="^(/.*)?$")] | None = Field(None, alias="from")
    value: Any = None


class Moved(Open):
    """Units that change sides."""

    from_: str = Field(alias="from")
    to: str
    weight: int = Field(description="In 1/100 000 of the units that come to this place.")


class Moves(Open):
    """Who moves at one place that serves: a default, a rule, or (when it is switched on or off) a list of units."""

    document: str
    pointer: str = Field(description="The place, in the document as it is while it is on.")
    moves: list[Moved] = Field(description="Empty where every unit is drawn anew.")
    summary: str = Field(description="In words; one that ends with `once it is on` moves nobody yet.")


class Lint(Open):
    """Something allowed that deserves a second look."""

    code: str
    detail: str


class WriteAnswer(Open):
    """What every write answers."""

    environment: str
    revision: int = Field(description="Head of the environment after the write.")
    version: int | None = Field(description="Version of the document, its ETag.")
    change_id: str | None = Field(description="Null when nothing changed.")
    moves: list[Moves]
    lints: list[Lint]
    heads: dict[str, int] = Field(description="Every environment that received a new revision.")
    bindings: list[str] = Field(
        description="Bindings whose routers follow this write: it is in force there once the `status` of each says so."
    )
    dry_run: bool


class Written(WriteAnswer):
    """The answer of a write to several documents at once."""

    documents: dict[str, dict[str, Any]] = Field(description="`KIND/KEY` → document, as it was answered alone.")


def _few_copies(operations: list[PatchOperation]) -> list[PatchOperation]:
    if sum(operation.op == "copy" for operation in operations) > MAX_COPIES:
        raise ValueError(f"at most {MAX_COPIES} operations may be copies: each can double the document")
    return operations


JsonPatch = Annotated[list[PatchOperation], Field(max_length=1000), AfterValidator(_few_copies)]
MergePatch = Annotated[dict[str, Any], Field(description="Members to change; null removes (RFC 7396).")]

PATCHES: dict[str, TypeAdapter[Any]] = {
    MERGE_PATCH: TypeAdapter(MergePatch),
    JSON_PATCH: TypeAdapter(JsonPatch),
    JSON: TypeAdapter(MergePatch),
}
"""The bodies of every PATCH, by media type; plain JSON is a merge patch."""


def json_body(model: Any) -> dict[str, TypeAdapter[Any]]:
    """Declare the body of an operation that takes this model as plain JSON."""
    return {JSON: TypeAdapter(model)}
