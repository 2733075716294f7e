"""The service's own counts: outcomes that SDKs and load balancers reported. No metrics server is asked, nor needed.

A query: `{"kind": "split", "key": "checkout", "baseline": "stable", "candidate": "canary", "metric": "errors"}`. `kind`
is "flag" or "split"; `metric` the name under which outcomes were counted, if not that of their kind. A rollout adds its
own `environment`, and `since`, in Unix seconds, when it began: units count from then on (domain/analysis/own.py).
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flagsdk.core.durations import BOUNDS, HALF_AGAIN
from flagsdk.wire.members import KINDS
from flagsvc.domain.analysis.measurement import Arm, Measurement
from flagsvc.domain.analysis.spec import Metric
from flagsvc.domain.errors import Unavailable
from flagsvc.domain.outcomes import SETTLED_SECONDS, Counts
from flagsvc.domain.usage import Subject
from flagsvc.ports import Store

NAMES = {"errors": "errors", "latency": "latency"}
"""Names under which outcomes of a kind are counted, where the query says none."""
NEEDED = ("key", "baseline", "candidate")
LARGEST = BOUNDS[-1 - HALF_AGAIN]
"""Seconds: the largest bound that has one half as high again above it."""
KNOWN = frozenset((*NEEDED, "kind", "metric", "environment", "since"))


class Own:
    """Implements MetricSource and Baseline over the store; `clock` gives Unix seconds. It asks nobody else."""

    def __init__(self, store: Store, clock: Callable[[], float]) -> None:
        self._store = store
        self._clock = clock

    def settled_seconds(self) -> float:
        """How late reports may come: what arrives later is counted, and its window is not read again."""
        return SETTLED_SECONDS

    def check(self, metric: Metric) -> Sequence[str]:
        """Find what is wrong with a metric's query; without its environment, which the rollout adds."""
        query = metric.query
        faults = [f"{name}: a text is needed" for name in NEEDED if not _is_name(query.get(name))]
        faults += [
            f"{name}: there is no such member; known are {', '.join(sorted(KNOWN))}" for name in query.keys() - KNOWN
        ]
        if query.get("kind") not in KINDS:
            faults.append(f"kind: one of {', '.join(KINDS)}")
        if not _is_name(_name(metric)):
            faults.append("metric: the name under which outcomes are counted, for instance revenue")
        if _is_name(query.get("baseline")) and query.get("baseline") == query.get("candidate"):
            faults.append("candidate: another variant than the baseline")
        return faults + _faults_of_kind(metric)

    def measure(self, metric: Metric, start: float, end: float) -> Measurement:
        """Read the windows that begin in [start, end)."""
        names = (metric.query.get("baseline"), metric.query.get("candidate"))
        return self._read(metric, start, end, names)

    def history(self, metric: Metric, start: float, end: float) -> Measurement:
        """Read the baseline alone, whose older windows are minutes."""
        return self._read(metric, start, end, (metric.query.get("baseline"), None))

    def bounds(self, metric: Metric, start: float, end: float) -> Mapping[float, float]:
        """Give, for every bound up to the slowest event, how many of the baseline's events were at most so slow."""
        if self._faults(metric):
            return {}
        try:
            baseline = str(metric.query["baseline"])
            slow = self._counts(metric, [baseline], start, end).get(baseline, Counts()).slow
        except Unavailable:
            return {}
        slowest = max(slow, default=-1)
        return {
            bound: float(sum(count for at, count in slow.items() if at <= place))
            for place, bound in enumerate(BOUNDS)
            if place <= slowest
        }

    def _faults(self, metric: Metric) -> list[str]:
        placed = [] if _is_name(metric.query.get("environment")) else ["environment: a text is needed"]
        return [*self.check(metric), *placed]

    def _read(self, metric: Metric, start: float, end: float, names: tuple[Any, Any]) -> Measurement:
        faults = self._faults(metric)
        if faults:
            return _missing(metric, start, end, "unreachable", "; ".join(faults))
        if end > self._clock():
            return _missing(metric, start, end, "no-data", "the window is not over yet")
        try:
            arms = self._arms(metric, start, end, [name for name in names if name is not None])
        except Unavailable as refusal:
            return _missing(metric, start, end, "unreachable", f"the database does not answer: {refusal}")
        absent = [name for name in names if name is not None and name not in arms]
        return Measurement(
            metric=metric.name,
            start=start,
            end=end,
            baseline=arms.get(names[0]),
            candidate=arms.get(names[1]),
            missing="no-data" if absent else "",
            detail=f"no outcome was reported for {' and '.join(absent)}" if absent else "",
        )

    def _arms(self, metric: Metric, start: float, end: float, names: Sequence[str]) -> Mapping[str, Arm]:
        counts = {name: some for name, some in self._counts(metric, names, start, end).items() if some.events}
        if metric.of == "requests":
            return {name: _arm(metric, some) for name, some in counts.items()}
        failed = self._first_failures(metric, start, end)
        units = {name: max(some.units.units, failed.get(name, 0)) for name, some in counts.items()}
        return {name: Arm(events=float(some), bad=float(failed.get(name, 0))) for name, some in units.items() if some}

    def _counts(self, metric: Metric, names: Sequence[str], start: float, end: float) -> Mapping[str, Counts]:
        with self._store.reading() as view:
            return view.outcome_counts(_subject(metric), _name(metric), names, _from(start), _from(end))

    def _first_failures(self, metric: Metric, start: float, end: float) -> Mapping[str, int]:
        """Count over both arms, whichever is read: a unit that moved from one to the other fails first only once."""
        both = [str(metric.query["baseline"]), str(metric.query["candidate"])]
        since, window = _from(float(metric.query.get("since", start))), (_from(start), _from(end))
        with self._store.reading() as view:
            return view.first_failures(_subject(metric), _name(metric), both, since, window)


def _arm(metric: Metric, counts: Counts) -> Arm:
    if metric.kind == "latency":
        bad, far = counts.slower(metric.bound_seconds)
        return Arm(events=float(sum(counts.slow.values())), bad=float(bad), far=float(far))
    if metric.kind == "errors":
        return Arm(events=float(counts.events), bad=float(counts.bad))
    return Arm(events=float(counts.events), total=counts.total, squares=counts.squares)


def _faults_of_kind(metric: Metric) -> list[str]:
    faults = []
    if metric.kind == "value":
        faults.append("kind: outcomes have no metric of the kind value; take errors, latency, mean or ratio")
    if metric.of == "units" and metric.kind != "errors":
        faults.append("of: units are counted for errors only; take requests")
    if metric.kind == "latency" and metric.bound_seconds > LARGEST:
        faults.append(f"bound: at most {LARGEST:.0f} s: what is slower is in one class")
    since = metric.query.get("since", 0)
    if type(since) not in (int, float) or since < 0:
        faults.append("since: Unix seconds")
    return faults


def _missing(metric: Metric, start: float, end: float, missing: Any, detail: str) -> Measurement:
    return Measurement(metric=metric.name, start=start, end=end, missing=missing, detail=detail)


def _subject(metric: Metric) -> Subject:
    query = metric.query
    return Subject(str(query["environment"]), str(query["kind"]), str(query["key"]))


def _name(metric: Metric) -> Any:
    return metric.query.get("metric", NAMES.get(metric.kind))


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and bool(value)


def _from(moment: float) -> int:
    """Give the first whole second from that time on: windows begin at whole seconds."""
    return -int(-moment // 1)
