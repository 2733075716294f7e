"""The options of routers that tell nginx by a file."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from flagsvc.outbound.addresses import demand_addresses
from flagsvc.routers.common.facts import Facts, Nodes
from flagsvc.routers.common.loaded_file import LoadedFile
from flagsvc.routers.common.reload import Reload

PROPAGATION_SECONDS = 0.2
"""A reload takes 15 to 30 ms on an idle host, and some times that on a busy one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileOptions:
    """`file` is what nginx loads; `nodes` are the status addresses of every nginx that does.

    `backends` are the split's, and nginx's upstreams. `mirror`: whether the configuration has the mirror's locations.
    Reloading is by `pid_file`, by the command `reload`, or, with neither, somebody else's. `check` is a command that
    says whether the configuration would load. Commands are lists of words and take 5 seconds at most.
    """

    __pydantic_config__: ClassVar[Mapping[str, str]] = {"extra": "forbid"}

    file: Path
    backends: tuple[str, ...]
    nodes: tuple[str, ...]
    mirror: bool = False
    pid_file: Path | None = None
    reload: tuple[str, ...] = ()
    check: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.backends or not self.nodes:
            raise ValueError("backends and nodes need an entry at least: nothing is believed that is not read back")
        if self.pid_file and self.reload:
            raise ValueError("reload by pid_file or by the command reload, not by both")
        demand_addresses("nodes", self.nodes)

    def loaded(self, facts_in: Callable[[str], Facts | None]) -> LoadedFile:
        """Make the file; `facts_in` reads what its text says about itself."""
        reload = Reload(program="nginx", pid_file=self.pid_file, command=self.reload, check=self.check)
        return LoadedFile(self.file, facts_in, Nodes(self.nodes), reload)
