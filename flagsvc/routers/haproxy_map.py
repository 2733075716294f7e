"""HAProxy told the very table of a split, in maps that its configuration looks units up in (edge module bucket.lua)."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Protocol, TypeVar

from flagsdk.core.allocation import WHOLE
from flagsvc.domain.routing.capabilities import Capabilities
from flagsvc.domain.routing.errors import RouterError
from flagsvc.domain.routing.observed import Observed
from flagsvc.domain.routing.target import Target
from flagsvc.outbound.files import read_text, write_at_once
from flagsvc.routers.common.backends import demand_known, demand_listed, demand_native
from flagsvc.routers.common.haproxy import Talk, demand_names, demand_nodes, each, refusal, requests_of, summed
from flagsvc.routers.common.several import of_each
from flagsvc.routers.common.understanding import understood
from flagsvc.routers.haproxy_table import Entries, Held, Maps, changes, held, wanted
from flagsvc.routers.registry import Tools

PROPAGATION_SECONDS = 0.05
PAYLOAD_BYTES = 12_000
MAX_ENTRIES = 10_000
"""Listed units, or ranges: more of them cannot be told and read back within the time of one call."""
NAMES = ("now", "ranges", "units")

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """`nodes`: the runtime API of each HAProxy, a socket's full path or HOST:PORT, all with the same configuration.

    `maps`: the maps as HAProxy's configuration names them, without the endings .now.map, .ranges.map, .units.map.
    `folder`: where their files are as this service sees it; null when it does not, and then a restart of HAProxy
    forgets. `backends`: the backend in HAProxy's configuration for each backend of the split.
    """

    __pydantic_config__: ClassVar[Mapping[str, str]] = {"extra": "forbid"}

    nodes: tuple[str, ...]
    maps: str
    folder: Path | None
    backends: Mapping[str, str]

    def __post_init__(self) -> None:
        demand_nodes(self.nodes)
        demand_names("maps", self.maps.split("/")[self.maps.startswith("/") :])
        demand_names("backends", [*self.backends.values()])
        if not self.backends:
            raise ValueError("backends: at least one")


class Place(Protocol):
    """Where the maps are: a node's memory, or the folder that it starts from."""

    def read(self) -> Maps:
        """Read all three."""

    def replace(self, name: str, entries: Entries) -> None:
        """Replace one of them at once."""


class HaproxyMap:
    """Files and nodes are told, whatever becomes of the others; applied when all read back as told."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._folder = Folder(options.folder, options.maps.rpartition("/")[2]) if options.folder else None
        self.capabilities = Capabilities(
            granularity=WHOLE,
            sticky="cohort",
            backends=frozenset(options.backends),
            persistent=options.folder is not None,
            expected_propagation_seconds=PROPAGATION_SECONDS,
            counts=True,
        )

    def plan(self, target: Target) -> Sequence[str]:
        """Give the entries that would be replaced at each place."""
        self._demand(target)
        found = self._everywhere(lambda place: changes(before := place.read(), wanted(target, before)))
        return tuple(f"{place}: {line}" for place, steps in found.items() for line in _lines(self._options.maps, steps))

    def apply(self, target: Target) -> None:
        """Bring every place to the target, and read it back."""
        self._demand(target)
        self._everywhere(lambda place: _bring(place, target))

    def observe(self) -> Observed | None:
        """Read every place; no table at all, and the reason, where they are not of one mind."""
        found = self._everywhere(lambda place: held(place.read()))
        tables = {place: table.table if table else None for place, table in found.items()}
        first = next(iter(found.values()))
        if len(set(tables.values())) > 1:
            shown = (f"{place} has {table or 'none'}" for place, table in tables.items())
            return Observed(weights={}, detail=f"not one table: {'; '.join(shown)}")
        return _observed(first) if first else None

    def counts(self) -> Mapping[str, int]:
        """Count the requests that each backend has got since HAProxy's start, over all nodes."""
        return summed(each(self._options.nodes, self._requests).values())

    def _requests(self, talk: Talk) -> dict[str, int]:
        return {cohort: requests_of(talk, proxy)["BACKEND"] for cohort, proxy in self._options.backends.items()}

    def _demand(self, target: Target) -> None:
        demand_known(target, self._options.backends)
        demand_listed(target, self._options.backends)
        demand_native(target)
        if max(len(target.forced), len(target.allocation)) > MAX_ENTRIES:
            raise RouterError(
                f"HAProxy can be told {MAX_ENTRIES:,} listed units and as many ranges; this split has "
                f"{len(target.forced):,} and {len(target.allocation):,}: list fewer units, or let HAProxy ask",
                permanent=True,
            )

    def _everywhere(self, work: Callable[[Place], T]) -> dict[str, T]:
        places: dict[str, Place] = {str(self._options.folder): self._folder} if self._folder else {}
        places |= {node: Memory(Talk(node), self._options.maps) for node in self._options.nodes}
        return of_each(places, work)


class Folder:
    """The files that HAProxy reads when it starts."""

    def __init__(self, folder: Path, name: str) -> None:
        self._files = {part: folder / f"{name}.{part}.map" for part in NAMES}

    def read(self) -> Maps:
        """Read the files; one that is missing is empty."""
        return Maps(*(_entries((read_text(self._files[part]) or "").splitlines()) for part in NAMES))

    def replace(self, name: str, entries: Entries) -> None:
        """Replace a file."""
        write_at_once(self._files[name], "".join(f"{key} {value}\n" for key, value in entries))


class Memory:
    """The maps in a node's memory."""

    def __init__(self, talk: Talk, maps: str) -> None:
        self._talk = talk
        self._files = {part: f"{maps}.{part}.map" for part in NAMES}

    @understood("HAProxy")
    def read(self) -> Maps:
        """Ask for all entries; each line of the answer has an address before the key (management, `show map`)."""
        return Maps(*(self._shown(self._files[part]) for part in NAMES))

    def replace(self, name: str, entries: Entries) -> None:
        """Prepare a version of the map aside, fill it, and put it in force."""
        file = self._files[name]
        said = self._talk.ask(f"prepare map {file}").strip()
        version = said.rpartition(" ")[2]
        if not version.isdecimal():
            raise refusal(said)
        for lines in _payloads(entries):
            self._talk.tell(f"add map @{version} {file} <<\n{lines}")
        self._talk.tell(f"commit map @{version} {file}")

    def _shown(self, file: str) -> Entries:
        answer = self._talk.ask(f"show map {file}")
        lines = answer.strip().splitlines()
        if lines and not lines[0].startswith("0x"):
            raise refusal(answer.strip())
        return _entries(line.partition(" ")[2] for line in lines)


def _bring(place: Place, target: Target) -> None:
    before = place.read()
    after = wanted(target, before)
    steps = tuple(changes(before, after))
    for name, entries in steps:
        place.replace(name, entries)
    if steps and (table := held(place.read())) != held(after):
        raise RouterError(f"it was told table {target.table}, said nothing against it, and has {table and table.table}")


def _observed(table: Held) -> Observed:
    return Observed(weights=table.weights, table=table.table, revision=table.revision)


def _entries(lines: Iterator[str] | Sequence[str]) -> Entries:
    pairs = (line.partition(" ") for line in lines if line.strip())
    return tuple((key, value.strip()) for key, _, value in pairs)


def _payloads(entries: Entries) -> Iterator[str]:
    """Give lines for `add map`, as many at once as fit into HAProxy's buffer."""
    lines, size = list[str](), 0
    for key, value in entries:
        line = f"{key} {value}\n"
        if lines and size + len(line) > PAYLOAD_BYTES:
            yield "".join(lines)
            lines, size = [], 0
        lines.append(line)
        size += len(line)
    if lines:
        yield "".join(lines)


def _lines(maps: str, steps: Iterator[tuple[str, Entries]]) -> Iterator[str]:
    for name, entries in steps:
        yield f"replace map {maps}.{name}.map"
        yield from (f"{maps}.{name}.map: {key} {value}" for key, value in entries)


def make(name: str, options: Options, tools: Tools) -> HaproxyMap:
    """Make one."""
    return HaproxyMap(options)
