"""Metric sources, asked before a rollout: all metrics at once, in bounded time, failures as data."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from functools import partial

from flagsvc.domain.analysis.measurement import Measurement
from flagsvc.domain.analysis.spec import Metric
from flagsvc.domain.rollouts.preflight_metrics import Seen
from flagsvc.http.call import Call
from flagsvc.usecases.preflight import Look, seen_of

SECONDS = 15.0
"""How long all metrics together may take."""
AT_ONCE = 8


def look_of(call: Call) -> Look:
    """Give the way to ask the configured metric sources as of now."""
    now = call.services.clock().timestamp()
    return partial(looked, partial(seen_of, call.services.metric_sources, now=now))


def looked(ask: Callable[[Metric], Seen], metrics: Sequence[Metric], seconds: float = SECONDS) -> Mapping[str, Seen]:
    """Ask for every metric, by its name; one that is late, or breaks its promise never to raise, is unreachable."""
    pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="preflight")
    try:
        asked = {metric.name: pool.submit(ask, metric) for metric in metrics}
        wait(asked.values(), timeout=seconds)
        return {name: _seen(name, future, seconds) for name, future in asked.items()}
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _seen(name: str, asked: Future[Seen], seconds: float) -> Seen:
    if asked.done() and asked.exception() is None:
        return asked.result()
    detail = f"no answer within {seconds:g} s"
    if asked.done():
        detail = f"the source itself failed ({type(asked.exception()).__name__})"
    return Seen(history=Measurement(metric=name, start=0.0, end=0.0, missing="unreachable", detail=detail))
