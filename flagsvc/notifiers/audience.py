"""Which notices a notifier wants: options that every kind has."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from flagsvc.domain.rollouts.notice import Notice, Urgency


@dataclass(frozen=True, slots=True, kw_only=True)
class Audience:
    """Wants what happens in one of `environments`, as urgent as one of `urgencies`; an empty list is any."""

    __pydantic_config__: ClassVar[Mapping[str, str]] = {"extra": "forbid"}

    environments: list[str] = field(default_factory=list)
    urgencies: list[Urgency] = field(default_factory=list)

    def wants(self, notice: Notice) -> bool:
        """Tell whether a notice is to be sent."""
        here = not self.environments or notice.environment in self.environments
        return here and (not self.urgencies or notice.urgency in self.urgencies)
