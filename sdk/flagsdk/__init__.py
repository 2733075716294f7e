"""Feature flags and traffic splits, evaluated locally. Importing this loads no Redis client and starts no thread."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flagsdk.client import AsyncFlagClient, FlagClient, TestingClient
    from flagsdk.core.context import Context
    from flagsdk.core.decision import Decision, ErrorCode, Reason
    from flagsdk.deciding import ContextLike
    from flagsdk.decisions import Decisions
    from flagsdk.overrides import Override
    from flagsdk.reading import Reading
    from flagsdk.reporting import Reporting
    from flagsdk.status import Status
    from flagsdk.usage import Use

__version__ = "0.1.1"

__all__ = [
    "AsyncFlagClient",
    "Context",
    "ContextLike",
    "Decision",
    "Decisions",
    "ErrorCode",
    "FlagClient",
    "Override",
    "Reading",
    "Reason",
    "Reporting",
    "Status",
    "TestingClient",
    "Use",
]

_HOMES = {
    "AsyncFlagClient": "flagsdk.client",
    "Context": "flagsdk.core.context",
    "ContextLike": "flagsdk.deciding",
    "Decision": "flagsdk.core.decision",
    "Decisions": "flagsdk.decisions",
    "ErrorCode": "flagsdk.core.decision",
    "FlagClient": "flagsdk.client",
    "Override": "flagsdk.overrides",
    "Reading": "flagsdk.reading",
    "Reason": "flagsdk.core.decision",
    "Reporting": "flagsdk.reporting",
    "Status": "flagsdk.status",
    "TestingClient": "flagsdk.client",
    "Use": "flagsdk.usage",
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for."""
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'flagsdk' has no attribute {name!r}")
    return getattr(import_module(home), name)


def __dir__() -> list[str]:
    return sorted(__all__)
