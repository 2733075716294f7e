"""Traefik, told through the Redis that its provider watches: one weighted service, in one transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import redis

from flagsdk.redis_link import parse
from flagsdk.redis_link.address import CLUSTER
from flagsdk.redis_link.connecting import Limits, Links
from flagsvc.domain.routing.capabilities import Capabilities
from flagsvc.domain.routing.errors import RouterError
from flagsvc.domain.routing.observed import Observed, disagreement
from flagsvc.domain.routing.target import Target
from flagsvc.outbound.files import secret_of
from flagsvc.routers.common.backends import told_weights
from flagsvc.routers.registry import Tools
from flagsvc.routers.traefik_nodes import TraefikNodes, demand_traefik
from flagsvc.routers.traefik_plan import GRANULARITY, Naming, flat, services_of

LIMITS = Limits(connect_seconds=1.0, answer_seconds=2.0)
EXPECTED_SECONDS = 2.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """`redis`: the address, or `redis_file`: a file with it; `root_key` as in Traefik's provider.

    `service` is told, `backends` names the service of each backend with its provider ("stable@file"). `api`: addresses
    of the API of every Traefik, with `api_token_file` where one is asked for. `mirror`: a mirroring service in front.
    `sticky_cookie`: the name of a cookie that pins clients.
    """

    service: str
    backends: Mapping[str, str]
    api: tuple[str, ...] = ()
    api_token_file: Path | None = None
    redis: str = ""
    redis_file: Path | None = None
    root_key: str = "traefik"
    mirror: bool = False
    sticky_cookie: str = ""

    __pydantic_config__: ClassVar[Mapping[str, str]] = {"extra": "forbid"}

    def __post_init__(self) -> None:
        demand_traefik(self.api, self.backends, self.service)
        if bool(self.redis) == bool(self.redis_file):
            raise ValueError("give the address of the Redis either by redis or by redis_file")
        if self.redis and parse(self.redis).kind == CLUSTER:
            raise ValueError("in a cluster the keys of a service lie in several slots, and cannot change at once")


class _Keys:
    """The keys of the split's services in Redis: read and replaced as one."""

    def __init__(self, options: Options, naming: Naming) -> None:
        self._options = options
        services = dict.fromkeys((naming.weighted, naming.service))
        self._roots = [f"{options.root_key}/http/services/{name}" for name in services]
        self._links: tuple[str, Links] | None = None

    def differing(self, wanted: Mapping[str, str]) -> Sequence[str]:
        """Say what a transaction would set and remove now."""
        changes: Sequence[str] = self._with(lambda client: _changes(self._held(client), wanted))
        return changes

    def replace(self, wanted: Mapping[str, str]) -> None:
        """Set the keys to `wanted`, all at once; RouterError(conflict=True) when one changed in between.

        Keys that are right are set again: a Traefik that missed the notice reads them then.
        """
        self._with(lambda client: self._replaced(client, wanted))

    def _replaced(self, client: redis.Redis, wanted: Mapping[str, str]) -> None:
        with client.pipeline(transaction=True) as pipe:
            pipe.watch(*wanted, *self._names(client))  # type: ignore[no-untyped-call]  # redis-py leaves it untyped
            surplus = sorted(self._held(client).keys() - wanted.keys())
            pipe.multi()
            pipe.mset(dict(wanted))
            if surplus:
                pipe.delete(*surplus)
            pipe.execute()

    def _held(self, client: redis.Redis) -> dict[str, str]:
        names = self._names(client)
        values: Any = client.mget(names) if names else []
        return {name: value.decode() for name, value in zip(names, values, strict=True) if value is not None}

    def _names(self, client: redis.Redis) -> list[str]:
        found = {name.decode() for root in self._roots for name in client.scan_iter(f"{_literal(root)}/*", count=1000)}
        return sorted(found)

    def _with(self, work: Any) -> Any:
        try:
            return work(self._client())
        except redis.WatchError as error:
            raise RouterError("somebody else wrote these keys in between", conflict=True) from error
        except (redis.AuthenticationError, redis.exceptions.NoPermissionError) as error:
            raise RouterError(
                f"Redis refuses: {type(error).__name__}; the user needs watch, scan, mget, mset, del, multi and exec "
                f"on {self._options.root_key}/*",
                permanent=True,
            ) from error
        except redis.ResponseError as error:
            raise RouterError(f"Redis refuses: {str(error).split(' ', 1)[0]}") from error
        except (redis.RedisError, OSError) as error:
            raise RouterError(f"Redis: {type(error).__name__}") from error

    def _client(self) -> redis.Redis:
        url = secret_of(self._options.redis_file) if self._options.redis_file else self._options.redis
        if self._links is None or self._links[0] != url:
            try:
                self._links = url, Links(parse(url), LIMITS, "flagsvc-traefik")
            except ValueError as error:
                raise RouterError(str(error), permanent=True) from error
        client: redis.Redis = self._links[1].to("")
        return client


class TraefikRedis:
    """Redis is told; what counts is what Traefik holds."""

    def __init__(self, options: Options) -> None:
        naming = Naming(
            service=options.service, backends=options.backends, mirror=options.mirror, cookie=options.sticky_cookie
        )
        self._naming, self._root = naming, options.root_key
        self._keys = _Keys(options, naming)
        self._nodes = TraefikNodes(options.api, naming, "redis", options.api_token_file)
        self.capabilities = Capabilities(
            granularity=GRANULARITY,
            sticky="own" if options.sticky_cookie else "none",
            backends=frozenset(options.backends),
            expected_propagation_seconds=EXPECTED_SECONDS,
            mirror=options.mirror,
            conditional=True,
        )

    def plan(self, target: Target) -> Sequence[str]:
        """Say which keys the transaction would set and remove; all of them where only Traefik is behind."""
        wanted = self._wanted(target)
        changes = self._keys.differing(wanted)
        if changes or not disagreement(target, self._nodes.observe(), self.capabilities):
            return changes
        return [f"SET {name} {value} again" for name, value in wanted.items()]

    def apply(self, target: Target) -> None:
        """Set all keys in one transaction, so that Traefik never reads a half."""
        self._keys.replace(self._wanted(target))

    def observe(self) -> Observed | None:
        """Read what every Traefik holds."""
        return self._nodes.observe()

    def _wanted(self, target: Target) -> dict[str, str]:
        weights = told_weights(target, GRANULARITY, self._naming.backends)
        services = services_of(self._naming, weights, target.mirror)
        return dict(flat(services, f"{self._root}/http/services"))


def _changes(held: Mapping[str, str], wanted: Mapping[str, str]) -> list[str]:
    sets = [f"SET {name} {value}" for name, value in wanted.items() if held.get(name) != value]
    return [*sets, *(f"DEL {name}" for name in sorted(held.keys() - wanted.keys()))]


def _literal(text: str) -> str:
    """Write a name so that SCAN takes it as it is."""
    return "".join(f"\\{letter}" if letter in "*?[]^\\" else letter for letter in text)


def make(name: str, options: Options, tools: Tools) -> TraefikRedis:
    """Make one."""
    return TraefikRedis(options)
