"""The rollouts of all environments, newest first, each as a line of a list."""

import json
from typing import Any

from flagsvc.domain.page import Listing, Page
from flagsvc.domain.records import Document
from flagsvc.domain.rollouts.attention import attention_of, open_gates
from flagsvc.domain.rollouts.legible import Illegible, legible_plan, legible_state
from flagsvc.domain.rollouts.plan import Gate, Plan
from flagsvc.domain.rollouts.records import StoredRollout
from flagsvc.domain.rollouts.state import LIVE, TERMINAL, RolloutState
from flagsvc.domain.rollouts.status import status_of, status_of_illegible
from flagsvc.ports import Store, View
from flagsvc.usecases.observing import Bindings, bindings_of, shares_of
from flagsvc.usecases.reading import demand_open, members_of

PHASES = {"active": LIVE, "ended": TERMINAL, None: LIVE | TERMINAL}
SAME = ("name", "kind", "key", "candidate", "baseline", "weight", "observed")


def list_all_rollouts(store: Store, page: Page, *, state: str | None = None, environment: str | None = None) -> Listing:
    """List rollouts, the newest first; `state`: "active" or "ended". Raises NotFound for the environment, BadQuery."""
    with store.reading() as view:
        if environment is not None:
            demand_open(view, environment)
        found, cursor = view.rollouts_newest(environment, PHASES[state], page)
        lines = _Lines(view)
        items = [lines.line(document, stored) for document, stored in found]
    return Listing(items, cursor)


class _Lines:
    """Makes lines in one sight of the store; what an environment's routers say is read once."""

    def __init__(self, view: View) -> None:
        self._view = view
        self._now = view.seconds()
        self._bindings: dict[str, Bindings] = {}

    def line(self, document: Document, stored: StoredRollout) -> dict[str, Any]:
        members = members_of(document)
        waits: tuple[Gate, ...] = ()
        try:
            plan, state = legible_plan(members["plan"]), legible_state(stored.text)
        except Illegible as error:
            status = status_of_illegible(stored, str(error))
            why = status["summary"] if stored.phase in LIVE else ""
        else:
            status = status_of(plan, state, shares_of(plan, self._of(document.ref.environment)))
            why, waits = self._attention(stored, plan, state), open_gates(plan, state)
        return {
            "environment": document.ref.environment,
            "key": document.ref.key,
            "name": members.get("name"),
            **{name: status[name] for name in ("phase", "since", "summary", "step")},
            "steps": len(members["plan"].get("steps", ())),
            "strategy": members["plan"].get("strategy"),
            "attention": bool(why),
            "attentionReason": why or None,
            "targets": [{name: target[name] for name in SAME} for target in status["targets"]],
            "verdict": {name: status["verdict"][name] for name in ("kind", "reason")},
            "waitingFor": [{"name": gate.name, "kind": gate.kind, "title": gate.title} for gate in waits],
            **{name: status[name] for name in ("startedAt", "endedAt", "commands")},
            "createdAt": document.created_at,
            "deployment": members.get("deployment"),
        }

    def _attention(self, stored: StoredRollout, plan: Plan, state: RolloutState) -> str:
        by_hand = state.phase == "paused" and self._is_paused_by_hand(stored)
        return attention_of(plan, state, self._now, by_hand=by_hand)

    def _is_paused_by_hand(self, stored: StoredRollout) -> bool:
        entry = self._view.rollout_entered(stored)
        event = json.loads(entry.event) if entry else {}
        return event.get("event") == "command" and event.get("order") == "pause"

    def _of(self, environment: str) -> Bindings:
        if environment not in self._bindings:
            self._bindings[environment] = bindings_of(self._view, environment)
        return self._bindings[environment]
