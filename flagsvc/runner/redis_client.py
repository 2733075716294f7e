"""A Redis connection that never waits long: redis-py's own retries and timeouts would hide an outage for a minute."""

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

CONNECT_SECONDS = 0.5
ANSWER_SECONDS = 2.0
"""More than the second for which a stream is read, so that a quiet stream is not taken for a dead server."""


def connect(url: str) -> redis.Redis:
    """Make a client; connects on first use, answers bytes, raises redis.RedisError within two seconds or so."""
    return redis.Redis.from_url(
        url,
        socket_connect_timeout=CONNECT_SECONDS,
        socket_timeout=ANSWER_SECONDS,
        socket_keepalive=True,
        retry=Retry(NoBackoff(), 0),
        client_name="flagsvc-runner",
    )
