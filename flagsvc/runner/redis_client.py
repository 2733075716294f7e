"""Redis clients that never wait long: redis-py's own retries and timeouts would hide an outage for a minute."""

from flagsdk.redis_link import parse
from flagsdk.redis_link.connecting import Limits, Links

LIMITS = Limits(connect_seconds=0.5, answer_seconds=2.0)
"""An answer may take more than the second for which a stream is read: a quiet stream is no dead server."""


def links(url: str) -> Links:
    """Make clients that connect on first use, answer bytes, and raise redis.RedisError within a few seconds."""
    return Links(parse(url), LIMITS, "flagsvc-runner")
