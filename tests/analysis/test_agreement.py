"""The simulation is the service's own analysis, written over arrays: rollout by rollout, window by window the same."""

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.analysis_latency import latency
from benchmarks.analysis_sequential import Kind, Look, Process, Windows, column, looks, noticed
from benchmarks.analysis_traffic import BEGINS, Traffic, bursts, history, independent, silent
from flagsvc.domain.analysis.evidence import Evidence
from flagsvc.domain.analysis.findings import Finding, found
from flagsvc.domain.analysis.judging import fresh, measured, primed, step_begun, verdict_of
from flagsvc.domain.analysis.measurement import Arm, Measurement
from flagsvc.domain.analysis.spec import Analysis, Metric, Unit
from tests.domain.analysis.windows import EVERY

RUNS = 4


def scenarios(kind: Kind) -> Windows:
    """Healthy and bad rollouts with silent windows, and one whose candidate gets nothing for a while."""
    chance = np.random.default_rng(11)
    if kind == "latency":
        windows = latency(chance, RUNS, 10, 1.2)
    else:
        windows = bursts(chance, RUNS, Traffic(rate=20, bad_rate=0.01, ratio=2, onset=100), 4)
    windows.events[0, 10:20] = 0.0
    windows.bad[0, 10:20] = 0.0
    windows.far[0, 10:20] = 0.0
    return silent(chance, windows)


@pytest.mark.parametrize(("kind", "of"), [("errors", "units"), ("errors", "requests"), ("latency", "requests")])
def test_evidence_guard_and_proof_are_the_same_after_every_window(kind: Kind, of: Unit) -> None:
    windows, metric = scenarios(kind), Metric(name="it", kind=kind, source="own", of=of)
    analysis = Analysis(metrics=(metric,), warmup_seconds=0.0)

    simulated = looks(windows, kind, of)

    for run in range(RUNS):
        findings = _walk(analysis, windows, run)
        _same([one.log_e for one in findings], simulated, "log_e", run)
        _same([one.log_proof for one in findings], simulated, "log_proof", run)
        assert [one.holds for one in findings] == [bool(look.guarded[run]) for look in simulated]


def test_rollouts_are_rolled_back_after_the_same_window() -> None:
    chance = np.random.default_rng(5)
    windows = independent(chance, 12, Traffic(rate=100, bad_rate=0.01, ratio=4, onset=70))
    analysis = Analysis(metrics=(Metric(name="it", kind="errors", source="own", of="units"),), warmup_seconds=0.0)

    positions = noticed(windows)

    assert positions.tolist() == [_rolled_back(analysis, windows, run) for run in range(12)]
    assert 70 <= positions.min() < positions.max() < windows.polls


def test_what_is_learnt_from_the_hour_before_is_the_same() -> None:
    chance = np.random.default_rng(3)
    before = history(chance, RUNS, Traffic(rate=20, bad_rate=0.01), clumped=4)
    analysis = Analysis(metrics=(Metric(name="it", kind="errors", source="own"),), warmup_seconds=0.0)
    windows = scenarios("errors")
    process = Process(RUNS, "errors", "requests", 5)
    process.learn_all(before)
    process.step()

    look = process.take(column(windows, 0))

    for run in range(RUNS):
        known = primed(analysis, fresh(analysis, 5, 0.0), [_measurement(before, run, poll) for poll in range(240)])
        evidence = measured(analysis, step_begun(analysis, known, 0.0), _measurement(windows, run, 0), 5)
        assert found(analysis, evidence, analysis.metrics[0]).log_e == pytest.approx(look.log_e[run], abs=1e-9)


def _same(service: list[float], simulated: list[Look], name: str, run: int) -> None:
    assert service == pytest.approx([float(getattr(look, name)[run]) for look in simulated], abs=1e-9)


def _walk(analysis: Analysis, windows: Windows, run: int) -> list[Finding]:
    evidence, findings = fresh(analysis, len(BEGINS), 0.0), []
    for poll in range(windows.polls):
        evidence = _next(analysis, evidence, windows, run, poll)
        findings.append(found(analysis, evidence, analysis.metrics[0]))
    return findings


def _rolled_back(analysis: Analysis, windows: Windows, run: int) -> int:
    evidence = fresh(analysis, len(BEGINS), 0.0)
    for poll in range(windows.polls):
        evidence = _next(analysis, evidence, windows, run, poll)
        if verdict_of(analysis, evidence, (poll + 1) * EVERY, len(BEGINS)).kind == "unhealthy":
            return poll
    return windows.polls


def _next(analysis: Analysis, evidence: Evidence, windows: Windows, run: int, poll: int) -> Evidence:
    if poll in windows.begins:
        evidence = step_begun(analysis, evidence, poll * EVERY)
    return measured(analysis, evidence, _measurement(windows, run, poll), len(BEGINS))


def _measurement(windows: Windows, run: int, poll: int) -> Measurement:
    candidate = Arm(
        events=float(windows.events[run, poll]), bad=float(windows.bad[run, poll]), far=float(windows.far[run, poll])
    )
    baseline = Arm(events=float(windows.others[run, poll]), bad=float(windows.bad_others[run, poll]))
    whole = Measurement(metric="it", start=poll * EVERY, end=(poll + 1) * EVERY, candidate=candidate, baseline=baseline)
    return whole if windows.known[run, poll] else replace(whole, missing="no-data")
