"""What a process does for rollouts: the loop that drives them, and whom it asks."""

import secrets
from collections.abc import Callable, Mapping

from flagsvc.app.founding import intent
from flagsvc.domain.rollouts.records import LEASE
from flagsvc.domain.rollouts.state import RolloutState
from flagsvc.outbound.gates import Gates
from flagsvc.outbound.guarded import Guarded
from flagsvc.outbound.reach import Reach
from flagsvc.ports import MetricSource, Store
from flagsvc.runner.asking import Asker
from flagsvc.runner.lease import Lease
from flagsvc.runner.rollout_scene import Surroundings
from flagsvc.runner.rollouts import LEASE_SECONDS, Rollouts
from flagsvc.settings import Settings, secrets_of
from flagsvc.usecases.holding import Holding


class Rolling:
    """The rollouts of one process. `wake` is called with an environment that was changed here by the service itself."""

    def __init__(
        self,
        store: Store,
        settings: Settings,
        sources: Mapping[str, MetricSource],
        *,
        wake: Callable[[str], None],
        ended: Callable[[RolloutState], None],
    ) -> None:
        client = Guarded(Reach(settings.outbound_networks), ca_file=settings.outbound_ca)
        lease = Lease(store, secrets.token_hex(8), LEASE_SECONDS, name=LEASE)
        asker = Asker(sources, Gates(client, secrets_of(settings.hook_secret)), lease.now)
        holding = Holding(settings.rollbacks_per_hour)
        around = Surroundings(intent=intent, wake=wake, held=holding.held, budget=holding.budget, ended=ended)
        self.rollouts = Rollouts(store, asker, lease, around)

    def start(self) -> None:
        """Begin to drive."""
        self.rollouts.start()

    def stop(self) -> None:
        """Stop at a safe point, and give the lease back; whatever is under way goes on with another replica."""
        self.rollouts.stop()
