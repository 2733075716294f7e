"""What one run of locust is to do, as a file: written by the program, read by the users in the other process."""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

VARIABLE = "LOADTESTS_PLAN"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A time in which certain users are at work: `users` maps the name of their class to how many there are."""

    profile: str
    seconds: float
    users: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Stages in their order, and everything that users need to know.

    `bare` is the address of the bare Starlette route, "" where there is none. `results` is where the records go.
    `pids` are the processes whose time is taken, by name ("service", "bare"); none for a service that is elsewhere.
    """

    stages: tuple[Stage, ...]
    url: str
    bare: str
    environment: str
    flags: tuple[str, ...]
    split: str
    admin_token: str
    sdk_token: str
    results: str
    pids: Mapping[str, int]

    def write(self, path: Path) -> None:
        """Write it for its owner alone: it holds tokens."""
        path.touch(mode=0o600)
        path.write_text(json.dumps(asdict(self)))


def read(path: Path) -> Plan:
    """Read it back."""
    content = json.loads(path.read_text())
    stages = tuple(Stage(**each) for each in content.pop("stages"))
    return Plan(stages=stages, flags=tuple(content.pop("flags")), **content)


def present() -> Plan:
    """Read the plan of this very run; raises KeyError where locust was not started by the program."""
    return read(Path(os.environ[VARIABLE]))
