"""Hooks and webhook gates: a signed POST to somebody's own program, which says done, not yet or no.

The format is docs/reference/hooks.md.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Literal

from flagsvc.domain.rollouts.plan import Hook
from flagsvc.outbound.guarded import Answer, Guarded, Request, Unreached
from flagsvc.outbound.outcome import Outcome, outcome, said
from flagsvc.outbound.signature import signed
from flagsvc.outbound.target import Barred, shown

ID_SIGNS = 32
MOST_BYTES = 4096
DONE = frozenset({200, 204})
AGAIN = frozenset({408, 425, 429})
NO = frozenset(range(400, 500)) - AGAIN
ACCEPTED = 202


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a program is asked. `step`: its name, "" before the first; `gate`: the gate's name for the action gate.

    `attempt` counts the retries that people ordered, not the times that it was asked: whoever is asked again gets the
    same id.
    """

    environment: str
    rollout: str
    step: str
    action: Literal["do", "undo", "gate"]
    attempt: int = 1
    gate: str = ""
    deployment: Mapping[str, Any] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """Name the question for ever: 32 hexadecimal digits."""
        named = [self.environment, self.rollout, self.step, self.action, self.gate, self.attempt]
        return sha256(json.dumps(named).encode()).hexdigest()[:ID_SIGNS]


def asked(client: Guarded, secrets: Sequence[str], hook: Hook, question: Question, now: float) -> Outcome:
    """Ask once, within the hook's `timeout_seconds`; `now` in Unix seconds. The deadline is the caller's to keep."""
    content = _body(hook, question)
    headers = {
        "Content-Type": "application/json",
        "Idempotency-Key": question.id,
        **signed(secrets, content, now),
    }
    place = f"POST {shown(hook.url)}"
    try:
        answer = client.ask(Request("POST", hook.url, headers, content), hook.timeout_seconds, MOST_BYTES)
    except Barred as error:
        return outcome("failed", f"{place}: {error}")
    except Unreached as error:
        return outcome("waiting", f"{place}: {error}")
    return _understood(place, answer)


def _understood(place: str, answer: Answer) -> Outcome:
    words = said(answer.body)
    detail = f"{place} gave {answer.status}{f': {words}' if words else ''}"
    if answer.status in DONE:
        return outcome("passed", detail)
    if answer.status in NO:
        return outcome("failed", detail)
    known = answer.status == ACCEPTED or answer.status in AGAIN
    return outcome("waiting", detail if known else f"{detail} (neither done, not yet nor no: asked again)")


def _body(hook: Hook, question: Question) -> bytes:
    document = {
        "id": question.id,
        "environment": question.environment,
        "rollout": question.rollout,
        "step": question.step,
        "action": question.action,
        "gate": question.gate,
        "attempt": question.attempt,
        "deployment": question.deployment,
        "body": hook.body,
    }
    return json.dumps(document, separators=(",", ":")).encode()
