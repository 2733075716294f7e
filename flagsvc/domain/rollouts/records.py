"""The rows about rollouts that the store keeps, as plain frozen values. Times are texts of `instants`."""

from dataclasses import dataclass

LEASE = "rollouts"
"""The lease of the one replica that drives rollouts."""


@dataclass(frozen=True, slots=True)
class StoredRollout:
    """How far a rollout is: a text of `state`, its phase, and its version, counted from 1 by whoever writes it."""

    environment: str
    key: str
    phase: str
    text: str
    version: int
    at: str


@dataclass(frozen=True, slots=True)
class LogEntry:
    """What moved a rollout: the event that made the state of that number, and what was said and done about it.

    `event` is a text of `log`; `notes` and `done` are JSON: [kind, detail] each, and what effects put where.
    """

    environment: str
    rollout: str
    number: int
    at: str
    phase: str
    event: str
    notes: str
    done: str
