"""Metrics of rollouts, read at a scrape from the replica that drives them; the others have none, so nothing doubles."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Protocol

from prometheus_client.metrics_core import GaugeMetricFamily, Metric

from flagsdk.core.allocation import WHOLE
from flagsvc.domain.analysis.measurement import VerdictKind
from flagsvc.domain.records import Ref
from flagsvc.domain.rollouts.state import LIVE, RolloutState

_ROLLOUT = ["environment", "rollout"]
VERDICTS: tuple[VerdictKind, ...] = ("healthy", "unhealthy", "unknown")


class SeenRollout(Protocol):
    """A rollout that this replica drives."""

    @property
    def ref(self) -> Ref:
        """Which it is."""

    @property
    def state(self) -> RolloutState:
        """How far it is."""

    @property
    def observed(self) -> Mapping[str, int]:
        """Target → share of its candidate as routers counted it, in 1/100 000; only where they count."""


def rollout_metrics(seen: Iterable[SeenRollout]) -> Iterator[Metric]:
    """Give phases, steps, wanted shares and verdicts of the rollouts that have not ended."""
    rollouts = list(seen)
    yield _phases(rollouts)
    yield _steps(rollouts)
    yield _targets(rollouts)
    yield _observed(rollouts)
    yield _verdicts(rollouts)


def _phases(rollouts: Iterable[SeenRollout]) -> Metric:
    labels = [*_ROLLOUT, "phase"]
    family = GaugeMetricFamily("flagsvc_rollout_phase", "1 for the phase that a rollout is in.", labels=labels)
    for one in rollouts:
        for phase in sorted(LIVE):
            family.add_metric([*_place(one), phase], float(phase == one.state.phase))
    return family


def _steps(rollouts: Iterable[SeenRollout]) -> Metric:
    family = GaugeMetricFamily("flagsvc_rollout_step", "The step under way, from 1; 0 before.", labels=_ROLLOUT)
    for one in rollouts:
        family.add_metric(_place(one), float(one.state.step + 1))
    return family


def _targets(rollouts: Iterable[SeenRollout]) -> Metric:
    labels = [*_ROLLOUT, "target"]
    family = GaugeMetricFamily("flagsvc_rollout_target_ratio", "Share that the candidate is to have.", labels=labels)
    for one in rollouts:
        for target in one.state.targets:
            if target.weight is not None:
                family.add_metric([*_place(one), target.name], target.weight / WHOLE)
    return family


def _observed(rollouts: Iterable[SeenRollout]) -> Metric:
    text = "Share of the candidate as its routers counted it."
    family = GaugeMetricFamily("flagsvc_rollout_observed_ratio", text, labels=[*_ROLLOUT, "target"])
    for one in rollouts:
        for target, share in one.observed.items():
            family.add_metric([*_place(one), target], share / WHOLE)
    return family


def _verdicts(rollouts: Iterable[SeenRollout]) -> Metric:
    labels = [*_ROLLOUT, "metric", "verdict"]
    family = GaugeMetricFamily("flagsvc_rollout_verdict", "1 for what is said about a metric.", labels=labels)
    for one in rollouts:
        for each in one.state.verdict.metrics:
            for kind in VERDICTS:
                family.add_metric([*_place(one), each.metric, kind], float(kind == each.kind))
    return family


def _place(one: SeenRollout) -> list[str]:
    return [one.ref.environment, one.ref.key]
