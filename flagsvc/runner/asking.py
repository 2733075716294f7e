"""What a rollout asks of the outside: metrics, smoke tests, webhooks. Each question in a thread, one at a time.

Nothing is kept here: what is due follows from the stored state, so that another replica asks the same.
"""

import logging
import threading
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from math import ceil
from typing import Literal, NamedTuple, Protocol

from flagsvc.domain.analysis.measurement import Measurement
from flagsvc.domain.analysis.own import in_rollout
from flagsvc.domain.analysis.spec import Analysis, Metric
from flagsvc.domain.records import Ref
from flagsvc.domain.rollouts.events import Answered, Event, Measured, Primed
from flagsvc.domain.rollouts.gates import ASKED, gates_of, moment_of_asking
from flagsvc.domain.rollouts.plan import Check, Gate, Hook, Plan
from flagsvc.domain.rollouts.state import GateState, RolloutState
from flagsvc.domain.rollouts.verdicts import is_measured
from flagsvc.domain.rollouts.wayback import undo_of
from flagsvc.outbound.hooks import Question
from flagsvc.outbound.outcome import Outcome
from flagsvc.ports import MetricSource
from flagsvc.span import span

THREADS = 16
"""For metrics, and as many for smoke tests and hooks: a metrics server that hangs delays nobody's way back."""
MOST_WINDOWS = 20
"""Windows of one metric that are read in one go, after an outage of the service."""
MOST_DETAIL = 500
HISTORY_WINDOWS = 60
"""Windows of the baseline that are read before the first step: what its requests do on an ordinary day."""
BEFORE = frozenset({"preparing", "moving", "baking"})
METRICS, HISTORY = "metrics", "history"
_log = logging.getLogger(__name__)


class Outside(Protocol):
    """Whoever runs smoke tests and calls hooks (outbound.gates.Gates); bounded calls that never raise."""

    def smoke(self, checks: Sequence[Check]) -> Outcome:
        """Make every request of a smoke test."""

    def asked(self, hook: Hook, question: Question) -> Outcome:
        """Call a hook once."""


class Due(NamedTuple):
    """Something that is due: its name among a rollout's, and the call that answers it."""

    name: str
    call: Callable[[], Event]


class Asker:
    """Asks what is due and not being asked yet; answers go to `answer(ref, event)`, from any thread.

    A question counts as being asked until its answer was `heard`: what is not taken in yet is not asked again.
    """

    def __init__(
        self,
        sources: Mapping[str, MetricSource],
        outside: Outside,
        now: Callable[[], float],
    ) -> None:
        self._sources, self._outside, self._now = sources, outside, now
        self._metrics = ThreadPoolExecutor(THREADS, thread_name_prefix="rollout metrics")
        self._others = ThreadPoolExecutor(THREADS, thread_name_prefix="rollout question")
        self._lock = threading.Lock()
        self._busy: dict[tuple[Ref, str], Event | None] = {}

    def ask(
        self,
        ref: Ref,
        plan: Plan,
        state: RolloutState,
        deployment: Mapping[str, str],
        now: float,
        answer: Callable[[Ref, Event], None],
    ) -> None:
        """Begin to ask everything that is due now."""
        for question in self._due(ref, plan, state, deployment, now):
            self._begin(ref, question, answer)

    def keep(self, live: Collection[Ref]) -> None:
        """Forget the questions of rollouts that have ended."""
        with self._lock:
            self._busy = {key: event for key, event in self._busy.items() if key[0] in live}

    def heard(self, ref: Ref, event: Event) -> None:
        """Let the question be asked again whose answer this is."""
        with self._lock:
            self._busy = {key: each for key, each in self._busy.items() if key[0] != ref or each is not event}

    def forget(self) -> None:
        """Forget every question: somebody else asks now. What is on its way is answered to nobody."""
        with self._lock:
            self._busy.clear()

    def stop(self) -> None:
        """Ask nothing more; does not wait for what is on its way."""
        for pool in (self._metrics, self._others):
            pool.shutdown(wait=False, cancel_futures=True)

    def _begin(self, ref: Ref, question: Due, answer: Callable[[Ref, Event], None]) -> None:
        key = (ref, question.name)
        with self._lock:
            if key in self._busy:
                return
            self._busy[key] = None

        def work() -> None:
            facts = {"flagsvc.environment": ref.environment, "flagsvc.rollout": ref.key}
            try:
                with span(f"rollout {question.name.partition(' ')[0]}", "internal", facts):
                    event = question.call()
            except Exception:  # noqa: BLE001  # a named boundary: one question's fault ends no other
                _log.exception("%s of rollout %s/%s failed", question.name, ref.environment, ref.key)
                with self._lock:
                    self._busy.pop(key, None)
                return
            with self._lock:
                if key in self._busy:
                    self._busy[key] = event
            answer(ref, event)

        pool = self._metrics if question.name in {METRICS, HISTORY} else self._others
        pool.submit(work)

    def _due(
        self, ref: Ref, plan: Plan, state: RolloutState, deployment: Mapping[str, str], now: float
    ) -> Iterator[Due]:
        for gate in gates_of(plan, state):
            known = state.gates.get(gate.name)
            if gate.kind in ASKED and known and known.standing == "open" and now >= known.due_at:
                yield self._gate(ref, plan, state, deployment, gate)
        yield from self._hook(ref, plan, state, deployment, now)
        if plan.analysis and not state.primed and state.phase in BEFORE:
            yield Due(HISTORY, lambda: self._history(plan.analysis, now))
        if plan.analysis and state.evidence and is_measured(plan, state):
            windows = [
                (in_rollout(metric, ref.environment, state.started_at), start, end)
                for metric, start, end in self._windows(plan, state, now)
            ]
            if windows:
                lag = max(map(self._settled, plan.analysis.metrics))  # the slowest is not late for others
                yield Due(METRICS, lambda: self._measured(windows, lag))

    def _gate(self, ref: Ref, plan: Plan, state: RolloutState, deployment: Mapping[str, str], gate: Gate) -> Due:
        question = Question(
            environment=ref.environment,
            rollout=ref.key,
            step=_place(plan, state),
            action="gate",
            gate=gate.name,
            attempt=state.attempt,
            deployment=deployment,
        )

        def call() -> Event:
            hook = gate.hook
            asked = self._outside.asked(hook, question) if hook else self._outside.smoke(gate.checks)
            return self._answered(f"gate:{gate.name}", asked, here)

        here = moment_of_asking(state)
        return Due(f"gate {gate.name} {here}", call)

    def _hook(
        self, ref: Ref, plan: Plan, state: RolloutState, deployment: Mapping[str, str], now: float
    ) -> Iterator[Due]:
        going_back = state.phase == "rolling-back"
        index = undo_of(plan, state) if going_back else state.step
        if not _is_due(state.hook, now) or index is None or state.phase not in {"moving", "rolling-back"}:
            return
        step = plan.steps[index]
        hook = step.undo if going_back else step.hook
        action: Literal["do", "undo"] = "undo" if going_back else "do"
        if hook is None:
            return
        question = Question(
            environment=ref.environment,
            rollout=ref.key,
            step=_step_name(plan, index),
            action=action,
            attempt=state.attempt,
            deployment=deployment,
        )
        what = "undo" if going_back else "hook"

        def call() -> Event:
            return self._answered(what, self._outside.asked(hook, question), here)

        here = moment_of_asking(state)
        yield Due(f"{what} {here}", call)

    def _answered(self, what: str, said: Outcome, here: str) -> Event:
        detail = said.detail[:MOST_DETAIL]
        return Answered(at=self._now(), what=what, outcome=said.standing, detail=detail, asked=here)

    def _windows(self, plan: Plan, state: RolloutState, now: float) -> Iterator[tuple[Metric, float, float]]:
        analysis, evidence = plan.analysis, state.evidence
        if analysis is None or evidence is None:
            return
        for metric in analysis.metrics:
            start = evidence.cursors.get(metric.name, now)
            behind = int((now - self._settled(metric) - start) // analysis.every_seconds)
            if behind > MOST_WINDOWS:  # what lies too far back is left out, not made up
                start += ceil(behind - MOST_WINDOWS) * analysis.every_seconds
            for number in range(max(0, min(behind, MOST_WINDOWS))):
                first = start + number * analysis.every_seconds
                yield metric, first, first + analysis.every_seconds

    def _settled(self, metric: Metric) -> float:
        source = self._sources.get(metric.source)
        return source.settled_seconds() if source else 0.0

    def _history(self, analysis: Analysis | None, now: float) -> Event:
        """Read the latest windows of before, of metrics that count requests; a source that is away is left alone."""
        found: list[Measurement] = []
        for metric in analysis.metrics if analysis else ():
            if metric.of == "requests" and metric.kind in {"errors", "latency"}:
                found += self._past(metric, analysis.every_seconds if analysis else 0.0, now - self._settled(metric))
        return Primed(at=self._now(), measurements=tuple(found))

    def _past(self, metric: Metric, seconds: float, until: float) -> Iterator[Measurement]:
        for number in range(HISTORY_WINDOWS, 0, -1):
            read = self._measure(metric, until - number * seconds, until - (number - 1) * seconds)
            if read.missing == "unreachable":
                return
            yield replace(read, candidate=None)

    def _measured(self, windows: Sequence[tuple[Metric, float, float]], lag: float) -> Event:
        found = tuple(self._heard(windows))
        return Measured(at=self._now(), measurements=found, lag_seconds=lag)

    def _heard(self, windows: Sequence[tuple[Metric, float, float]]) -> Iterator[Measurement]:
        """Read windows; a source that is away is asked no more in this go, or the others would wait for it for long."""
        away: set[str] = set()
        for metric, start, end in windows:
            if metric.source not in away:
                measurement = self._measure(metric, start, end)
                if measurement.missing == "unreachable":
                    away.add(metric.source)
                yield measurement

    def _measure(self, metric: Metric, start: float, end: float) -> Measurement:
        source = self._sources.get(metric.source)
        if source is None:
            known = ", ".join(sorted(self._sources)) or "none"
            detail = f"there is no metric source {metric.source!r} here; configured: {known}"
            return Measurement(metric=metric.name, start=start, end=end, missing="unreachable", detail=detail)
        return source.measure(metric, start, end)


def _step_name(plan: Plan, index: int) -> str:
    """Name a step so that no other one of its plan has that name: ids of questions are made of it."""
    name = plan.steps[index].name
    alone = sum(step.name == name for step in plan.steps) == 1
    return name if alone else f"{name} ({index + 1} of {len(plan.steps)})"


def _is_due(hook: GateState | None, now: float) -> bool:
    return hook is not None and hook.standing == "open" and now >= hook.due_at


def _place(plan: Plan, state: RolloutState) -> str:
    """Name where a gate stands: its step, or the start or end, whose gates may have the same names."""
    phase = state.resume_to if state.phase == "paused" else state.phase
    return _step_name(plan, state.step) if phase == "baking" else phase
