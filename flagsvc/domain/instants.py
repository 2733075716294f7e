"""Points in time as the store keeps them: RFC 3339, UTC, microseconds, "Z", so that text order is time order."""

from datetime import UTC, datetime


def text_of(moment: datetime) -> str:
    """Write an aware time as stored text: "2026-11-22T14:05:00.000000Z"."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def said_of(seconds: float) -> str:
    """Write Unix seconds for sentences: "2026-11-22 14:05:00 UTC", whole, so that a reader can convert it."""
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S} UTC"


def moment_of(text: str) -> datetime:
    """Read a stored text back."""
    return datetime.fromisoformat(text)


def milliseconds_of(text: str) -> int:
    """Unix milliseconds of a stored text, rounded down."""
    moment = moment_of(text)
    return int(moment.timestamp()) * 1000 + moment.microsecond // 1000
