"""Metrics of bindings, read at a scrape from the replica that drives them; the others have none, so nothing doubles."""

from collections.abc import Iterable, Iterator
from typing import Protocol, get_args

from prometheus_client.metrics_core import GaugeMetricFamily, Metric

from flagsdk.core.allocation import WHOLE
from flagsvc.domain.routing.binding import Binding
from flagsvc.domain.routing.state import BindingState, Phase, RouterState

_ROUTER = ["environment", "binding", "router"]
_BACKEND = [*_ROUTER, "backend"]


class DrivenBinding(Protocol):
    """What a binding is."""

    @property
    def binding(self) -> Binding:
        """Its document."""


class SeenBinding(Protocol):
    """A binding that this replica drives."""

    @property
    def driven(self) -> DrivenBinding:
        """What it is."""

    @property
    def state(self) -> BindingState:
        """How far it is."""


def routing_metrics(seen: Iterable[SeenBinding]) -> Iterator[Metric]:
    """Give phases, drift, reachability, and wanted against observed shares."""
    bindings = [(one.driven.binding, one.state) for one in seen]
    yield _phases(bindings)
    yield from _routers(bindings)
    yield _targets(bindings)
    yield from _shares(bindings)


def _phases(bindings: Iterable[tuple[Binding, BindingState]]) -> Metric:
    labels = ["environment", "binding", "phase"]
    family = GaugeMetricFamily("flagsvc_binding_phase", "1 for the phase that a binding is in.", labels=labels)
    for binding, state in bindings:
        for phase in get_args(Phase):
            family.add_metric([binding.environment, binding.key, phase], float(phase == state.phase))
    return family


def _routers(bindings: Iterable[tuple[Binding, BindingState]]) -> Iterator[Metric]:
    drift = GaugeMetricFamily("flagsvc_router_drift", "1 while a router is not what it shall be.", labels=_ROUTER)
    up = GaugeMetricFamily("flagsvc_router_up", "1 while a router can be read.", labels=_ROUTER)
    for binding, state in bindings:
        for router in state.routers:
            place = [binding.environment, binding.key, router.name]
            drift.add_metric(place, float(router.standing != "applied"))
            up.add_metric(place, float(router.reachable))
    yield drift
    yield up


def _targets(bindings: Iterable[tuple[Binding, BindingState]]) -> Metric:
    labels = ["environment", "binding", "backend"]
    family = GaugeMetricFamily("flagsvc_binding_target_ratio", "Share that a backend is to have.", labels=labels)
    for binding, state in bindings:
        for backend, weight in (state.desired.weights if state.desired else {}).items():
            family.add_metric([binding.environment, binding.key, backend], weight / WHOLE)
    return family


def _shares(bindings: Iterable[tuple[Binding, BindingState]]) -> Iterator[Metric]:
    told = GaugeMetricFamily("flagsvc_router_told_ratio", "Share that a router says it gives.", labels=_BACKEND)
    seen = GaugeMetricFamily("flagsvc_router_observed_ratio", "Share of requests that was seen.", labels=_BACKEND)
    fits = GaugeMetricFamily("flagsvc_observed_share_ok", "0 where the traffic does not split as told.", labels=_ROUTER)
    for binding, state in bindings:
        for router in state.routers:
            place = [binding.environment, binding.key, router.name]
            _add_told(told, place, router)
            share = state.shares.get(router.name)
            if share is None or share.verdict == "unknown":
                continue
            fits.add_metric(place, float(share.verdict == "ok"))
            total = sum(share.counted.values())
            for backend, hits in share.counted.items():
                seen.add_metric([*place, backend], hits / total)
    yield from (told, seen, fits)


def _add_told(family: GaugeMetricFamily, place: list[str], router: RouterState) -> None:
    observed = router.observed or {}
    total = sum(observed.values())
    for backend, weight in observed.items():
        family.add_metric([*place, backend], weight / total if total else 0.0)
