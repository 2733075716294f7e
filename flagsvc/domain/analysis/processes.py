"""What the processes of a metric are called in the evidence, and which ratios they look for."""

from flagsvc.domain.analysis.sequential import ERROR_RATIOS, LATENCY_RATIOS, Cells
from flagsvc.domain.analysis.spec import Analysis, Metric


def proof_of(metric: Metric) -> str:
    """Name of the process that gathers the proof for a metric."""
    return proof_name(metric.name)


def proof_name(metric: str) -> str:
    """Name of the process that gathers the proof for the metric of that name; no other metric may be called so."""
    return f"{metric}/proof"


def ratios_of(analysis: Analysis, metric: Metric) -> Cells:
    """Give the ratios that a metric of counts is tested for."""
    units = LATENCY_RATIOS if metric.kind == "latency" else ERROR_RATIOS
    return units if analysis.null_ratio == 1 else tuple(analysis.null_ratio * ratio for ratio in units)
