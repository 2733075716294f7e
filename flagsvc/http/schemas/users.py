"""What refers to a document."""

from typing import Literal

from pydantic import Field

from flagsvc.http.schemas.base import Open


class DocumentUser(Open):
    """One place that refers to a document."""

    kind: Literal["flag", "segment", "split", "binding", "plan", "rollout"]
    key: str
    name: str | None
    where: str = Field(description="In words: `rule 2`, `condition`, `prerequisite`, `traffic split`, `target NAME`.")
    pointer: str = Field(description="RFC 6901 pointer into the document that refers.")


class DocumentUsers(Open):
    """All of them, by kind and key."""

    items: list[DocumentUser]
