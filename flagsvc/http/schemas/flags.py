"""Flags: the definition that all environments share, and the configuration of one environment."""

from typing import Any, Literal

from pydantic import Field

from flagsvc.http.fields import Key
from flagsvc.http.schemas import documents
from flagsvc.http.schemas.base import Closed, Open, read_only
from flagsvc.http.schemas.serving import Prerequisite, Rule, Serve, Target
from flagsvc.http.schemas.writes import WriteAnswer

FlagType = Literal["boolean", "string", "integer", "float", "object"]
Variants = dict[str, Any]


class Staleness(Closed):
    """What an SDK does with this flag once its snapshot has not been confirmed for some time."""

    after_seconds: int | None = Field(
        default=None, description="Seconds without a confirmation; left out: the SDK's own limit.", ge=1, le=31_536_000
    )
    then: Literal["keep", "off"] | None = Field(
        default=None,
        description="`keep`: go on deciding (fail open). `off`: serve the off variant (fail closed). "
        "Left out: as the SDK is set.",
    )


class _Configuration(Closed):
    enabled: bool = Field(default=False, description="Off: everybody gets the off variant.")
    prerequisites: list[Prerequisite] = Field(default_factory=list, description="Unmet: the off variant.")
    targets: list[Target] = Field(default_factory=list, description="Listed units, before any rule.")
    rules: list[Rule] = Field(default_factory=list, description="In order; the first whose condition is true serves.")
    staleness: Staleness | None = Field(default=None, description="How an SDK treats an old snapshot of this flag.")


class ConfigurationInitial(_Configuration):
    """How a new flag is to be served in one environment."""

    off_variant: str | None = None
    default: Serve | None = None


class _Definition(documents.Texts, documents.Answered):
    variants: Variants = Field(description="Name → value; all values have the flag's type.", min_length=1)
    expires: documents.Expires | None = None
    salt: documents.Salt | None = None


class FlagCreate(_Definition):
    """A new flag. It is off in every environment that `environments` does not name."""

    key: Key
    type: FlagType
    variants: Variants = Field(
        default_factory=dict,
        description="Name → value; all values have the flag's type. Left out: `on` and `off` of a boolean flag.",
        min_length=1,
    )
    environments: dict[Key, ConfigurationInitial] = Field(default_factory=dict)


class FlagReplace(_Definition):
    """A flag's definition. Key, type and salt are fixed: left out, or sent back as they were."""

    key: Key | None = None
    type: FlagType | None = None
    environments: Any = read_only("Summary per environment.")


class ConfigurationReplace(_Configuration, documents.Answered):
    """How the flag is served in this environment. What belongs to the definition may be sent back as it was."""

    off_variant: str = Field(description="Variant of everybody while the flag is off.")
    default: Serve
    key: Any = read_only("Key of the flag.")
    type: Any = read_only("Type of the flag.")
    variants: Any = read_only("Variants of the flag.")
    name: Any = read_only("Text of the definition.")
    description: Any = read_only("Text of the definition.")
    owner: Any = read_only("Text of the definition.")
    tags: Any = read_only("Text of the definition.")
    expires: Any = read_only("Text of the definition.")
    salt: Any = read_only("The flag's own salt, the default of its splits.")


class FlagSummary(Open):
    """How a flag is served in one environment, in short."""

    enabled: bool
    version: int
    default: Serve
    rules: int = Field(description="How many there are.")


class Flag(documents.Answer):
    """A flag's definition."""

    type: FlagType
    variants: Variants
    salt: str
    environments: dict[str, FlagSummary] = Field(description="By environment.")


class Configuration(documents.Answer):
    """A flag in one environment."""

    type: FlagType
    variants: Variants
    enabled: bool
    off_variant: str
    prerequisites: list[Prerequisite]
    targets: list[Target]
    rules: list[Rule]
    default: Serve
    staleness: Staleness | None = None


class FlagPage(Open):
    """A page of flag definitions."""

    items: list[Flag]
    next_cursor: str | None


class ConfigurationPage(Open):
    """A page of the flags of one environment."""

    items: list[Configuration]
    next_cursor: str | None


class FlagWritten(WriteAnswer):
    """The answer of a write to a flag's definition."""

    document: Flag


class ConfigurationWritten(WriteAnswer):
    """The answer of a write to a flag in one environment."""

    document: Configuration
