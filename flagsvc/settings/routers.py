"""The routers file: which load balancers, meshes and cloud resources this service may tell anything, and how."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flagsvc.routers import CountsOptions, options_of
from flagsvc.settings.named_file import Form, load_named

FORM = Form(
    variable="FLAGSVC_ROUTERS",
    member="routers",
    thing="a router",
    example="edge-1",
    options_of=options_of,
    parts={"counts": CountsOptions},
)


@dataclass(frozen=True, slots=True)
class RouterSpec:
    """One entry: name, kind, checked options (the dataclass of the kind), and where its requests are counted."""

    name: str
    kind: str
    options: Any
    counts: CountsOptions | None = None


def load_routers(path: Path | None) -> tuple[RouterSpec, ...]:
    """Read the file, {"routers": {NAME: {"kind": KIND, OPTION: value, …}}}; raises SettingsError with every fault.

    Without a path there are no routers.
    """
    entries = load_named(path, FORM)
    return tuple(RouterSpec(one.name, one.kind, one.options, one.parts.get("counts")) for one in entries)
