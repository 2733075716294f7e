"""Metrics of how the process is: readiness, checks, leases, publication. Read at a scrape, from memory."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from prometheus_client.metrics_core import GaugeMetricFamily, Metric

from flagsvc.http.health import State

STATUSES = ("ok", "degraded", "down", "off")


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """Who knows how the process is.

    `leases`: name → whether this replica holds it; only those that it would take. `published_age_seconds`: since the
    publisher last found or made every copy equal, None without Redis. `behind`: environments whose readers hold later
    changes than the database.
    """

    ready: Callable[[], bool]
    states: Callable[[], Mapping[str, State]]
    leases: Callable[[], Mapping[str, bool]]
    published_age_seconds: Callable[[], float | None]
    behind: Callable[[], Iterable[str]]


def health_metrics(condition: Condition, environments: Iterable[str]) -> Iterator[Metric]:
    """Give them all; `environments` are those of which a snapshot is held."""
    states = condition.states()
    yield GaugeMetricFamily("flagsvc_ready", "1 while requests should come here.", value=float(condition.ready()))
    yield _checks(states)
    for name in ("database", "redis"):
        state = states.get(name)
        if state is not None and state.status != "off":
            text = f"Whether the {name} answers."
            yield GaugeMetricFamily(f"flagsvc_{name}_up", text, value=float(state.status != "down"))
    yield _leases(condition.leases())
    age = condition.published_age_seconds()
    if age is not None:
        text = "Since the publisher last found or made every copy equal."
        yield GaugeMetricFamily("flagsvc_publication_age_seconds", text, value=age)
    yield _behind(frozenset(condition.behind()), environments)


def _checks(states: Mapping[str, State]) -> Metric:
    text = "1 for the status that a check of /health has."
    family = GaugeMetricFamily("flagsvc_health_check", text, labels=["check", "status"])
    for name, state in sorted(states.items()):
        for status in STATUSES:
            family.add_metric([name, status], float(status == state.status))
    return family


def _leases(leases: Mapping[str, bool]) -> Metric:
    family = GaugeMetricFamily("flagsvc_lease_held", "1 where this replica holds the lease.", labels=["lease"])
    for name, held in leases.items():
        family.add_metric([name], float(held))
    return family


def _behind(behind: frozenset[str], environments: Iterable[str]) -> Metric:
    text = "1 while readers hold later changes than the database."
    family = GaugeMetricFamily("flagsvc_database_behind", text, labels=["environment"])
    for environment in sorted({*environments, *behind}):
        family.add_metric([environment], float(environment in behind))
    return family
