"""Segments: /api/v1/environments/{environment}/segments."""

from flagsvc.http.admin.documents import Noun, add_editing, add_life, add_reading, add_revert, add_users
from flagsvc.http.operation import Operations
from flagsvc.http.schemas.segments import Segment, SegmentCreate, SegmentPage, SegmentReplace, SegmentWritten

_BODY = {
    "name": "Beta testers",
    "included": ["user-42"],
    "when": {"attribute": "email", "op": "endsWith", "values": ["@example.com"]},
}
_NOUN = Noun(
    kind="segment",
    plural="segments",
    title="segment",
    document=Segment,
    page=SegmentPage,
    written=SegmentWritten,
    replace=SegmentReplace,
    replace_example=_BODY,
    patch_example={"excluded": ["user-13"]},
    create=SegmentCreate,
    create_example={"key": "testers", **_BODY},
)

operations = Operations("Segments")
add_reading(operations, _NOUN)
add_life(operations, _NOUN)
add_editing(operations, _NOUN)
add_revert(operations, _NOUN)
add_users(operations, _NOUN)
