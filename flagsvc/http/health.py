"""/health, /health/live, /health/ready: answered from states sampled in the background. No secrets, no calls."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

_NO_STORE = {"Cache-Control": "no-store"}
_FINE = frozenset({"ok", "off"})


class State(Protocol):
    """One dependency as it was last seen."""

    @property
    def status(self) -> str:
        """One of ok, degraded, down, or off where it is not configured."""

    @property
    def value(self) -> str:
        """What was seen, for people."""

    @property
    def since(self) -> str:
        """Since when the status holds; RFC 3339."""


@dataclass
class Lifecycle:
    """Where the process is in its life; written by the shutdown, read by readiness."""

    draining: bool = False
    obstacles: set[str] = field(default_factory=set)
    """What else keeps it from being ready, in words: a schema that is too old, for instance."""


class Health:
    """The three answers. Ready means: holds a usable snapshot, knows the schema, and is not leaving."""

    def __init__(
        self, states: Callable[[], Mapping[str, State]], lifecycle: Lifecycle, has_snapshot: Callable[[], bool]
    ) -> None:
        self._states = states
        self._lifecycle = lifecycle
        self._has_snapshot = has_snapshot

    def routes(self) -> list[Route]:
        """Routes of the three."""
        return [
            Route("/health", self.health, methods=["GET"], name="health"),
            Route("/health/live", self.live, methods=["GET"], name="live"),
            Route("/health/ready", self.ready, methods=["GET"], name="ready"),
        ]

    @property
    def status(self) -> str:
        """The health in a word: ok, degraded (something it depends on is not as it should be), or unready."""
        fine = all(state.status in _FINE for state in self._states().values())
        return "unready" if self.reasons else "ok" if fine else "degraded"

    @property
    def reasons(self) -> list[str]:
        """What it lacks to be ready; empty when it is."""
        found = sorted(self._lifecycle.obstacles)
        if self._lifecycle.draining:
            found.append("shutting down")
        if not self._has_snapshot():
            found.append("no snapshot yet")
        return found

    async def health(self, request: Request) -> Response:
        """For people and monitors: every state; 200 also when degraded, 503 only when not ready."""
        states = self._states()
        checks = {name: {"status": s.status, "value": s.value, "since": s.since} for name, s in states.items()}
        reasons = self.reasons
        return _answer({"status": self.status, "checks": checks, "reasons": reasons}, ready=not reasons)

    async def live(self, request: Request) -> Response:
        """Whether the process answers at all; looks at nothing else."""
        return _answer({"status": "alive"}, ready=True)

    async def ready(self, request: Request) -> Response:
        """Whether requests should come here; a dead database or Redis does not change that."""
        reasons = self.reasons
        return _answer({"status": "unready" if reasons else "ready", "reasons": reasons}, ready=not reasons)


def _answer(content: Mapping[str, object], *, ready: bool) -> Response:
    body = json.dumps(content, ensure_ascii=False)
    return Response(body, status_code=200 if ready else 503, headers=_NO_STORE, media_type="application/json")
