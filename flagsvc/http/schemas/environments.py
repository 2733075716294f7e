"""Environments: isolated sets of configuration with their own history and protection."""

from pydantic import Field

from flagsvc.http.fields import Key
from flagsvc.http.schemas import documents
from flagsvc.http.schemas.base import Closed, Description, Name, Open
from flagsvc.http.schemas.writes import WriteAnswer


class Policy(Closed):
    """How an environment is protected."""

    protected: bool = Field(
        default=False, description="Whether every write must name the version it is based on (If-Match)."
    )
    require_reason: bool = Field(default=False, description="Whether every change needs a reason (X-Change-Reason).")


class _Texts(Closed):
    name: Name | None = None
    description: Description | None = None


class EnvironmentCreate(Policy, _Texts, documents.Answered):
    """A new environment; it receives a disabled configuration of every flag, or a copy of another environment."""

    key: Key
    copy_from: Key | None = Field(None, description="Environment whose documents are copied, salts and tables too.")


class EnvironmentReplace(Policy, _Texts, documents.Answered):
    """An environment's texts and policy. The key may be sent back as it was."""

    key: Key | None = None


class Environment(documents.Answer):
    """An environment."""

    name: str | None = None
    description: str | None = None
    protected: bool
    require_reason: bool


class EnvironmentPage(Open):
    """A page of environments."""

    items: list[Environment]
    next_cursor: str | None


class EnvironmentWritten(WriteAnswer):
    """The answer of a write to a environment."""

    document: Environment
