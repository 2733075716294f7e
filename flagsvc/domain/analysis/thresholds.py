"""Plain thresholds, for those who want them: one number per window, bad outside its bounds.

No error rate can be promised for them: a healthy candidate breaches a bound as often as its own noise does.
"""

from flagsvc.domain.analysis.spec import Metric


def outside(metric: Metric, value: float) -> bool:
    """Whether a value is out of bounds; a bound itself is within."""
    low = metric.minimum is not None and value < metric.minimum
    return low or (metric.maximum is not None and value > metric.maximum)


def breached(metric: Metric, in_a_row: int) -> bool:
    """Whether so many windows in a row are enough to act on."""
    return in_a_row >= max(1, metric.breaches)
