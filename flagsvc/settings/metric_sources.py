"""The file of metric sources: where the metrics of rollouts may be read, and as whom."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flagsvc.metric_sources import RESERVED, options_of
from flagsvc.settings.named_file import Form, load_named

FORM = Form(
    variable="FLAGSVC_METRIC_SOURCES",
    member="sources",
    thing="a metric source",
    example="prometheus-1",
    options_of=options_of,
    reserved=RESERVED,
)


@dataclass(frozen=True, slots=True)
class SourceSpec:
    """One entry: name, kind, checked options (the dataclass of the kind)."""

    name: str
    kind: str
    options: Any


def load_metric_sources(path: Path | None) -> tuple[SourceSpec, ...]:
    """Read the file, {"sources": {NAME: {"kind": KIND, OPTION: value, …}}}; raises SettingsError with every fault.

    Without a path there are none but the service's own counts.
    """
    return tuple(SourceSpec(one.name, one.kind, one.options) for one in load_named(path, FORM))
