"""HAProxy told the weights of a backend's servers by its runtime API; memory of HAProxy's, gone after a restart."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import ClassVar, Literal

from flagsvc.domain.routing.capabilities import Capabilities
from flagsvc.domain.routing.errors import RouterError
from flagsvc.domain.routing.observed import Observed
from flagsvc.domain.routing.target import Target
from flagsvc.routers.common.backends import told_weights
from flagsvc.routers.common.haproxy import Talk, demand_names, demand_nodes, each, refusal, requests_of, summed
from flagsvc.routers.common.understanding import understood
from flagsvc.routers.haproxy_shares import Shares, changes
from flagsvc.routers.registry import Tools

Row = Mapping[str, str]

PROPAGATION_SECONDS = 0.01
DRAINING = frozenset({"none", "hash"})
"""Ways to balance that give nobody to a server of weight 0, whoever was there before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """`nodes`: the runtime API of each HAProxy, a socket's full path or HOST:PORT, all with the same configuration.

    `backend`: the backend in HAProxy's configuration. `servers`: its servers of each backend of the split. `sticky`:
    how it balances there: "none" (roundrobin, random …), "hash" (hash, source, uri …), "table" (stick on …) or "cookie"
    (cookie … insert). `clear_table`: a stick-table that is emptied after each change, so that nobody stays behind.
    """

    __pydantic_config__: ClassVar[Mapping[str, str]] = {"extra": "forbid"}

    nodes: tuple[str, ...]
    backend: str
    servers: Mapping[str, tuple[str, ...]]
    sticky: Literal["none", "hash", "table", "cookie"] = "none"
    clear_table: str | None = None

    def __post_init__(self) -> None:
        demand_nodes(self.nodes)
        demand_names("backend", (self.backend,))
        demand_names("clear_table", (self.clear_table,) if self.clear_table is not None else ())
        listed = list(chain(*self.servers.values()))
        demand_names("servers", listed)
        if not self.servers or not all(self.servers.values()) or len(set(listed)) != len(listed):
            raise ValueError("servers: every backend of the split needs servers of its own")
        if not Shares(self.servers).granularity:
            raise ValueError("servers: no weights up to 256 share evenly between so many")


class HaproxyWeights:
    """Applied when every node has read back as told; each node is told in one line, all or nothing."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._shares = Shares(options.servers)
        self.capabilities = Capabilities(
            granularity=self._shares.granularity,
            sticky="none" if options.sticky == "none" else "own",
            backends=frozenset(options.servers),
            persistent=False,
            expected_propagation_seconds=PROPAGATION_SECONDS,
            drains_pinned=options.sticky in {"none", "hash"}
            or (options.sticky == "table" and bool(options.clear_table)),
            counts=True,
        )

    def plan(self, target: Target) -> Sequence[str]:
        """Give the commands for each node."""
        wanted = self._wanted(target)
        found = each(self._options.nodes, self._read)
        return tuple(
            f"{node}: {command}" for node, before in found.items() for command in self._commands(before, wanted)
        )

    def apply(self, target: Target) -> None:
        """Tell every node what differs there, and read it back."""
        wanted = self._wanted(target)
        each(self._options.nodes, lambda talk: self._bring(talk, wanted))

    def observe(self) -> Observed | None:
        """Read the weights of every node; no weights at all, and the reason, where they are not one answer."""
        rows = each(self._options.nodes, self._rows)
        found = {node: _column(servers, "srv_uweight") for node, servers in rows.items()}
        first = next(iter(found.values()))
        steps = self._shares.steps(first)
        if any(weights != first for weights in found.values()) or steps is None:
            shown = (f"{node} has {_shown(weights)}" for node, weights in found.items())
            return Observed(weights={}, detail=f"not the weights of any split: {'; '.join(shown)}")
        fresh = all(_column(servers, "srv_iweight") == first for servers in rows.values())
        return Observed(weights=steps, fresh=fresh)

    def counts(self) -> Mapping[str, int]:
        """Count the requests that each cohort's servers have got since HAProxy's start, over all nodes."""
        found = summed(each(self._options.nodes, lambda talk: requests_of(talk, self._options.backend)).values())
        return {cohort: sum(found[server] for server in servers) for cohort, servers in self._options.servers.items()}

    def _wanted(self, target: Target) -> dict[str, int]:
        return self._shares.told(told_weights(target, self._shares.granularity, self._options.servers))

    def _bring(self, talk: Talk, wanted: Mapping[str, int]) -> None:
        commands = tuple(self._commands(self._read(talk), wanted))
        if not commands:
            return
        talk.tell("; ".join(commands))
        if (after := self._read(talk)) != wanted:
            raise RouterError(f"it was told {_shown(wanted)}, said nothing against it, and has {_shown(after)}")

    def _commands(self, before: Mapping[str, int], wanted: Mapping[str, int]) -> Iterator[str]:
        moving = tuple(changes(self._options.backend, before, wanted))
        yield from moving
        if moving and self._options.clear_table:
            yield f"clear table {self._options.clear_table}"

    def _read(self, talk: Talk) -> dict[str, int]:
        return _column(self._rows(talk), "srv_uweight")

    @understood("HAProxy")
    def _rows(self, talk: Talk) -> dict[str, Row]:
        """Read the configured servers' states by name; management/3.7, `show servers state`."""
        answer = talk.ask(f"show servers state {self._options.backend}")
        lines = answer.strip().splitlines()
        if lines[:1] != ["1"]:
            raise refusal(answer.strip())
        names = lines[1].removeprefix("# ").split()
        rows = [dict(zip(names, line.split(), strict=False)) for line in lines[2:]]
        states = {row["srv_name"]: row for row in rows}
        if missing := sorted(set(chain(*self._options.servers.values())) - set(states)):
            raise RouterError(
                f"{self._options.backend} has no server {', '.join(missing)}; it has {', '.join(sorted(states))}",
                permanent=True,
            )
        return {server: states[server] for server in chain(*self._options.servers.values())}


@understood("HAProxy")
def _column(servers: Mapping[str, Row], name: str) -> dict[str, int]:
    return {server: int(row[name]) for server, row in servers.items()}


def _shown(weights: Mapping[str, int]) -> str:
    return ", ".join(f"{server} {weight}" for server, weight in sorted(weights.items()))


def make(name: str, options: Options, tools: Tools) -> HaproxyWeights:
    """Make one."""
    return HaproxyWeights(options)
