"""Clients of a Redis whose every wait is bounded. redis-py's own retries are off: they hide an outage for a minute."""

import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.connection import Connection, SSLConnection, UnixDomainSocketConnection
from redis.retry import Retry

from flagsdk.redis_link.address import CLUSTER, SENTINEL, UNIX, Host, Login, RedisAddress
from flagsdk.redis_link.finding import Finder, Informants, SentinelFinder, SlotFinder
from flagsdk.wire import names

INFORMANT_SECONDS = 1.0
"""How long one sentinel or node may take to say where the server is."""
_FILES = ("ssl_ca_certs", "ssl_ca_path", "ssl_certfile", "ssl_keyfile")


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds that one wait may take: for the connection, and for each piece of an answer."""

    connect_seconds: float
    answer_seconds: float


class Links:
    """The clients of one Redis: one for all environments, but in a cluster one for each. Connects on first use.

    A plain client of the one server that holds an environment's keys does all that redis-py's cluster client does for
    one slot (WATCH, MULTI, blocking reads), needs fewer rights, and never waits longer than it is told to.
    """

    def __init__(self, address: RedisAddress, limits: Limits, name: str) -> None:
        _check_files(address.tls or {})
        self._address = address
        self._limits = limits
        self._name = name
        self._lock = threading.Lock()
        self._clients: dict[str, tuple[redis.Redis, Finder]] = {}

    @property
    def scattered(self) -> bool:
        """Whether environments may lie on different servers: one can be away while another answers."""
        return self._address.kind == CLUSTER

    def to(self, environment: str) -> redis.Redis:
        """Give the client of the server that holds the environment's keys; always the same one."""
        key = environment if self.scattered else ""
        with self._lock:
            if key not in self._clients:
                finder = self._finder(environment)
                self._clients[key] = self._client(finder), finder
            return self._clients[key][0]

    def disconnect(self) -> None:
        """Close every connection, also under other threads: the address is found again for the next. Never raises."""
        with self._lock:
            clients = list(self._clients.values())
        for client, finder in clients:
            finder.interrupt()
            with suppress(redis.RedisError, OSError):
                client.connection_pool.disconnect()

    def _client(self, finder: Finder) -> redis.Redis:
        address = self._address
        options = _common(self._limits, self._name, address.login) | {"db": address.database}
        if address.kind == UNIX:
            return _pooled(_UnixLink, options | {"path": address.path})
        return self._over_tcp(options, finder)

    def _over_tcp(self, options: dict[str, Any], finder: Finder) -> redis.Redis:
        tls = self._address.tls
        options |= {"finder": finder}
        return _pooled(_Link, options) if tls is None else _pooled(_TlsLink, options | dict(tls))

    def _finder(self, environment: str) -> Finder:
        address = self._address
        if address.kind == SENTINEL:
            return SentinelFinder(self._informants(address.sentinel_login), address.service)
        if address.kind == CLUSTER:
            return SlotFinder(self._informants(address.login), names(environment).meta)
        return _Fixed(address.hosts[0] if address.hosts else Host(address.path, 0))

    def _informants(self, login: Login) -> Informants:
        limits = Limits(min(self._limits.connect_seconds, INFORMANT_SECONDS), INFORMANT_SECONDS)
        options = _common(limits, self._name, login)
        return Informants(self._address.hosts, lambda host: self._over_tcp(dict(options), _Fixed(host)))


@dataclass(frozen=True, slots=True)
class _Fixed:
    """The address that was given."""

    host: Host

    def find(self) -> Host:
        return self.host

    def interrupt(self) -> None:
        """Nobody is asked."""


class _Named:
    """Tells the server who is there, which `CLIENT LIST` shows; a user who may not say so is let in all the same."""

    def __init__(self, *, label: str, **options: Any) -> None:
        super().__init__(**options)
        self._label = label

    def on_connect_check_health(self, check_health: bool = True) -> None:  # noqa: FBT001, FBT002 - redis-py's signature
        connection: Any = super()
        connection.on_connect_check_health(check_health)
        with suppress(redis.ResponseError):
            self.send_command("CLIENT", "SETNAME", self._label, check_health=False)  # type: ignore[attr-defined]
            self.read_response()  # type: ignore[attr-defined]


class _Link(_Named, Connection):
    """Goes where the finder says, each time that it connects."""

    def __init__(self, *, finder: Finder, **options: Any) -> None:
        super().__init__(**options)
        self._finder = finder

    def _connect(self) -> Any:
        self.host, self.port = self._finder.find()
        return super()._connect()  # type: ignore[no-untyped-call]  # redis-py leaves its own half untyped


class _TlsLink(_Link, SSLConnection):
    """The same over TLS."""


class _UnixLink(_Named, UnixDomainSocketConnection):
    """The same over a socket of this host."""


def _common(limits: Limits, name: str, login: Login) -> dict[str, Any]:
    return {
        "label": name,
        "username": login.username or None,
        "password": login.password or None,
        "socket_timeout": limits.answer_seconds,
        "socket_connect_timeout": limits.connect_seconds,
        "retry": Retry(NoBackoff(), 0),
        "protocol": 2,
        "driver_info": None,  # it would take two more questions, which the smallest set of rights refuses
    }


def _pooled(kind: type, options: Mapping[str, Any]) -> redis.Redis:
    return redis.Redis.from_pool(redis.ConnectionPool(connection_class=kind, **options))


def _check_files(tls: Mapping[str, Any]) -> None:
    for name in _FILES:
        if name in tls and not Path(tls[name]).exists():
            raise ValueError(f"redis: {name}: there is no such file")
