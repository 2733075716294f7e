"""A client from a framework's settings: one mapping whose names are the client's options in capitals."""

import difflib
import inspect
import os
from collections.abc import Mapping
from pkgutil import resolve_name
from typing import Any

from flagsdk.client import FlagClient
from flagsdk.integrations.cohort import NOTHING, CohortVerifier, Held

_OPTIONS = frozenset(
    parameter.name.upper()
    for parameter in inspect.signature(FlagClient.__init__).parameters.values()
    if parameter.kind is parameter.KEYWORD_ONLY
)
NAMES = _OPTIONS | {"SOURCES", "CLIENT", "COHORT_KEY"}
"""What settings may hold, beside what a framework adds."""
PLACES = frozenset({"SOURCES", "REDIS", "URL", "FILE", "BOOTSTRAP", "OFFLINE"})
"""Those that say where flags come from; without any, the FLAGSDK_* variables say it."""


def client_of(settings: Mapping[str, Any], *own: str) -> FlagClient:
    """Make the client that settings describe, or give the one that `CLIENT` is, or names by its path.

    `SOURCES` is an address or several, best first; `own` are the framework's own names. Raises ValueError for an
    unknown name (with the nearest known one) and for an address that cannot be used.
    """
    check_names(settings, *own)
    if "CLIENT" in settings:
        return _given(settings["CLIENT"])
    sources = settings.get("SOURCES", ())
    options = {name.lower(): value for name, value in settings.items() if name in _OPTIONS}
    if not any(settings.get(name) for name in PLACES):
        return FlagClient.from_env(**options)
    return FlagClient(*([sources] if isinstance(sources, str) else sources), **options)


def verifier_of(settings: Mapping[str, Any]) -> CohortVerifier | None:
    """Make what verifies the edge's cohorts, from COHORT_KEY and ENVIRONMENT or from the variables; None without a key.

    Raises ValueError for what is no key, and for a key without an environment.
    """
    environment = settings.get("ENVIRONMENT") or os.environ.get("FLAGSDK_ENVIRONMENT", "")
    if settings.get("COHORT_KEY"):
        return CohortVerifier(settings["COHORT_KEY"], environment=environment)
    return CohortVerifier.from_env(os.environ | {"FLAGSDK_ENVIRONMENT": environment})


def edge_of(verifier: CohortVerifier | None, header: str | None) -> Held:
    """Read what the edge said of a request; nothing where no key was given."""
    return verifier.read(header) if verifier else NOTHING


def check_names(settings: Mapping[str, Any], *own: str) -> None:
    """Raise ValueError for a name that means nothing here."""
    known = NAMES.union(own)
    for name in settings:
        if name not in known:
            nearest = difflib.get_close_matches(str(name).upper(), known, 1) or sorted(known)
            raise ValueError(f"FLAGSDK: unknown name {name!r}; did you mean {' or '.join(nearest)}?")


def named(path: Any) -> Any:
    """Give what a dotted path names, or what is no path as it is. Raises ValueError when nothing is there."""
    if not isinstance(path, str):
        return path
    try:
        return resolve_name(path)
    except (ImportError, AttributeError, ValueError) as fault:
        raise ValueError(f"FLAGSDK: nothing can be imported as {path!r}: {fault}") from fault


def _given(client: Any) -> FlagClient:
    found = named(client)
    made = found if isinstance(found, FlagClient) or not callable(found) else found()
    if not isinstance(made, FlagClient):
        raise ValueError(f"FLAGSDK: CLIENT is no FlagClient but {type(made).__name__}")  # noqa: TRY004 - a setting's value
    return made
