"""Metric sources by name, from their specs; and what a file of them says, in words, when it is checked."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from flagsvc.app.routers_check import READERS, Line
from flagsvc.domain.calls import CallError
from flagsvc.metric_sources import Source, build
from flagsvc.settings import SourceSpec


def build_sources(specs: Sequence[SourceSpec]) -> Mapping[str, Source]:
    """Make every source of the file, by name; connects to nothing yet. The service's own counts are not among them."""
    return {spec.name: build(spec.name, spec.kind, spec.options) for spec in specs}


def checked_sources(specs: Sequence[SourceSpec], *, connect: bool) -> Iterator[Line]:
    """Describe each source, with `connect` also what answers there now."""
    sources = build_sources(specs)
    with ThreadPoolExecutor(READERS) as pool:
        answers = pool.map(_answer, sources.values() if connect else ())
        for spec in specs:
            settled = sources[spec.name].settled_seconds()
            yield Line(f"{spec.name}  {spec.kind}: a window can be read {settled:g} s after its end")
            if connect:
                yield next(answers)


def _answer(source: Source) -> Line:
    try:
        return Line(f"  {source.probe()}")
    except CallError as error:
        return Line(f"  cannot be read: {error}", failed=True)
    except Exception as error:  # noqa: BLE001  # a named boundary: one source's fault hides no other
        return Line(f"  cannot be read: {type(error).__name__}: a fault of the program", failed=True)
