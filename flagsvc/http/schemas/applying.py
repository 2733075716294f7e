"""Documents of files, all environments at once."""

from typing import Any, Literal

from pydantic import Field

from flagsvc.http.fields import Key, RevisionNumber
from flagsvc.http.schemas import documents
from flagsvc.http.schemas.base import Closed, Open
from flagsvc.http.schemas.flags import FlagType, Variants
from flagsvc.http.schemas.writes import WriteAnswer

MOST_DOCUMENTS = 5_000


class FileMetadata(documents.Texts):
    """Key and texts of a document."""

    key: Key
    expires: documents.Expires | None = Field(None, description="Of a flag only.")


class FileSpec(Closed):
    """What a document is. Of a flag, `type`, `variants` and `salt` are the same in all environments."""

    type: FlagType | None = None
    variants: Variants | None = None
    salt: documents.Salt | None = None
    environments: dict[Key, dict[str, Any]] = Field(
        default_factory=dict, description="What it is in each, as the API has it, but weights in percent."
    )
    leave_to_operators: list[str] = Field(
        default_factory=list,
        description="What stays as it is in the service: `environments.production.enabled`, or `*` for all of them.",
        max_length=100,
    )


class FileDocument(Closed):
    """One document as a file has it."""

    api_version: Literal["flagsvc/v1"]
    kind: Literal["Flag", "Segment", "TrafficSplit", "Binding"]
    metadata: FileMetadata
    spec: FileSpec


class Apply(Closed):
    """Documents of files, and what they were compared with."""

    documents: list[FileDocument] = Field(max_length=MOST_DOCUMENTS)
    base: dict[Key, RevisionNumber] = Field(
        default_factory=dict,
        description="Only if these environments are at these revisions. Needed for protected ones that change.",
    )


class Left(Open):
    """Something that stays as it is although a file says otherwise."""

    pointer: str = Field(description="In the document; empty for all of it.")
    because: str
    expected: bool = Field(description="Whether the file itself, or a running rollout, says so.")


class AppliedDocument(Open):
    """What became of one document."""

    action: Literal["create", "edit", "none"]
    left: list[Left]


class Applied(WriteAnswer):
    """The answer of an application of files."""

    documents: dict[str, AppliedDocument] = Field(
        description="`ENVIRONMENT/KIND/KEY` → what became of it; what is not named was so already."
    )
