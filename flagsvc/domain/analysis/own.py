"""The service's own counts as a metric source: its name, and what a rollout adds to a query of it."""

from dataclasses import replace

from flagsvc.domain.analysis.spec import Metric

OWN = "own"


def in_rollout(metric: Metric, environment: str, since: float) -> Metric:
    """Say where a rollout is, and since when: a query need not, and counts of elsewhere are never meant.

    Other sources get their queries as they are written.
    """
    if metric.source != OWN:
        return metric
    return replace(metric, query={**metric.query, "environment": environment, "since": since})
