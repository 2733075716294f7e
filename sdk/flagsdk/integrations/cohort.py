"""The edge's decision inside the application: verified from the request's header, in force for it, and passed on."""

import os
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import NamedTuple, Self

from flagsdk.options import text_in
from flagsdk.wire.cohort import HEADER, SignedCohort, Unfit, opened, parse_keys

__all__ = [
    "VARIABLES",
    "CohortVerifier",
    "Held",
    "SignedCohort",
    "edge_cohort",
    "edge_unit",
    "outgoing_headers",
    "use_cohorts",
]

MOST = 8
"""Signed cohorts that are read from one request; one for each edge and split that it passed."""

VARIABLES = {
    "FLAGSDK_COHORT_KEY": "one or two keys with a comma between, the same as the service's FLAGSVC_COHORT_KEY",
    "FLAGSDK_COHORT_KEY_FILE": "file that holds them",
    "FLAGSDK_ENVIRONMENT": "environment whose cohorts are believed",
}
"""Every variable that `CohortVerifier.from_env` reads."""


class Held(NamedTuple):
    """Verified cohorts by split, and the header value that they came in."""

    cohorts: Mapping[str, SignedCohort]
    header: str

    @property
    def unit(self) -> str | None:
        """The unit that the edge hashed: the first one's, where several came."""
        return next((cohort.unit for cohort in self.cohorts.values() if cohort.unit), None)


NOTHING = Held({}, "")
_current: ContextVar[Held] = ContextVar("flagsdk_cohorts", default=NOTHING)


class CohortVerifier:
    """Reads the header `X-Flagsvc-Cohort` and believes what the service signed for this environment, until it expires.

    `keys` is one key, or two with a comma between while they change; raises ValueError for what is none. What is not
    believed is left out and counted in `refused`: the application then decides by itself. A verified cohort is a fact
    about routing, and never a permission.
    """

    def __init__(self, keys: str, *, environment: str, clock: Callable[[], float] = time.time) -> None:
        if not environment:
            raise ValueError("name the environment whose cohorts are to be believed: environment=, FLAGSDK_ENVIRONMENT")
        self._keys = parse_keys(keys)
        self._environment = environment
        self._clock = clock
        self._refused: Counter[str] = Counter()

    @classmethod
    def from_env(cls, variables: Mapping[str, str] = os.environ) -> Self | None:
        """Make one from the variables of `VARIABLES`; None where no key is set, ValueError for what cannot be used."""
        keys = variables.get("FLAGSDK_COHORT_KEY", "") or text_in("FLAGSDK_COHORT_KEY_FILE", variables)
        if not keys:
            return None
        try:
            return cls(keys, environment=variables.get("FLAGSDK_ENVIRONMENT", ""))
        except ValueError as fault:
            raise ValueError(f"FLAGSDK_COHORT_KEY: {fault}") from fault

    @property
    def refused(self) -> Mapping[str, int]:
        """How many were not believed, by reason: "malformed", "forged", "expired" or "foreign"."""
        return dict(self._refused)

    def verify(self, text: str | bytes) -> SignedCohort | None:
        """Verify one signed cohort; None, and counted, where it is not to be believed. Never raises."""
        raw = text.encode("latin-1", "replace") if isinstance(text, str) else text
        found = opened(raw.strip(b" \t"), self._keys, self._clock())
        if isinstance(found, SignedCohort) and found.environment != self._environment:
            found = Unfit.FOREIGN
        if isinstance(found, SignedCohort):
            return found
        self._refused[str(found)] += 1
        return None

    def read(self, header: str | bytes | None) -> Held:
        """Read a header value: signed cohorts with commas between. The first of a split counts. Never raises."""
        if not header:
            return NOTHING
        raw = header.encode("latin-1", "replace") if isinstance(header, str) else header
        believed: dict[str, SignedCohort] = {}
        kept = []
        parts = [text for text in raw.split(b",", MOST)[:MOST] if text.strip(b" \t")]  # RFC 9110, section 5.6.1
        for text in parts:
            cohort = self.verify(text)
            if cohort is not None and believed.setdefault(cohort.split, cohort) is cohort:
                kept.append(text.strip(b" \t").decode("ascii"))
        return Held(believed, ", ".join(kept)) if believed else NOTHING


@contextmanager
def use_cohorts(held: Held) -> Iterator[None]:
    """Put verified cohorts in force for a block, in place of those before."""
    token = _current.set(held)
    try:
        yield
    finally:
        _current.reset(token)


def edge_cohort(split: str) -> str | None:
    """Backend of a traffic split that the edge chose for what is under way; None where it said nothing."""
    cohort = _current.get().cohorts.get(split)
    return cohort.cohort if cohort else None


def edge_unit() -> str | None:
    """Give the unit that the edge hashed for what is under way; None where it said nothing."""
    return _current.get().unit


def outgoing_headers() -> dict[str, str]:
    """Headers that pass the edge's decision on, for calls to your own services only: they hold the visitor's unit.

    Empty where there is nothing to pass on. What is signed keeps its expiry, so a call much later carries nothing.
    """
    header = _current.get().header
    return {HEADER: header} if header else {}
