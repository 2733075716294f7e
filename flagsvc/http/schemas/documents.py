"""What documents of every kind have in common: texts, and what the service adds to them."""

from typing import Annotated, Any

from pydantic import Field

from flagsvc.http.fields import Key
from flagsvc.http.schemas.base import Closed, Description, Name, Open, Tags, read_only

Expires = Annotated[str, Field(max_length=40, description="When it should be gone: a date, or a time with offset.")]
Salt = Annotated[str, Field(pattern="^[A-Za-z0-9_-]{1,100}$", description="Drawn when left out; fixed afterwards.")]


class Texts(Closed):
    """What people write about a document."""

    name: Name | None = None
    description: Description | None = None
    owner: Annotated[str, Field(max_length=200)] | None = None
    tags: Tags = Field(default_factory=list)


class Answered(Closed):
    """What the service adds to every document it answers; ignored when sent back."""

    version: Any = read_only("Revision of the last change of this document; its ETag.")
    revision: Any = read_only("Revision of the environment.")
    created_at: Any = read_only("When it was made.")
    changed_at: Any = read_only("When it was last changed.")
    changed_by: Any = read_only("Who changed it last.")
    archived: Any = read_only("Whether it is archived.")


class Answer(Open):
    """A document as it is answered."""

    key: Key
    version: int
    changed_at: str
    changed_by: str
    archived: bool = False


class Described(Answer):
    """A document as it is answered, with what people wrote about it."""

    created_at: str | None = None
    name: str | None = None
    description: str | None = None
    owner: str | None = None
    tags: list[str] = Field(default_factory=list)
