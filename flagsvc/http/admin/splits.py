"""Traffic splits: /api/v1/environments/{environment}/splits."""

from flagsvc.http.admin.documents import Noun, add_editing, add_life, add_reading, add_revert, add_users, add_weights
from flagsvc.http.call import Answer, Call
from flagsvc.http.operation import Operations
from flagsvc.http.parameters import EnabledQuery, WriteQuery
from flagsvc.http.rendering import written
from flagsvc.http.schemas.splits import (
    Swap,
    TrafficSplit,
    TrafficSplitCreate,
    TrafficSplitPage,
    TrafficSplitReplace,
    TrafficSplitWritten,
)
from flagsvc.http.schemas.writes import json_body
from flagsvc.usecases.swap import swap

_BODY = {
    "backends": ["stable", "canary"],
    "stable": "stable",
    "default": {"split": {"weights": {"stable": 95_000, "canary": 5_000}}},
}
_NOUN = Noun(
    kind="split",
    plural="splits",
    title="traffic split",
    document=TrafficSplit,
    page=TrafficSplitPage,
    written=TrafficSplitWritten,
    replace=TrafficSplitReplace,
    replace_example=_BODY,
    patch_example={"force": {"header": "X-Force-Cohort"}},
    query=EnabledQuery,
    weights_example={"stable": 75_000, "canary": 25_000},
    create=TrafficSplitCreate,
    create_example={"key": "payments", **_BODY},
)

operations = Operations("Traffic splits")
add_reading(operations, _NOUN)
add_life(operations, _NOUN)
add_editing(operations, _NOUN)
add_weights(operations, _NOUN)
add_revert(operations, _NOUN)
add_users(operations, _NOUN)


@operations(
    f"POST {_NOUN.item}/swap",
    "Swap the backends of a traffic split",
    name="swapTrafficSplit",
    answer=TrafficSplitWritten,
    query=WriteQuery,
    body=json_body(Swap),
    example={"to": "canary"},
    writes=True,
    conditional=True,
    errors=("archived",),
)
def swap_backends(call: Call) -> Answer:
    """Give one backend everything: the one named by `to`, or the other one of two. The same call again swaps back."""
    return written(call, swap(call.store, call.intent, call.ref(_NOUN.kind), call.body))
