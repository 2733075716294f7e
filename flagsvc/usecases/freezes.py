"""Whether rollouts of an environment stand still now."""

from flagsvc.domain.members import FREEZE
from flagsvc.domain.rollouts.freezes import Freeze, freeze_of, frozen_sentence
from flagsvc.ports import View
from flagsvc.usecases.reading import members_of
from flagsvc.usecases.zones import zone_of


def freezes_of(view: View, environment: str) -> list[Freeze]:
    """Read the freezes of an environment that are not archived, by key."""
    documents = (document for document in view.documents(environment, FREEZE) if not document.archived)
    return [freeze_of(environment, members_of(document), zone_of) for document in documents]


def freeze_now(view: View, environment: str, now: float) -> str:
    """Say what freezes an environment at `now` (Unix seconds by the database's clock) and until when; "" for nothing.

    While it says something no rollout starts and none advances, unless a person overrides it; going back is free.
    `holding.held_now` says the same of one rollout, with everything else that may hold it.
    """
    return frozen_sentence(freezes_of(view, environment), now)
