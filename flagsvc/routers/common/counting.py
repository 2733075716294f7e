"""Requests per backend from metrics that a proxy or a Prometheus server has already: to see how the traffic splits."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar
from urllib.parse import quote

from prometheus_client.parser import text_string_to_metric_families

from flagsvc.domain.routing.capabilities import Capabilities
from flagsvc.domain.routing.errors import RouterError
from flagsvc.domain.routing.observed import Observed
from flagsvc.domain.routing.target import Target
from flagsvc.outbound.addresses import demand_addresses
from flagsvc.outbound.http import HttpClient
from flagsvc.ports import Router


@dataclass(frozen=True, slots=True, kw_only=True)
class CountsOptions:
    """Where a router's requests are counted.

    `page`: address of a metrics page (Prometheus text format), with `metric` the counter's name; or `prometheus`:
    address of a Prometheus server, with `query` an instant query that gives counters (no rate, no increase). `label` is
    the label that tells backends apart, `backends` its values by backend. `where` has further labels that must fit.
    """

    __pydantic_config__: ClassVar[Mapping[str, str]] = {"extra": "forbid"}

    label: str
    backends: dict[str, str]
    page: str = ""
    metric: str = ""
    prometheus: str = ""
    query: str = ""
    where: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        by_page, by_server = bool(self.page and self.metric), bool(self.prometheus and self.query)
        if by_page == by_server or bool(self.page) == bool(self.prometheus):
            raise ValueError("counts need either page and metric, or prometheus and query")
        demand_addresses("page" if self.page else "prometheus", (self.page or self.prometheus,))


class Counted:
    """A router whose requests are counted elsewhere; all else is the router's own."""

    def __init__(self, router: Router, options: CountsOptions) -> None:
        self._router, self._options = router, options
        self._client = HttpClient(options.page or options.prometheus)
        self._last: dict[tuple[tuple[str, str], ...], float] | None = None
        self._totals = dict.fromkeys(options.backends, 0.0)

    @property
    def capabilities(self) -> Capabilities:
        """The router's own, and that it counts."""
        return replace(self._router.capabilities, counts=True)

    def plan(self, target: Target) -> Sequence[str]:
        """Ask the router."""
        return self._router.plan(target)

    def apply(self, target: Target) -> None:
        """Tell the router."""
        self._router.apply(target)

    def observe(self) -> Observed | None:
        """Read the router."""
        return self._router.observe()

    def counts(self) -> Mapping[str, int]:
        """Add up what each series grew by; raises RouterError, also when there is no series of any backend.

        A series that fell was reset and begins at 0; one that was not there before was born at 0.
        """
        names = {value: backend for backend, value in self._options.backends.items()}
        now = {
            tuple(sorted(labels.items())): (names[labels[self._options.label]], value)
            for labels, value in self._series()
            if labels.get(self._options.label) in names and _fits(labels, self._options.where)
        }
        if not now:
            raise RouterError(f"no series with {self._options.label} in {', '.join(sorted(names))}")
        for series, (backend, value) in now.items():
            before = value if self._last is None else self._last.get(series, 0.0)
            self._totals[backend] += value - before if value >= before else value
        self._last = {**(self._last or {}), **{series: value for series, (_, value) in now.items()}}
        return {backend: int(total) for backend, total in self._totals.items()}

    def _series(self) -> Sequence[tuple[Mapping[str, str], float]]:
        found = self._scraped() if self._options.page else self._queried()
        return [(labels, value) for labels, value in found if math.isfinite(value)]

    def _scraped(self) -> Sequence[tuple[Mapping[str, str], float]]:
        text = self._client.send("GET", "").body.decode("utf-8", "replace")
        try:
            families = list(text_string_to_metric_families(text))
        except ValueError as error:
            raise RouterError(f"the metrics page cannot be read: {error}") from error
        wanted = {self._options.metric, f"{self._options.metric}_total"}
        return [(one.labels, one.value) for family in families for one in family.samples if one.name in wanted]

    def _queried(self) -> Sequence[tuple[Mapping[str, str], float]]:
        answer = self._client.send("GET", f"/api/v1/query?query={quote(self._options.query)}").json()
        try:
            return [(row["metric"], float(row["value"][1])) for row in _vector(answer)]
        except (KeyError, TypeError, ValueError, IndexError) as error:
            raise RouterError("the Prometheus server's answer is not an instant vector") from error


def _vector(answer: Any) -> Sequence[Any]:
    data = answer["data"]
    if data["resultType"] != "vector":
        raise ValueError(data["resultType"])
    rows: Sequence[Any] = data["result"]
    return rows


def _fits(labels: Mapping[str, str], where: Mapping[str, str]) -> bool:
    return all(labels.get(name) == value for name, value in where.items())
