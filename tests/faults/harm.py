"""What somebody writes into Redis, or takes out of it: each harm by name. The publisher has to find and mend it."""

import random
from collections.abc import Callable
from functools import partial
from typing import Any

from flagsdk.wire import names
from tests.faults.world import ENVIRONMENT

META, DOCUMENTS, CHANGES = names(ENVIRONMENT)
AUDIENCE = "segment/beta"

Redis = Any
"""redis-py types its answers for every protocol at once."""
Harm = Callable[[Redis, random.Random], object]


def _retyped(redis: Redis, chance: random.Random, name: str) -> None:
    redis.delete(name)
    redis.set(name, "x")


def _rewritten(redis: Redis, chance: random.Random, change: Callable[[bytes], bytes]) -> None:
    text = redis.hget(DOCUMENTS, AUDIENCE) or b"{}"
    redis.hset(DOCUMENTS, AUDIENCE, change(text))


def _foreign(redis: Redis, chance: random.Random) -> None:
    for mine, other in zip((META, DOCUMENTS, CHANGES), names("staging"), strict=True):
        redis.delete(mine)
        if redis.exists(other):
            redis.copy(other, mine)


def _lost(redis: Redis, chance: random.Random) -> None:
    entries = redis.xrange(CHANGES)
    if entries:
        redis.xdel(CHANGES, chance.choice(entries)[0])


def _reordered(redis: Redis, chance: random.Random) -> None:
    """Put what each entry says under the id of another one, and announce what is yet to come."""
    entries = redis.xrange(CHANGES)
    said = [fields for _, fields in entries]
    chance.shuffle(said)
    redis.delete(CHANGES)
    for (entry, _), fields in zip(entries, said, strict=True):
        redis.xadd(CHANGES, fields, id=entry)


def _duplicated(redis: Redis, chance: random.Random) -> None:
    """Say the last change again, after itself or in the place of the next one."""
    entries = redis.xrevrange(CHANGES, count=1)
    if entries:
        entry, fields = entries[0]
        revision = int(entry.partition(b"-")[0])
        redis.xadd(CHANGES, fields, id=chance.choice([f"{revision}-1", f"{revision + 1}-0"]))


def demand_everything(redis: Redis) -> None:
    """Announce a change that leads nowhere: every reader reads everything again, at once."""
    entries = redis.xrevrange(CHANGES, count=1)
    revision = int(entries[0][0].partition(b"-")[0]) if entries else 1
    redis.xadd(CHANGES, {"epoch": "e1", "digest": "0" * 64, "at": "1"}, id=f"{revision + 1}-0")


def forge_next(redis: Redis) -> None:
    """Say the last change again, as the next revision: its edits lead to its digest once more."""
    entry, fields = redis.xrevrange(CHANGES, count=1)[0]
    following = int(entry.partition(b"-")[0]) + 1
    redis.xadd(CHANGES, fields | {b"revision": str(following)}, id=f"{following}-0")


def _older(redis: Redis, chance: random.Random) -> None:
    """Take the last change away everywhere, as a failover does: `meta` names the one before."""
    meta = redis.hgetall(META)
    entries = redis.xrevrange(CHANGES, count=2)
    if len(entries) == 2 and meta:
        redis.xdel(CHANGES, entries[0][0])
        before = entries[1][0].partition(b"-")[0]
        redis.hset(META, mapping={"revision": before, "digest": entries[1][1][b"digest"]})


HARM: dict[str, Harm] = {
    "everything is flushed": lambda redis, chance: redis.flushall(),
    "meta is gone": lambda redis, chance: redis.delete(META),
    "the documents are gone": lambda redis, chance: redis.delete(DOCUMENTS),
    "the stream is gone": lambda redis, chance: redis.delete(CHANGES),
    "meta has another type": partial(_retyped, name=META),
    "the documents have another type": partial(_retyped, name=DOCUMENTS),
    "the stream has another type": partial(_retyped, name=CHANGES),
    "a document is truncated": partial(_rewritten, change=lambda text: text[: len(text) // 2]),
    "a document has a flipped bit": partial(_rewritten, change=lambda text: bytes([text[0] ^ 1]) + text[1:]),
    "a document is replaced": partial(_rewritten, change=lambda text: text.replace(b"user", b"loser")),
    "values of another environment": _foreign,
    "an entry is lost": _lost,
    "entries are reordered": _reordered,
    "an entry is duplicated": _duplicated,
    "the stream is trimmed": lambda redis, chance: redis.xtrim(CHANGES, maxlen=0),
    "the newest change is lost": _older,
}
"""Each harms what is published of one environment; a missing copy is left missing."""

OF_EVERYTHING = [name for name in HARM if "stream" not in name and "entr" not in name and "newest" not in name]
"""Those that only a reader meets who reads everything."""
