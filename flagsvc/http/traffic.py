"""Traffic decisions as plain ASGI over memory: always 200, always a cohort; whatever goes wrong is the stable one."""

import logging
from collections.abc import Callable, Iterator
from time import perf_counter
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

from starlette.types import ASGIApp, Receive, Scope, Send

from flagsdk.core import Snapshot
from flagsvc.http.hot import Answer, respond
from flagsvc.http.metrics_trace import Traces
from flagsvc.http.traffic_plan import NO_STORE, Plan, Served, Tally
from flagsvc.http.traffic_seal import Seal
from flagsvc.http.traffic_unit import Proxies

PREFIX = b"/traffic/v1/"
ROUTE = "/traffic/v1/{environment}/{split}/decide"
STABLE = "stable"
"""The cohort's name where not even the split is known."""

_log = logging.getLogger(__name__)


class _Elsewhere(Exception):
    """The request is for somebody else."""


class Fallback(NamedTuple):
    """An answer that needs no plan."""

    head: bytes
    tally: Tally


def _fallback(reason: str) -> Fallback:
    return Fallback(f"x-cohort: {STABLE}\r\nx-cohort-reason: {reason}\r\n".encode() + NO_STORE, Tally())


class Traffic:
    """Answers `/traffic/v1/{environment}/{split}/decide[/original/path]` for any method; bodies are not read.

    With a `seal`, each decision of a known split is signed, too. `elsewhere` answers what is posted to `…/outcomes`.
    """

    def __init__(
        self,
        snapshot: Callable[[str], Snapshot | None],
        proxies: Proxies,
        traces: Traces,
        seal: Seal | None = None,
        elsewhere: ASGIApp | None = None,
    ) -> None:
        self._elsewhere = elsewhere
        self._trace = traces.of(ROUTE)
        self._snapshot = snapshot
        self._proxies = proxies
        self._seal = seal
        self._plans: dict[tuple[bytes, bytes], Plan] = {}
        self._retired: dict[tuple[str, str, str], int] = {}
        self._unknown_path = _fallback("UNKNOWN_PATH")
        self._unknown_environment = _fallback("UNKNOWN_ENVIRONMENT")
        self._unknown_split = _fallback("UNKNOWN_SPLIT")
        self._fault = _fallback("GENERAL")

    def answer(self, scope: Scope, body: bytes = b"") -> Answer | None:
        """Answer a request: status 200 and a header block, whatever it is. None: it is for `elsewhere`."""
        start = perf_counter()
        try:
            head = self._head(scope)
        except _Elsewhere:
            return None
        except Exception:  # noqa: BLE001  # a fault of ours is the stable cohort, never a failed request
            _log.exception("a traffic decision failed")
            head = _fall(self._fault)
        self._trace.note(scope["method"], 200, perf_counter() - start)
        return Answer(200, head)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request; its body stays unread."""
        answer = self.answer(scope)
        if answer is not None:
            await respond(send, answer)
        elif self._elsewhere is not None:
            await self._elsewhere(scope, receive, send)

    def served(self) -> Iterator[Served]:
        """How often each cohort was given; fallbacks without a known split are counted under "unknown"."""
        counts = dict(self._retired)
        for plan in self._plans.values():
            _add(counts, plan)
        for (environment, split, cohort), uses in counts.items():
            yield Served(environment, split, cohort, uses)
        fallbacks = (self._unknown_path, self._unknown_environment, self._unknown_split, self._fault)
        yield Served("unknown", "unknown", STABLE, sum(fallback.tally.uses for fallback in fallbacks))

    def _head(self, scope: Scope) -> bytes:
        path = scope["raw_path"]
        parts = path.split(b"/", 6)  # "", traffic, v1, ENVIRONMENT, SPLIT, decide, the original path
        if len(parts) < 6 or parts[5] != b"decide":  # noqa: PLR2004  # as counted above
            if self._elsewhere is not None and parts[5:] == [b"outcomes"] and scope["method"] == "POST":
                raise _Elsewhere
            return _fall(self._unknown_path)
        name = (_plain(parts[3]), _plain(parts[4])) if b"%" in path else (parts[3], parts[4])
        plan = self._plans.get(name)
        snapshot = self._snapshot(name[0].decode("ascii"))
        if snapshot is None:
            return _fall(self._unknown_environment)
        if plan is None or plan.stamp != (snapshot.epoch, snapshot.revision):
            plan = self._make(name, snapshot)
            if plan is None:
                return _fall(self._unknown_split)
        return plan.head(scope, dict(scope["headers"]))

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
        plan = self._plans[name] = Plan(snapshot, key, compiled.decide, self._proxies, self._seal)
        return plan


def _plain(segment: bytes) -> bytes:
    """Decode a segment of the path; one that cannot be a key stays as it is."""
    decoded = unquote_to_bytes(segment)
    return decoded if decoded.isascii() else segment


def _add(counts: dict[tuple[str, str, str], int], plan: Plan) -> None:
    for environment, split, cohort, uses in plan.served():
        label = (environment, split, cohort)
        counts[label] = counts.get(label, 0) + uses


def _fall(fallback: Fallback) -> bytes:
    fallback.tally.uses += 1
    return fallback.head
