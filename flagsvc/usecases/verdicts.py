"""The verdict on a rollout as it stands now, for whoever asks."""

from flagsvc.domain.errors import NotFound
from flagsvc.domain.members import ROLLOUT
from flagsvc.domain.records import Ref
from flagsvc.domain.rollouts.dialects import Spoken, standing_verdict
from flagsvc.domain.rollouts.reading import plan_of
from flagsvc.domain.rollouts.text import state_of_text
from flagsvc.ports import Store
from flagsvc.usecases.reading import demand_open, members_of, required, required_head


def verdict_now(store: Store, environment: str, key: str) -> Spoken:
    """Judge a rollout as of the database's clock, so that a service that has stopped looking is not believed.

    Raises NotFound.
    """
    ref = Ref(environment, ROLLOUT, key)
    with store.reading() as view:
        demand_open(view, environment)
        document, stored = required(view, ref), view.rollout(environment, key)
        if stored is None:
            raise NotFound(ROLLOUT, key, environment)
        head, now = required_head(view, environment), view.seconds()
    state = state_of_text(stored.text)
    verdict = standing_verdict(plan_of(members_of(document)["plan"]), state, now)
    return Spoken(verdict=verdict, phase=state.phase, revision=f"{head.epoch}.{head.revision}")
