"""How the steps of cohorts become weights of HAProxy's servers, and back: pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import lcm

HEAVIEST = 256


@dataclass(frozen=True, slots=True)
class Shares:
    """Servers of each cohort, which share its weight evenly.

    With one each there are 256 steps. With several, proportions stay exact by a common factor, and fewer steps remain.
    """

    servers: Mapping[str, Sequence[str]]

    @property
    def granularity(self) -> int:
        """Steps that can be told: 256, or what the cohort with the fewest servers can have of them; 0 for none."""
        return HEAVIEST // max(self._each_step(cohort) for cohort in self.servers)

    def told(self, steps: Mapping[str, int]) -> dict[str, int]:
        """Give the weight of each server for the steps of each cohort."""
        return {
            server: steps[cohort] * self._each_step(cohort)
            for cohort, servers in self.servers.items()
            for server in servers
        }

    def steps(self, weights: Mapping[str, int]) -> dict[str, int] | None:
        """Give the steps of each cohort for the weight of each server; None when no steps were told as these."""
        steps = {cohort: weights[servers[0]] // self._each_step(cohort) for cohort, servers in self.servers.items()}
        return steps if self.told(steps) == weights else None

    def _each_step(self, cohort: str) -> int:
        return lcm(*map(len, self.servers.values())) // len(self.servers[cohort])


def changes(backend: str, before: Mapping[str, int], wanted: Mapping[str, int]) -> Iterator[str]:
    """Give the commands from weights to weights, those that grow first: at no time is the sum 0."""
    moving = [server for server in sorted(wanted) if wanted[server] != before[server]]
    for server in sorted(moving, key=lambda server: before[server] - wanted[server]):
        yield f"set server {backend}/{server} weight {wanted[server]}"
