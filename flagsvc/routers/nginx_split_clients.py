"""Unmodified nginx: an include with split_clients, a reload, and every node's own word for what it has loaded."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from flagsdk.core.allocation import Table, initial, share
from flagsvc.domain.routing.capabilities import Capabilities
from flagsvc.domain.routing.errors import RouterError
from flagsvc.domain.routing.observed import Observed
from flagsvc.domain.routing.target import UNIT, Target
from flagsvc.routers.common.backends import demand_listed, told_weights
from flagsvc.routers.common.facts import Facts
from flagsvc.routers.common.file_options import PROPAGATION_SECONDS, FileOptions
from flagsvc.routers.nginx_split_plan import STEPS, facts_in, text_of
from flagsvc.routers.registry import Tools

HASH: Final = "nginx-murmur2"


@dataclass(frozen=True, slots=True, kw_only=True)
class Options(FileOptions):
    """`cohorts` "nginx-murmur2": only splits with this hash, whose cohorts are the SDK's; "own": any, by its weights.

    `variables` is what the names of the include's variables begin with.
    """

    cohorts: Literal["nginx-murmur2", "own"] = HASH
    variables: str = "flagsvc"

    def __post_init__(self) -> None:
        FileOptions.__post_init__(self)
        if not re.fullmatch(r"[a-z][a-z0-9_]{0,40}", self.variables):
            raise ValueError(f"variables begin with a name like checkout, not {self.variables!r}")


class SplitClients:
    """Tells one split by one include."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._file = options.loaded(facts_in)
        self.capabilities = Capabilities(
            granularity=STEPS,
            sticky="own" if options.cohorts == "own" else "cohort",
            hashes=frozenset({HASH}),
            backends=frozenset(options.backends),
            expected_propagation_seconds=PROPAGATION_SECONDS,
            mirror=options.mirror,
        )

    def plan(self, target: Target) -> Sequence[str]:
        """Give the include as it would be written, and how nginx is made to load it."""
        return self._file.plan(*self._wanted(target))

    def apply(self, target: Target) -> None:
        """Write the include and have it loaded."""
        self._file.tell(*self._wanted(target))

    def observe(self) -> Observed | None:
        """Ask every node what it has loaded, and the file whether it still says so."""
        return self._file.observe()

    def _wanted(self, target: Target) -> tuple[str, Facts]:
        none = dict.fromkeys(told_weights(target, STEPS, self._options.backends), 0)
        demand_listed(target, self._options.backends)
        table = _own_table(target) if self._options.cohorts == "own" else _shared_table(target)
        facts = Facts(
            table=target.table,
            weights=none | share(table),
            mirror=target.mirror if self._options.mirror else None,
            revision=target.revision,
        )
        return text_of(target, table, facts, self._options.variables), facts


def _own_table(target: Target) -> Table:
    return initial(target.weights, STEPS, target.stable)


def _shared_table(target: Target) -> Table:
    if len(target.allocation) == 1:  # everybody: no hash is asked for
        return ((target.allocation[0][0], 0, STEPS),)
    if (target.hash, target.by) != (HASH, UNIT):
        raise RouterError(
            f"unmodified nginx computes {HASH} of the unit, and this split uses {target.hash} of {target.by!r}: create "
            f'the split with "hash": "{HASH}", or use a router of the kind nginx-njs, or set cohorts: own for a '
            "population of nginx's own",
            permanent=True,
        )
    return target.allocation


def make(name: str, options: Options, tools: Tools) -> SplitClients:
    """Make one."""
    return SplitClients(options)
