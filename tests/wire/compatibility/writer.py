"""The history that is frozen: documents of every kind, written by today's service, with a clock and chance that repeat.

A real store, the real use cases, a real publisher over a real Redis, and a replica that signs.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from redis import Redis

from flagsdk.wire import names, whole_json
from flagsvc.domain.records import Ref
from flagsvc.http.fanout import notice_of
from flagsvc.publisher import RedisPublisher
from flagsvc.runner.replica import Replica
from flagsvc.store import open_store, upgrade
from flagsvc.usecases import flags, setup
from tests.signing.keys import BY_FIRST
from tests.usecases.world import World

ENVIRONMENT = "production"
NOW = 1_767_225_600.0  # when the publisher compares, in Unix seconds: of no meaning but always the same

BETA = {
    "included": ["user-1"],
    "excluded": ["user-3"],
    "when": {
        "all": [
            {"attribute": "email", "op": "endsWith", "values": ["@example.com"], "ignoreCase": True},
            {"not": {"attribute": "plan.level", "op": "lessThan", "values": [2]}},
        ]
    },
}
RULES = [
    {"id": "beta", "when": {"segment": "beta"}, "serve": "dark"},
    {
        "id": "some",
        "when": {
            "any": [
                {"attribute": "version", "op": "semverGreaterThan", "values": ["2.1"]},
                {"attribute": "country", "op": "in", "values": ["DE", "Österreich"], "negate": True},
            ]
        },
        "split": {"weights": {"light": 50_000, "dark": 50_000}, "by": "account"},
    },
]
SPLIT = {
    "unit": {"headers": ["X-User-Id"], "cookies": ["uid"], "clientAddress": False},
    "force": {"header": "X-Force-Cohort"},
    "sticky": {"cookie": "unit", "maxAgeSeconds": 3600, "secure": True},
    "enabled": True,
}


def written(folder: Path, redis_url: str) -> dict[str, str]:
    """Write the history anew; gives the text of each file of `written/` by its name."""
    with _publishing(folder, redis_url) as (world, publisher, replica), Redis.from_url(redis_url) as redis:
        _found(world)
        before = _published(publisher, redis), _fed(replica)
        _change(world)
        after = _published(publisher, redis), _fed(replica)
        return {
            "redis-before.json": before[0],
            "redis.json": after[0],
            "snapshot-before.json": before[1],
            "snapshot.json": after[1],
            "events.txt": "".join(notice_of(change).data.decode() for change in replica.recent(ENVIRONMENT)),
        }


def _published(publisher: RedisPublisher, redis: Redis) -> str:
    assert publisher.turn()
    return json.dumps(_copy(redis), indent=1) + "\n"


def _fed(replica: Replica) -> str:
    replica.turn()
    whole = replica.whole(ENVIRONMENT)
    assert whole is not None
    return whole_json(whole)


@contextmanager
def _publishing(folder: Path, redis_url: str) -> Iterator[tuple[World, RedisPublisher, Replica]]:
    store = open_store(f"sqlite:///{folder / 'frozen.db'}", chance=lambda: 0.5)
    upgrade(store.engine)
    publisher = RedisPublisher(redis_url, store, sign=BY_FIRST.sign, now=lambda: NOW)
    try:
        world = World(store, ENVIRONMENT)
        setup.new_epoch(store, world.intent())
        yield world, publisher, Replica(store, sign=BY_FIRST.sign)
    finally:
        publisher.close()
        store.close()


def _found(world: World) -> None:
    world.segment("beta", ENVIRONMENT, **BETA)
    for key, kind, variants in (
        ("checkout", "boolean", {"on": True, "off": False}),
        ("limit", "integer", {"low": 10, "high": 2**53 - 1}),
        ("ratio", "float", {"low": 0.1, "high": 1e300}),
        ("texts", "object", {"de": {"ja": "Grüße\n"}, "en": {"yes": [1, None, {"a": "\U0001f600"}]}}),
        ("theme", "string", {"classic": "classic", "light": "light", "dark": "dark"}),
    ):
        flags.create_flag(world.store, world.intent(), {"key": key, "type": kind, "variants": variants})
    _configure(world, "theme", offVariant="classic", rules=RULES, default={"serve": "light"})
    weighed = {"serve": None, "split": {"weights": {"on": 30_000, "off": 70_000}}}
    _configure(world, "checkout", offVariant="off", default=weighed)
    needs = [{"flag": "checkout", "variants": ["on"]}]
    _configure(world, "ratio", offVariant="low", prerequisites=needs, default={"serve": "high"})
    targets = [{"variant": "high", "units": ["user-1", "user-2"]}]
    _configure(world, "limit", offVariant="low", targets=targets, default={"serve": "low"})
    default = {"split": {"weights": {"canary": 5_000, "stable": 95_000}}}
    world.split("checkout", ENVIRONMENT, default=default, **SPLIT)


def _change(world: World) -> None:
    """Move weights, edit a segment, archive a flag, and change what readers do not see."""
    world.weigh(Ref(ENVIRONMENT, "flag", "checkout"), {"on": 55_000, "off": 45_000})
    world.weigh(Ref(ENVIRONMENT, "split", "checkout"), {"canary": 20_000, "stable": 80_000})
    world.merge(Ref(ENVIRONMENT, "segment", "beta"), {"excluded": []})
    flags.archive_flag(world.store, world.intent(), "texts")
    world.merge(Ref(ENVIRONMENT, "flag", "limit"), {"enabled": False})


def _configure(world: World, key: str, **members: Any) -> None:
    world.merge(Ref(ENVIRONMENT, "flag", key), {"enabled": True, **members})


def _copy(redis: Any) -> dict[str, Any]:
    """Everything that lies in Redis for the environment, as texts."""
    named = names(ENVIRONMENT)
    return {
        "meta": dict(sorted(_texts(redis.hgetall(named.meta)).items())),
        "documents": dict(sorted(_texts(redis.hgetall(named.documents)).items())),
        "changes": [[entry.decode(), _texts(fields)] for entry, fields in redis.xrange(named.changes)],
    }


def _texts(fields: dict[bytes, bytes]) -> dict[str, str]:
    return {name.decode(): text.decode() for name, text in fields.items()}
