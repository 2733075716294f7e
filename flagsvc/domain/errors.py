"""Why an intention is refused. Each class says what the caller must do; HTTP maps each to one problem type."""

from collections.abc import Sequence
from typing import NamedTuple

SHOWN = 20  # a sentence, not a list


class Fault(NamedTuple):
    """One thing wrong in a request: RFC 6901 pointer into the body, a stable code, and a sentence."""

    pointer: str
    code: str
    detail: str


class Refused(Exception):
    """Root of all refusals; nothing was stored. `str(error)` is a sentence fit for the caller."""


class NotFound(Refused):
    """The named thing does not exist (or is not visible); `kind` and `key` name it, `when` says as of what."""

    def __init__(self, kind: str, key: str, environment: str | None = None, when: str = "") -> None:
        self.kind, self.key, self.environment = kind, key, environment
        place = f" in environment {environment!r}" if environment else ""
        super().__init__(f"There is no {kind} {key!r}{place}{when}.")


class Exists(Refused):
    """A thing with this key is there already, perhaps archived."""

    def __init__(self, kind: str, key: str, environment: str | None = None) -> None:
        self.kind, self.key, self.environment = kind, key, environment
        place = f" in environment {environment!r}" if environment else ""
        super().__init__(f"The {kind} {key!r} exists already{place} (archived ones keep their key).")


class StaleRevision(Refused):
    """Somebody else changed the document since it was read: read version `current`, by `author`, and try again."""

    def __init__(self, expected: int, current: int, author: str) -> None:
        self.expected, self.current, self.author = expected, current, author
        super().__init__(f"The document is at version {current} (by {author}), not {expected}: read it again.")


class Invalid(Refused):
    """Well-formed input with a wrong meaning; `faults` lists everything that is wrong, at once."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(f"{fault.pointer or '/'}: {fault.detail}" for fault in faults))


class BadQuery(Refused):
    """A query parameter cannot be used; `parameter` names it."""

    def __init__(self, parameter: str, detail: str) -> None:
        self.parameter, self.detail = parameter, detail
        super().__init__(f"{parameter}: {detail}")


class BadPatch(Refused):
    """A JSON Patch cannot be applied to the document as it is (failed `test`, missing path, wrong shape)."""


class InUse(Refused):
    """Something else depends on it; `users` names them, for instance "production/flag/checkout"."""

    def __init__(self, what: str, users: Sequence[str]) -> None:
        self.what, self.users = what, tuple(users)
        shown = ", ".join(users[:SHOWN]) + (" …" if len(users) > SHOWN else "")
        super().__init__(f"{what} is still used by: {shown}. Archive these first, or let them use something else.")


class PreconditionRequired(Refused):
    """The environment is protected: send If-Match with the version that was read."""

    def __init__(self, environment: str) -> None:
        self.environment = environment
        super().__init__(f"The environment {environment!r} is protected: a write must name the version it is based on.")


class ReasonRequired(Refused):
    """The environment demands a reason for every change."""

    def __init__(self, environment: str) -> None:
        self.environment = environment
        super().__init__(f"The environment {environment!r} requires a reason for every change.")


class RerandomiseRequired(Refused):
    """The edit would draw the units of a split anew; allow it expressly. `pointers` name the splits."""

    def __init__(self, pointers: Sequence[str]) -> None:
        self.pointers = tuple(pointers)
        super().__init__(
            f"Salt or hash of {', '.join(pointers)} would change, which draws every unit anew: ask for it expressly."
        )


class Archived(Refused):
    """The document is archived: restore it before editing."""

    def __init__(self, kind: str, key: str) -> None:
        self.kind, self.key = kind, key
        super().__init__(f"The {kind} {key!r} is archived: restore it first.")


class WrongPhase(Refused):
    """The binding or rollout is not in the phase that this is for."""


class RolloutActive(Refused):
    """A rollout moves this place: pause or abort it first; `rollout` names it."""

    def __init__(self, what: str, rollout: str) -> None:
        self.what, self.rollout = what, rollout
        super().__init__(
            f"{what} is being moved by the rollout {rollout!r}: abort it (everything goes back) or let it end first."
        )


class HeldBack(Refused):
    """Nothing may begin now: a freeze, a cooldown or a used-up budget; an override says otherwise."""


class Forbidden(Refused):
    """The token is not allowed to do this."""


class Unauthenticated(Refused):
    """No token, or one that is unknown, expired or revoked (one answer for all of them)."""

    def __init__(self) -> None:
        super().__init__("A valid token is required.")


class ManagedElsewhere(Refused):
    """The document belongs to another writer, named by `link`."""

    def __init__(self, link: str) -> None:
        self.link = link
        super().__init__(f"The document is managed elsewhere: {link}")


class KeyReused(Refused):
    """The Idempotency-Key was used for another request."""

    def __init__(self) -> None:
        super().__init__("This Idempotency-Key was used with another request: take a new one.")


class Unavailable(Refused):
    """The database cannot answer now: retry after `retry_after_seconds`.

    With `outcome_unknown` the write may have been committed: retry with the same Idempotency-Key. `cause` is what the
    driver said; it may name hosts and users, and is for the log only.
    """

    def __init__(
        self, detail: str, *, cause: str = "", retry_after_seconds: int = 1, outcome_unknown: bool = False
    ) -> None:
        self.cause, self.retry_after_seconds, self.outcome_unknown = cause, retry_after_seconds, outcome_unknown
        super().__init__(detail)


def for_the_log(error: Exception) -> str:
    """Say what happened, with what the driver said: for operators, not for callers."""
    cause = error.cause if isinstance(error, Unavailable) else ""
    return f"{error} ({cause})" if cause else str(error)
