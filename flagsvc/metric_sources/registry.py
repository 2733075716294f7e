"""Which kinds of metric sources there are, and how one is made from its options."""

from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from importlib import import_module
from types import ModuleType
from typing import Any, NamedTuple, Protocol

from flagsvc.ports import Baseline, MetricSource


class Source(MetricSource, Baseline, Protocol):
    """What every kind is: it reads windows, looks back, and can be tried."""

    def probe(self) -> str:
        """Ask something harmless, as whom the metrics are read, and say in a clause what answered; raises CallError."""


class Kind(NamedTuple):
    """Module of flagsvc.metric_sources, and the extra of the distribution that brings what it imports ("": none)."""

    module: str
    extra: str = ""


KINDS: dict[str, Kind] = {
    "cloudwatch": Kind("cloudwatch", extra="aws"),
    "datadog": Kind("datadog"),
    "http": Kind("http_json"),
    "prometheus": Kind("prometheus"),
}
"""Every kind by the name that the file of metric sources uses."""

OWN = "own"
RESERVED: Mapping[str, str] = {OWN: f"{OWN!r} is the service's own counts, always there: take another name"}
"""Names that no entry of the file may have."""


def options_of(kind: str) -> Any:
    """Give the dataclass of a kind's options; raises ValueError, fit for the start-up error, for one that is not there.

    Its fields are the options, its docstring describes them; `__pydantic_config__` closes it.
    """
    return _module(kind).Options


def build(name: str, kind: str, options: Any) -> Source:
    """Make the source `name` from checked options; connects to nothing yet."""
    make: Callable[[str, Any], Source] = _module(kind).make
    return make(name, options)


def _module(kind: str) -> ModuleType:
    known = KINDS.get(kind)
    if known is None:
        kinds = ", ".join(sorted(KINDS))
        raise ValueError(f"there is no kind of metric source {kind!r}{_meant(kind, KINDS)}; known: {kinds}")
    try:
        return import_module(f"flagsvc.metric_sources.{known.module}")
    except ModuleNotFoundError as error:
        if not known.extra or str(error.name).startswith("flagsvc"):
            raise
        raise ValueError(
            f"a metric source of kind {kind!r} needs the package {error.name!r}: pip install 'flagsvc[{known.extra}]'"
        ) from error


def _meant(word: str, known: Iterable[str]) -> str:
    close = get_close_matches(word, list(known), n=1)
    return f" (do you mean {close[0]!r}?)" if close else ""
