"""The table of all flags and all environments."""

from typing import Annotated, Literal

from pydantic import Field

from flagsvc.http.fields import Key
from flagsvc.http.schemas.base import Open, Weights
from flagsvc.http.schemas.flags import FlagType

State = Annotated[
    Literal["off", "rollout", "rules", "split", "on"],
    Field(
        description="The first that holds: `off`: not enabled, everybody gets the off variant (or archived: nobody "
        "gets anything). `rollout`: a rollout that has begun moves it. `rules`: there are rules or listed units, so it "
        "depends on who asks. `split`: the default serves more than one variant. `on`: one variant for everybody."
    ),
]
Uses = Annotated[
    list[Annotated[int, Field(ge=0)]],
    Field(description="Uses by hour, the oldest first, the hour under way last.", min_length=24, max_length=24),
]


class MatrixEnvironment(Open):
    """An open environment: a column."""

    key: Key
    name: str | None
    protected: bool
    require_reason: bool
    revision: int


class MatrixRollout(Open):
    """A rollout that has not ended and moves this flag."""

    key: Key
    phase: str
    step: int | None = Field(description="Counted from 1; null before the first.")
    steps: int | None = Field(description="Null for a rollout that only a newer version can read.")
    weight: int | None = Field(description="Of the candidate, in 1/100 000; null while the rollout moves nothing.")
    next_weight: int | None = Field(
        description="The next one that differs; null where none comes: in the last step, on the way back."
    )


class MatrixCell(Open):
    """A flag in one environment."""

    enabled: bool
    state: State
    serves: str | None = Field(
        description="The variant that the default serves (the off variant while it is off); null for a split."
    )
    weights: Weights | None = Field(description="Of the default, where it serves more than one variant.")
    rules: int = Field(description="How many rules there are.")
    targets: int = Field(description="How many entries of listed units there are.")
    version: int = Field(description="Of the configuration here, its ETag.")
    changed_at: str
    changed_by: str
    rollout: MatrixRollout | None
    last_evaluated_at: str | None = Field(description="Null: never, as far as clients have reported.")
    uses: Uses | None = Field(description="Null: none in the last 24 hours, as far as clients have reported.")


class MatrixFlag(Open):
    """A flag: a row. `version`, `changedAt` and `changedBy` are those of its definition."""

    key: Key
    name: str | None
    description: str | None
    type: FlagType
    tags: list[str]
    owner: str | None
    expires: str | None
    variants: list[str]
    archived: bool
    created_at: str
    changed_at: str
    changed_by: str
    version: int
    environments: dict[str, MatrixCell]


class Matrix(Open):
    """All flags in all open environments."""

    environments: list[MatrixEnvironment]
    items: list[MatrixFlag]
