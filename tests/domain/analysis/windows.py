"""Short ways to say what a window was, for the tests of the analysis."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

from flagsvc.domain.analysis.evidence import Evidence
from flagsvc.domain.analysis.judging import fresh, measured, step_begun, verdict_of
from flagsvc.domain.analysis.measurement import Arm, Measurement, Verdict
from flagsvc.domain.analysis.spec import Analysis, Metric

EVERY = 15.0
RESTART: Literal["restart"] = "restart"
Counts = tuple[float, float, float, float]
"""Events of candidate and baseline, bad ones of candidate and baseline."""
Walked = Counts | Literal["restart"]
ERRORS = Metric(name="errors", kind="errors", source="own", of="units")
LATENCY = Metric(name="latency", kind="latency", source="own", of="units")


def analysis(*metrics: Metric, **members: Any) -> Analysis:
    """Give an analysis of the error metric, or of those named, whose windows count from the first second of a step."""
    return Analysis(metrics=metrics or (ERRORS,), **{"warmup_seconds": 0.0, **members})


def window(counts: Counts, start: float, metric: str = "errors", far: float = 0.0) -> Measurement:
    """One window of EVERY seconds."""
    events, others, bad, bad_others = counts
    return Measurement(
        metric=metric,
        start=start,
        end=start + EVERY,
        candidate=Arm(events=events, bad=bad, far=far),
        baseline=Arm(events=others, bad=bad_others),
    )


@dataclass
class Walk:
    """Evidence that goes from window to window; time begins at 0, with the first step."""

    analysis: Analysis
    steps: int = 5
    now: float = 0.0
    evidence: Evidence = field(default_factory=Evidence)

    def __post_init__(self) -> None:
        self.evidence = step_begun(self.analysis, fresh(self.analysis, self.steps, 0.0), 0.0)

    def take(self, counts: Counts, metric: str = "errors", far: float = 0.0) -> "Walk":
        """Take one window in, and let its time pass."""
        return self.measure(window(counts, self.now, metric, far))

    def measure(self, *measurements: Measurement) -> "Walk":
        """Take measurements of the same span of time in, and let it pass."""
        for measurement in measurements:
            self.evidence = measured(self.analysis, self.evidence, measurement, self.steps)
        self.now += EVERY
        return self

    def step(self) -> "Walk":
        """Begin the next step."""
        self.evidence = step_begun(self.analysis, self.evidence, self.now)
        return self

    def verdict(self) -> Verdict:
        """Judge now."""
        return verdict_of(self.analysis, self.evidence, self.now, self.steps)


def walked(over: Iterable[Walked], given: Analysis | None = None, steps: int = 5) -> Walk:
    """Walk over windows and the beginnings of steps."""
    walk = Walk(given or analysis(), steps)
    for one in over:
        walk = walk.step() if one == RESTART else walk.take(one)
    return walk
