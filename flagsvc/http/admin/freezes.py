"""Freezes: /api/v1/environments/{environment}/freezes."""

from flagsvc.http.admin.documents import Noun, add_editing, add_life, add_reading, add_revert
from flagsvc.http.operation import Operations
from flagsvc.http.schemas.freezes import Freeze, FreezeCreate, FreezePage, FreezeReplace, FreezeWritten

_WEEKEND = {"weekdays": ["friday"], "start": "16:00", "end": "00:00", "zone": "Europe/Berlin"}
_BODY = {"reason": "the sale of the year", "from": "2026-11-27T00:00:00+01:00", "until": "2026-12-01T00:00:00+01:00"}
_NOUN = Noun(
    kind="freeze",
    plural="freezes",
    title="freeze",
    document=Freeze,
    page=FreezePage,
    written=FreezeWritten,
    replace=FreezeReplace,
    replace_example={"reason": "nobody is there to look", "weekly": _WEEKEND},
    patch_example={"until": "2026-12-02T00:00:00+01:00"},
    create=FreezeCreate,
    create_example={"key": "sale", **_BODY},
)

operations = Operations("Freezes")
add_reading(operations, _NOUN)
add_life(operations, _NOUN)
add_editing(operations, _NOUN)
add_revert(operations, _NOUN)
