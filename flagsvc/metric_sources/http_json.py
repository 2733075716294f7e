"""Anything that answers in JSON over HTTP: an address with variables, and JSON pointers to the numbers in it."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from string import Formatter
from typing import Any
from urllib.parse import quote, urlsplit

from flagsvc.domain.analysis.arms import arms_of
from flagsvc.domain.analysis.measurement import Arm, Measurement
from flagsvc.domain.analysis.spec import Metric
from flagsvc.domain.calls import CallError
from flagsvc.metric_sources.common.access import Access, Asking
from flagsvc.metric_sources.common.members import faults, may_be_absent, named
from flagsvc.metric_sources.common.numbers import number_of
from flagsvc.metric_sources.common.reading import NoData, Sides, baseline, each, measured
from flagsvc.metric_sources.pointers import Absent, at, demand_pointer, escaped

FAR = 1.5
MAX_PATH = 4000
TIMES = ("until", "from", "to")
OWN = ("path", "body", "zero", *TIMES)
GIVEN = ("start", "end", "start_ms", "end_ms", "start_iso", "end_iso", "metric", "bound", "far_bound")
SLACK_SECONDS = 1.0
ANSWERS = frozenset({*range(200, 300), 400, 404, 405, 422})
"""What an address may say that is only the beginning of those that are asked."""
MILLISECONDS_FROM = 1e11
"""A time of so much is in milliseconds: in seconds it would be in the year 5138."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options(Access):
    """What every source over HTTP has, and `settled_seconds`: how long after its end a window can be asked for."""

    settled_seconds: float = 15.0


class HttpJson:
    """Asks once for each arm, or once for both where the address has no variable of an arm."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._asking = Asking(options)

    def check(self, metric: Metric) -> Sequence[str]:
        """Find what is wrong with path, body, pointers and variables."""
        taken = [name for name in _variables_of(metric) if name in GIVEN]
        return (
            *faults(metric, lambda name, content, arm: _demand_member(metric, name, content, arm), own=OWN),
            *(() if "path" in metric.query else ("path: is needed: what is appended to the source's url",)),
            *(f"arms: {name} is a variable of this source: take another name" for name in taken),
        )

    def measure(self, metric: Metric, start: float, end: float) -> Measurement:
        """Ask for the window; an answer that says its own times has to be of this very window, and complete."""
        return measured(metric, start, end, lambda: self._read(each, metric, start, end))

    def settled_seconds(self) -> float:
        """As the options say."""
        return self._options.settled_seconds

    def history(self, metric: Metric, start: float, end: float) -> Measurement:
        """Ask for the baseline in the same way."""
        return measured(metric, start, end, lambda: self._read(baseline, metric, start, end))

    def bounds(self, metric: Metric, start: float, end: float) -> Mapping[float, float]:
        """Give nothing: this source counts beyond the bound that it is asked for, and knows no others."""
        return {}

    def probe(self) -> str:
        """Get the url itself: whatever answers but a refusal of our secret will do."""
        headers = self._asking.headers()
        reply = self._asking.client.send("GET", "", headers=headers, allowed=ANSWERS)
        return f"its url answers {reply.status}"

    def _read(
        self,
        of: Callable[[Metric, Callable[[Mapping[str, str]], Arm]], Sides],
        metric: Metric,
        start: float,
        end: float,
    ) -> Sides:
        answers: dict[tuple[str, bytes | None], Any] = {}

        def read(arm: Mapping[str, str]) -> Arm:
            values = {**arm, **_given(metric, start, end)}
            asked = _path(metric.query.get("path"), values), _body(metric.query.get("body"), values)
            if asked not in answers:
                answers[asked] = self._asked(*asked)
            return _arm(metric, answers[asked], values, (start, end))

        return of(metric, read)

    def _asked(self, path: str, body: bytes | None) -> Any:
        headers = self._asking.headers()
        method = "GET" if body is None else "POST"
        return self._asking.client.send(method, path, body, headers=headers, allowed=frozenset({200})).json()


def make(name: str, options: Options) -> HttpJson:
    """Make the source."""
    return HttpJson(options)


def _variables_of(metric: Metric) -> Mapping[str, str]:
    try:
        return arms_of(metric)["candidate"]
    except ValueError:
        return {}


def _given(metric: Metric, start: float, end: float) -> Mapping[str, str]:
    times = {"start": start, "end": end}
    return {
        "metric": metric.name,
        "bound": f"{metric.bound_seconds:g}",
        "far_bound": f"{FAR * metric.bound_seconds:g}",
        **{name: f"{time:.3f}".rstrip("0").rstrip(".") for name, time in times.items()},
        **{f"{name}_ms": f"{time * 1000:.0f}" for name, time in times.items()},
        **{f"{name}_iso": _iso(time) for name, time in times.items()},
    }


def _iso(time: float) -> str:
    return datetime.fromtimestamp(time, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _demand_member(metric: Metric, name: str, content: Any, arm: Mapping[str, str]) -> None:
    values = {**arm, **_given(metric, 0.0, 1.0)}
    if name == "path":
        _path(content, values)
    elif name == "body":
        _body(content, values)
    elif name == "zero":
        if not isinstance(content, list) or any(not may_be_absent(metric, str(one)) for one in content):
            raise ValueError("expected a list of members that are zero where they are absent: bad, far")
    else:
        demand_pointer(content)
        _filled(content, values)


def _path(template: Any, values: Mapping[str, str]) -> str:
    if not isinstance(template, str) or not template.startswith(("/", "?")) or len(template) > MAX_PATH:
        raise ValueError(f"expected a text that begins with / or ?, of {MAX_PATH} characters at most")
    if not template.isascii() or any(sign <= " " or sign in "\\#\x7f" for sign in template):
        raise ValueError("a path has no blanks, no # and no \\: write %20, %23, %5C")
    path = _filled(template, {name: quote(value, safe="") for name, value in values.items()})
    steps = urlsplit(path).path.lower().replace("%2e", ".").split("/")
    if {".", ".."} & set(steps) or path.startswith("//"):
        raise ValueError("a path stays below the source's url: no . or .. in it")
    return path


def _body(template: Any, values: Mapping[str, str]) -> bytes | None:
    if template is None:
        return None
    if not isinstance(template, dict):
        raise ValueError("expected an object: it is sent as JSON")  # noqa: TRY004  # a fault of the query
    return json.dumps(_filled_within(template, values), allow_nan=False).encode()


def _filled_within(content: Any, values: Mapping[str, str]) -> Any:
    if isinstance(content, str):
        return _filled(content, values)
    if isinstance(content, Mapping):
        return {name: _filled_within(value, values) for name, value in content.items()}
    if isinstance(content, list | tuple):
        return [_filled_within(value, values) for value in content]
    return content


def _filled(template: str, values: Mapping[str, str]) -> str:
    """Put values for {name}; {{ and }} stand for braces."""
    return "".join(_pieces(template, values))


def _pieces(template: str, values: Mapping[str, str]) -> Iterator[str]:
    for text, name, spec, conversion in Formatter().parse(template):
        yield text
        if name is None:
            continue
        if name not in values or spec or conversion:
            known = ", ".join(f"{{{known}}}" for known in sorted(values))
            raise ValueError(f"there is no variable {{{name}}} here; known: {known}")
        yield values[name]


def _arm(metric: Metric, answer: Any, values: Mapping[str, str], window: tuple[float, float]) -> Arm:
    query = metric.query
    pointers = escaped(values)
    times = {name: _time(answer, _filled(str(query[name]), pointers)) for name in TIMES if name in query}
    _demand_window(times, *window)
    absent = query.get("zero", ())
    return Arm(**{name: _number(answer, _filled(str(query[name]), pointers), name in absent) for name in named(metric)})


def _demand_window(times: Mapping[str, float], start: float, end: float) -> None:
    for name, wanted in (("from", start), ("to", end)):
        if abs(times.get(name, wanted) - wanted) > SLACK_SECONDS:
            raise CallError(f"the answer is of another window: {name} {times[name]:.0f}, not {wanted:.0f}")
    late = end - times.get("until", end)
    if late > 0:
        raise NoData(f"late: the answer is complete until {late:.0f} s before the window's end")


def _number(answer: Any, pointer: str, is_zero: bool) -> float:  # noqa: FBT001  # of the query
    try:
        return number_of(at(answer, pointer), pointer)
    except Absent:
        if is_zero:
            return 0.0
        raise NoData(f"there is nothing at {pointer}") from None


def _time(answer: Any, pointer: str) -> float:
    """Read Unix seconds or milliseconds, or a text of RFC 3339."""
    try:
        content = at(answer, pointer)
    except Absent:
        raise CallError(f"there is no time at {pointer}") from None
    if isinstance(content, str):
        try:
            read = datetime.fromisoformat(content)
        except ValueError:
            raise CallError(f"{pointer}: no time: {content[:40]!r}") from None
        if read.tzinfo is None:
            raise CallError(f"{pointer}: a time without its offset from UTC")
        return read.timestamp()
    number = number_of(content, pointer)
    return number / 1000 if number >= MILLISECONDS_FROM else number
