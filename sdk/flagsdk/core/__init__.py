"""The pure core: values in, values out. No clock, no chance, no I/O, no logging."""

from .context import Context
from .decision import Decision, ErrorCode, Reason
from .digest import Digest
from .evaluate import evaluate, evaluate_all, evaluate_split
from .explain import explain
from .malformed import Malformed
from .outcome import Outcome
from .snapshot import Snapshot

__all__ = [
    "Context",
    "Decision",
    "Digest",
    "ErrorCode",
    "Malformed",
    "Outcome",
    "Reason",
    "Snapshot",
    "evaluate",
    "evaluate_all",
    "evaluate_split",
    "explain",
]
