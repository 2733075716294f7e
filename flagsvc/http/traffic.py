"""Traffic decisions as plain ASGI over memory: always 200, always a cohort; whatever goes wrong is the stable one."""

import logging
from collections.abc import Callable, Iterator
from time import perf_counter
from typing import NamedTuple

from starlette.types import Receive, Scope, Send

from flagsdk.core import Snapshot
from flagsvc.http.hot import END
from flagsvc.http.metrics_trace import Traces
from flagsvc.http.traffic_plan import LENGTH, NO_STORE, Plan, RawHeaders, Served, Tally
from flagsvc.http.traffic_unit import Proxies

PREFIX = b"/traffic/v1/"
ROUTE = "/traffic/v1/{environment}/{split}/decide"
STABLE = "stable"
"""The cohort's name where not even the split is known."""

_log = logging.getLogger(__name__)


class Fallback(NamedTuple):
    """An answer that needs no plan."""

    headers: RawHeaders
    tally: Tally


def _fallback(reason: str) -> Fallback:
    headers = [(b"x-cohort", STABLE.encode()), (b"x-cohort-reason", reason.encode()), NO_STORE, LENGTH]
    return Fallback(headers, Tally())


class Traffic:
    """Answers `/traffic/v1/{environment}/{split}/decide[/original/path]` for any method; bodies are not read."""

    def __init__(self, snapshot: Callable[[str], Snapshot | None], proxies: Proxies, traces: Traces) -> None:
        self._trace = traces.of(ROUTE)
        self._snapshot = snapshot
        self._proxies = proxies
        self._plans: dict[tuple[bytes, bytes], Plan] = {}
        self._retired: dict[tuple[str, str, str], int] = {}
        self._unknown_path = _fallback("UNKNOWN_PATH")
        self._unknown_environment = _fallback("UNKNOWN_ENVIRONMENT")
        self._unknown_split = _fallback("UNKNOWN_SPLIT")
        self._fault = _fallback("GENERAL")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        start = perf_counter()
        try:
            headers = self._headers(scope)
        except Exception:  # noqa: BLE001  # a fault of ours is the stable cohort, never a failed request
            _log.exception("a traffic decision failed")
            self._fault.tally.uses += 1
            headers = self._fault.headers
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send(END)
        self._trace.note(scope["method"], 200, perf_counter() - start)

    def served(self) -> Iterator[Served]:
        """How often each cohort was given; fallbacks without a known split are counted under "unknown"."""
        counts = dict(self._retired)
        for plan in self._plans.values():
            _add(counts, plan)
        for (environment, split, cohort), uses in counts.items():
            yield Served(environment, split, cohort, uses)
        fallbacks = (self._unknown_path, self._unknown_environment, self._unknown_split, self._fault)
        yield Served("unknown", "unknown", STABLE, sum(fallback.tally.uses for fallback in fallbacks))

    def _headers(self, scope: Scope) -> RawHeaders:
        parts = scope["raw_path"].split(b"/", 6)  # "", traffic, v1, ENVIRONMENT, SPLIT, decide, the original path
        if len(parts) < 6 or parts[5] != b"decide":  # noqa: PLR2004  # as counted above
            return self._fall(self._unknown_path)
        name = (parts[3], parts[4])
        plan = self._plans.get(name)
        snapshot = self._snapshot(name[0].decode("ascii"))
        if snapshot is None:
            return self._fall(self._unknown_environment)
        if plan is None or plan.stamp != (snapshot.epoch, snapshot.revision):
            plan = self._make(name, snapshot)
            if plan is None:
                return self._fall(self._unknown_split)
        return plan.headers(scope, dict(scope["headers"]))

    def _make(self, name: tuple[bytes, bytes], snapshot: Snapshot) -> Plan | None:
        """Prepare a split; the names of unknown ones are not kept, so that asking for many fills no memory."""
        old = self._plans.pop(name, None)
        if old is not None:
            _add(self._retired, old)
            old.forget()
        key = name[1].decode("ascii")
        compiled = snapshot.cohort(key)
        if compiled is None:
            return None
        plan = self._plans[name] = Plan(snapshot, key, compiled.decide, self._proxies)
        return plan

    def _fall(self, fallback: Fallback) -> RawHeaders:
        fallback.tally.uses += 1
        return fallback.headers


def _add(counts: dict[tuple[str, str, str], int], plan: Plan) -> None:
    for environment, split, cohort, uses in plan.served():
        label = (environment, split, cohort)
        counts[label] = counts.get(label, 0) + uses
