"""From refusals of the use cases to problems: one table, most specific class first by lookup along its ancestry."""

from collections.abc import Callable
from typing import Any

from flagsvc.domain import errors
from flagsvc.domain.errors import Fault, Refused
from flagsvc.http.authentication import unauthenticated
from flagsvc.http.problem import Problem, malformed


def _plain(code: str) -> Callable[[Any], Problem]:
    return lambda refusal: Problem(code, str(refusal))


def _invalid(refusal: errors.Invalid) -> Problem:
    return Problem("invalid", str(refusal), refusal.faults)


def _bad_query(refusal: errors.BadQuery) -> Problem:
    return malformed([Fault(f"query/{refusal.parameter}", "bad-parameter", refusal.detail)])


def _stale(refusal: errors.StaleRevision) -> Problem:
    headers = {"ETag": f'"{refusal.current}"'}
    extra = {"currentVersion": refusal.current, "author": refusal.author}
    detail = f"the document is at version {refusal.current}, by {refusal.author}: read it again"
    return Problem("stale-version", detail, extra=extra, headers=headers)


def _in_use(refusal: errors.InUse) -> Problem:
    return Problem("in-use", str(refusal), tuple(Fault("", "used-by", user) for user in refusal.users))


def _rerandomise(refusal: errors.RerandomiseRequired) -> Problem:
    faults = tuple(Fault(pointer, "rerandomises", "salt or hash would change") for pointer in refusal.pointers)
    return Problem("rerandomise-required", str(refusal), faults)


def _unavailable(refusal: errors.Unavailable) -> Problem:
    code = "outcome-unknown" if refusal.outcome_unknown else "unavailable"
    return Problem(code, str(refusal), headers={"Retry-After": str(refusal.retry_after_seconds)})


REFUSALS: dict[type[Refused], Callable[[Any], Problem]] = {
    errors.NotFound: _plain("not-found"),
    errors.Exists: _plain("exists"),
    errors.StaleRevision: _stale,
    errors.Invalid: _invalid,
    errors.BadQuery: _bad_query,
    errors.BadPatch: _plain("patch-failed"),
    errors.InUse: _in_use,
    errors.PreconditionRequired: _plain("precondition-required"),
    errors.ReasonRequired: _plain("reason-required"),
    errors.RerandomiseRequired: _rerandomise,
    errors.Archived: _plain("archived"),
    errors.WrongPhase: _plain("wrong-phase"),
    errors.RolloutActive: _plain("rollout-active"),
    errors.HeldBack: _plain("held-back"),
    errors.Forbidden: _plain("forbidden"),
    errors.Unauthenticated: lambda _: unauthenticated(),
    errors.ManagedElsewhere: _plain("managed-elsewhere"),
    errors.KeyReused: _plain("idempotency-key-reused"),
    errors.Unavailable: _unavailable,
}
"""Every refusal of the domain, and the problem it becomes."""


def problem_of(refusal: Refused) -> Problem:
    """Find the problem a refusal becomes; a class without a line of its own takes that of its nearest ancestor."""
    for ancestor in type(refusal).__mro__:
        if ancestor in REFUSALS:
            return REFUSALS[ancestor](refusal)
    raise TypeError(f"{type(refusal).__name__} has no line in REFUSALS") from refusal
