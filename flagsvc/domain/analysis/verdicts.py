"""From evidence to a verdict, in words. No data is never healthy, and never unhealthy."""

from collections.abc import Sequence
from dataclasses import dataclass

from flagsvc.domain.analysis import findings as found
from flagsvc.domain.analysis.doubts import doubt_of, is_fresh
from flagsvc.domain.analysis.evidence import Evidence
from flagsvc.domain.analysis.findings import Finding
from flagsvc.domain.analysis.guard import guard_of
from flagsvc.domain.analysis.measurement import MetricVerdict, Verdict, VerdictKind
from flagsvc.domain.analysis.sequential import number
from flagsvc.domain.analysis.spec import Analysis

_MANY = 1e6
LABEL = "requests: errors of one user may repeat"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    """All that a verdict rests on. `doubts`: metric → why it is not known to be well."""

    analysis: Analysis
    findings: tuple[Finding, ...]
    blamed: Finding | None
    harmless: tuple[Finding, ...]
    doubts: dict[str, str]
    e: float


def verdict_of(analysis: Analysis, evidence: Evidence, now: float, steps: int) -> Verdict:
    """Judge what was learnt so far at `now`: Unix seconds, less what the sources need to settle.

    unhealthy: the evidence is enough and the guard holds, both now; or a threshold was breached long enough. healthy:
    every metric is fresh, none is certainly worse, and `advance_when` is met; how long a step has to hold is not asked
    here. Everything else is unknown, with the reason. `steps` as for `measured`.
    """
    each = tuple(found.found(analysis, evidence, metric) for metric in analysis.metrics)
    doubts = {one.metric.name: doubt_of(analysis, evidence, one, now) for one in each}
    case = _Case(
        analysis=analysis,
        findings=each,
        blamed=found.blamed(analysis, each),
        harmless=found.harmless(analysis, each),
        doubts={name: doubt for name, doubt in doubts.items() if doubt},
        e=number(found.log_total(analysis, evidence)),
    )
    kind, reason, metric = _decision(case)
    return Verdict(
        kind=kind,
        reason=reason,
        metric=metric,
        e=case.e,
        p=min(1.0, 1 / max(1.0, evidence.peak)),
        proven=found.proven(analysis, each) and not case.doubts,
        informed=bool(each) and all(is_fresh(analysis, evidence, one, now) for one in each),
        metrics=tuple(_about(case, finding) for finding in each),
        warnings=_warnings(case),
    )


def _decision(case: _Case) -> tuple[VerdictKind, str, str]:
    if case.blamed:
        return "unhealthy", f"{case.blamed.metric.name}: {_accusation(case, case.blamed)}", case.blamed.metric.name
    if not case.findings:
        return "unknown", "no metric is named", ""
    if case.doubts:
        return "unknown", "; ".join(f"{name}: {doubt}" for name, doubt in case.doubts.items()), next(iter(case.doubts))
    if case.harmless:
        return "unknown", f"{case.harmless[0].metric.name}: {_warning(case.harmless[0])}", case.harmless[0].metric.name
    return "healthy", _praise(case), ""


def _accusation(case: _Case, finding: Finding) -> str:
    metric = finding.metric
    if metric.kind == "value":
        return f"{_shown(finding.candidate)} is out of bounds, {max(1, metric.breaches)} windows in a row or more"
    return f"{compared(finding)}; e = {_rounded(case.e)}, and {_rounded(1 / case.analysis.alpha)} is enough"


def _praise(case: _Case) -> str:
    if found.proven(case.analysis, case.findings):
        return f"proven: {_names(case.findings)}"
    return f"no alarm: {_names(case.findings)}"


def _names(findings: Sequence[Finding]) -> str:
    return "; ".join(f"{one.metric.name}: {compared(one)}" for one in findings)


def _about(case: _Case, finding: Finding) -> MetricVerdict:
    name = finding.metric.name
    doubt = case.doubts.get(name, "")
    warning = _warning(finding) if finding in case.harmless else ""
    kind: VerdictKind = "unhealthy" if finding is case.blamed else "unknown" if doubt or warning else "healthy"
    return MetricVerdict(
        metric=name,
        kind=kind,
        e=number(finding.log_e),
        proof=number(finding.log_proof),
        ratio=finding.ratio,
        baseline=finding.baseline,
        candidate=finding.candidate,
        detail="; ".join(filter(None, (doubt, warning))) or compared(finding),
    )


def _warnings(case: _Case) -> tuple[str, ...]:
    labelled = (
        f"{one.metric.name}: {LABEL}"
        for one in case.findings
        if one.metric.kind in {"errors", "latency"} and one.metric.of == "requests"
    )
    return (*(f"{one.metric.name}: {_warning(one)}" for one in case.harmless), *labelled)


def _warning(finding: Finding) -> str:
    return f"certainly worse, but under the guard: {compared(finding)}"


def compared(finding: Finding) -> str:
    """Both sides in words: "1.3 % bad against 0.31 %, 4.2 times (guard 2)"."""
    metric, times = finding.metric, "" if finding.ratio is None else f", {finding.ratio:.3g} times"
    if metric.kind == "value":
        return _shown(finding.candidate)
    if metric.kind in {"mean", "ratio"}:
        guard = f"guard {100 * guard_of(metric):.3g} % {'less' if metric.better == 'higher' else 'more'}"
        return f"{_shown(finding.candidate)} against {_shown(finding.baseline)}{times} ({guard})"
    bad = "slow" if metric.kind == "latency" else "bad"
    return f"{_part(finding.candidate)} {bad} against {_part(finding.baseline)}{times} (guard {guard_of(metric):g})"


def _part(rate: float | None) -> str:
    return "nothing" if rate is None else f"{100 * rate:.3g} %"


def _rounded(evidence: float) -> str:
    return f"{evidence:.0f}" if evidence < _MANY else f"{evidence:.0e}"


def _shown(value: float | None) -> str:
    return "nothing" if value is None else f"{value:.4g}"
