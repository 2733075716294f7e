"""The copy in Redis, as an SDK reads it: complete, with the right digest, at the revision that was written."""

import os
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from flagsvc.ctl.failure import USAGE, Failure
from flagsvc.ctl.smoke.arriving import NotYet, until

if TYPE_CHECKING:
    from redis import Redis

    from flagsdk.wire import Whole

SCHEMES = frozenset({"redis", "rediss", "unix"})
CONNECT_SECONDS = 5.0


def checked_address(url: str) -> str:
    """Give the address of a Redis back; raises Failure for what is none that this can read."""
    if url and urlsplit(url).scheme not in SCHEMES:
        raise Failure(
            "--redis: redis://, rediss:// or unix:// is expected", USAGE, "Of Sentinel or a cluster, name one node."
        )
    return url


def copied(url: str, environment: str, revision: int, key: str, seconds: float) -> str:
    """Wait until Redis holds an environment at a revision, with a flag when one is named; raises Failure."""
    from redis.exceptions import RedisError  # noqa: PLC0415  # only who asks Redis pays for it

    with _connected(url) as client:

        def seen() -> str:
            try:
                whole = _read(client, environment)
            except RedisError as error:
                raise NotYet(f"Redis: {error}") from None
            if whole.revision < revision:
                raise NotYet(f"Redis holds revision {whole.revision}, not {revision}")
            if key and f"flag/{key}" not in whole.documents:
                raise Failure(f"Redis holds revision {whole.revision} without the flag")
            return f"revision {whole.revision}, {len(whole.documents)} documents, as an SDK would take them"

        return until(seen, seconds)


def _connected(url: str) -> "Redis":
    from redis import Redis  # noqa: PLC0415  # as above
    from redis.backoff import NoBackoff  # noqa: PLC0415
    from redis.retry import Retry  # noqa: PLC0415

    password = {} if urlsplit(url).password else {"password": os.environ.get("FLAGSVC_REDIS_PASSWORD") or None}
    return Redis.from_url(
        url, socket_connect_timeout=CONNECT_SECONDS, socket_timeout=CONNECT_SECONDS, retry=Retry(NoBackoff(), 0),
        **password,
    )  # fmt: skip


def _read(client: "Redis", environment: str) -> "Whole":
    from flagsdk.wire import Corrupt, Missing, admit, names, read_whole  # noqa: PLC0415  # as above

    keys = names(environment)
    pipeline = client.pipeline(transaction=True)
    pipeline.hgetall(keys.meta)
    pipeline.hgetall(keys.documents)
    meta, documents = pipeline.execute()
    try:
        whole = read_whole(environment, meta, documents)
        admit(whole)
    except (Missing, Corrupt) as fault:
        raise NotYet(f"Redis holds no snapshot of {environment} that an SDK would take: {fault}") from None
    return whole
