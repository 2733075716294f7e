"""Types of single values in requests: keys, revisions, switches, times. Strict, and described to OpenAPI."""

import re  # fixed patterns over bounded parameters
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, StringConstraints, WithJsonSchema

from flagsvc.domain.records import CATALOG

_KEY = "[A-Za-z0-9][A-Za-z0-9._-]{0,99}"
KEY_PATTERN = f"^{_KEY}$"
TRAILED_PATTERN = f"^({CATALOG}|{_KEY})$"
"""An environment, or the one under whose name stands what belongs to all of them."""
KEY = re.compile(KEY_PATTERN.removesuffix("$"))
MAX_REVISION = 2**53 - 1
_DATE_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)")
_WHOLE_NUMBER = re.compile(r"-?[0-9]{1,16}")


def _switch(text: Any) -> Any:
    return {"true": True, "false": False}.get(text, text) if isinstance(text, str) else text


def whole_number(text: Any) -> Any:
    """Read a text as a whole number; what is none stays as it is, to be refused."""
    return int(text) if isinstance(text, str) and _WHOLE_NUMBER.fullmatch(text) else text


def utc_from_text(text: Any) -> datetime:
    """Read an RFC 3339 date-time with offset, into UTC. Raises ValueError for any other text."""
    if isinstance(text, datetime):
        return text
    if not isinstance(text, str) or not _DATE_TIME.fullmatch(text):
        raise ValueError("a date-time of RFC 3339 with an offset is needed, such as 2026-11-22T14:05:00Z")
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except OverflowError:
        raise ValueError("the date is outside the calendar") from None


Key = Annotated[str, StringConstraints(pattern=KEY_PATTERN)]
Trailed = Annotated[str, StringConstraints(pattern=TRAILED_PATTERN)]
Keys = Annotated[str, StringConstraints(pattern=f"^{_KEY},{_KEY}(,{_KEY})?$")]
Switch = Annotated[bool, BeforeValidator(_switch)]
RevisionNumber = Annotated[int, Field(ge=0, le=MAX_REVISION)]
Revision = Annotated[RevisionNumber, BeforeValidator(whole_number)]
Limit = Annotated[int, Field(ge=1, le=200), BeforeValidator(whole_number)]
Days = Annotated[int, Field(ge=1, le=3650), BeforeValidator(whole_number)]
Cursor = Annotated[str, StringConstraints(min_length=1, max_length=2000)]
Moment = Annotated[datetime, BeforeValidator(utc_from_text), WithJsonSchema({"type": "string", "format": "date-time"})]
Text = Annotated[str, StringConstraints(min_length=1, max_length=200)]
