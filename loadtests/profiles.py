"""The profiles: which users are at work, how many, and for how long. Everything is bounded here."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from loadtests.plan import Stage


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """A kind of load. `stages` are groups of users, one after the other; each is repeated `rounds` times in a full run.

    Users are given as (in a quick run, in a full one).
    """

    title: str
    stages: Sequence[Mapping[str, tuple[int, int]]]
    quick_seconds: float
    full_seconds: float
    rounds: int = 1

    def planned(self, name: str, *, full: bool) -> Iterator[Stage]:
        """Yield its stages."""
        seconds = self.full_seconds if full else self.quick_seconds
        for _ in range(self.rounds if full else 1):
            for users in self.stages:
                counts = {user: pair[full] for user, pair in users.items()}
                yield Stage(profile=name, seconds=seconds, users=counts)


PROFILES: Mapping[str, Profile] = {
    "evaluating": Profile(
        title="Applications without an SDK evaluate by OFREP",
        stages=[{"BareRoute": (2, 16)}, {"Single": (2, 16)}, {"Bulk": (2, 16)}],
        quick_seconds=2,
        full_seconds=8,
        rounds=3,
    ),
    "asking": Profile(
        title="A load balancer asks for every request",
        stages=[{"BareRoute": (2, 16)}, {"Balancer": (2, 16)}],
        quick_seconds=2,
        full_seconds=8,
        rounds=3,
    ),
    "streaming": Profile(
        title="SDKs follow the feed while somebody edits",
        stages=[{"Sdk": (4, 50), "PacedBare": (1, 1), "Releaser": (1, 1)}],
        quick_seconds=3,
        full_seconds=40,
    ),
    "editing": Profile(
        title="Admins edit the same flags, by the version that they have read",
        stages=[{"Editor": (3, 6), "PacedBare": (1, 1)}],
        quick_seconds=3,
        full_seconds=40,
    ),
    "mixed": Profile(
        title="A mixed day: all of it at once, at steady rates",
        stages=[
            {
                "MixedSingle": (2, 10), "MixedBulk": (1, 2), "MixedBalancer": (2, 10), "Sdk": (2, 20),
                "MixedEditor": (1, 2), "PacedBare": (1, 1),
            }
        ],
        quick_seconds=3,
        full_seconds=60,
    ),
}  # fmt: skip
OF_THE_BARE_ROUTE = frozenset({"BareRoute", "PacedBare"})
MOST_USERS = 64
MOST_SECONDS = 600.0


def planned(names: Sequence[str], *, full: bool, bare: bool = True) -> tuple[Stage, ...]:
    """Give the stages of several profiles; without those who ask the bare route where there is none.

    Raises ValueError beyond the bounds, which no profile may be edited past.
    """
    every = (stage for name in names for stage in PROFILES[name].planned(name, full=full))
    stages = tuple(stage for stage in (each if bare else _without_bare(each) for each in every) if stage.users)
    if max(sum(stage.users.values()) for stage in stages) > MOST_USERS:
        raise ValueError(f"more than {MOST_USERS} users at once")
    if sum(stage.seconds for stage in stages) > MOST_SECONDS:
        raise ValueError(f"longer than {MOST_SECONDS:.0f} s")
    return stages


def _without_bare(stage: Stage) -> Stage:
    users = {user: count for user, count in stage.users.items() if user not in OF_THE_BARE_ROUTE}
    return replace(stage, users=users)
