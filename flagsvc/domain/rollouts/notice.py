"""What people are told about a rollout, and why telling them failed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Urgency = Literal["info", "attention", "page"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One thing that happened. `number` counts the events of a rollout: (environment, rollout, number) names it.

    `kind` is a word of `rollouts.events`; `facts` are short texts by label (step, cause, version, blast radius …).
    `at` is a text of `domain.instants`.
    """

    environment: str
    rollout: str
    number: int
    kind: str
    urgency: Urgency
    summary: str
    at: str
    facts: Mapping[str, str] = field(default_factory=dict)


class NoticeError(Exception):
    """A notice could not be delivered; `permanent` when sending it again cannot help. Names no secret."""

    def __init__(self, detail: str, *, permanent: bool = False) -> None:
        self.permanent = permanent
        super().__init__(detail)
