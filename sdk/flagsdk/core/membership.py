"""Whether a context is in a segment, by the same walk that explains decisions, and everything that led to it."""

from typing import Any

from .context import Unreadable
from .explain_condition import Walker
from .model import InSegment
from .outcome import UNREADABLE
from .snapshot import Snapshot


def membership(snapshot: Snapshot, key: str, context: Any) -> dict[str, Any]:
    """Say whether a rule whose condition is "in this segment" would match, in JSON types. Never raises.

    {"matched": bool, "trace": the trace of that condition, which names the list that decided, "faults": [words]}.
    Where faults close every rule that uses the segment (there is none of that key, or it rests on what nobody here
    understands), or the context cannot be read, nothing matches and "trace" is None.
    """
    audience = snapshot.audience(key)
    if audience.segment is None or audience.support.faults:
        return _closed(audience.support.faults)
    try:
        truth, trace = Walker(context, snapshot.audience).judge(InSegment(key, negate=False))
    except Unreadable:
        return _closed((UNREADABLE,))
    return {"matched": truth is True, "trace": trace, "faults": []}


def _closed(faults: tuple[str, ...]) -> dict[str, Any]:
    return {"matched": False, "trace": None, "faults": list(faults)}
