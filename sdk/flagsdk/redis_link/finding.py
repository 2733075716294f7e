"""Where the server is that holds the keys: asked of Sentinels, or of the nodes of a cluster."""

import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any, Protocol

import redis
from redis.crc import key_slot

from flagsdk.redis_link.address import Host

SECONDS = 3.0
"""For all that are asked together. The next search begins with another one, so each gets its turn."""


class Finder(Protocol):
    """Tells the address of the server, anew for every connection."""

    def find(self) -> Host:
        """Ask now. Raises redis.RedisError when nobody answers or knows, after `SECONDS` and one time-out at most."""
        ...

    def interrupt(self) -> None:
        """End a question under way in another thread."""
        ...


class Informants:
    """Servers that all know the same; the one that answers first is believed."""

    def __init__(self, hosts: Iterable[Host], connect: Callable[[Host], redis.Redis]) -> None:
        self._hosts = list(hosts)
        self._connect = connect
        self._asked: redis.Redis | None = None

    def ask(self, question: Callable[[Any, Host], Host | None], what: str) -> Host:
        """Ask one after another until one knows. Raises redis.ConnectionError that names `what` was not found."""
        until = time.monotonic() + SECONDS
        detail = "none of those asked knows it"
        for _ in range(len(self._hosts)):
            host = self._next()
            try:
                found = self._put(question, host)
            except redis.RedisError as fault:
                found, detail = None, f"{host.name}:{host.port}: {type(fault).__name__}: {fault}"
            if found:
                return found
            if time.monotonic() > until:
                break
        raise redis.ConnectionError(f"{what} was not found: {detail}")

    def learn(self, hosts: Iterable[Host]) -> None:
        """Ask these, too, from now on."""
        self._hosts += [host for host in hosts if host not in self._hosts]

    def interrupt(self) -> None:
        """End a question under way in another thread."""
        if asked := self._asked:
            with suppress(redis.RedisError, OSError):
                asked.connection_pool.disconnect()

    def _next(self) -> Host:
        """Take turns: one who is wrong, or slow, is not believed again and again."""
        host = self._hosts.pop(0)
        self._hosts.append(host)
        return host

    def _put(self, question: Callable[[Any, Host], Host | None], host: Host) -> Host | None:
        with self._connect(host) as client:
            self._asked = client
            try:
                return question(client, host)
            finally:
                self._asked = None


class SentinelFinder:
    """The present master of a service."""

    def __init__(self, sentinels: Informants, service: str) -> None:
        self._sentinels = sentinels
        self._service = service

    def find(self) -> Host:
        """Ask the sentinels, as Redis's guide for clients says (redis.io, "Sentinel client spec")."""
        return self._sentinels.ask(self._master, f"the master of {self._service!r}")

    def interrupt(self) -> None:
        """End a question under way in another thread."""
        self._sentinels.interrupt()

    def _master(self, sentinel: Any, _: Host) -> Host | None:
        answer = sentinel.execute_command("SENTINEL", "GET-MASTER-ADDR-BY-NAME", self._service)
        return Host(answer[0].decode(), int(answer[1])) if answer else None


class SlotFinder:
    """The node that serves one slot of a cluster: all keys of an environment are in the same."""

    def __init__(self, nodes: Informants, key: str) -> None:
        self._nodes = nodes
        self._slot = key_slot(key.encode())

    def find(self) -> Host:
        """Ask the nodes for the map of slots."""
        return self._nodes.ask(self._owner, f"the node of slot {self._slot}")

    def interrupt(self) -> None:
        """End a question under way in another thread."""
        self._nodes.interrupt()

    def _owner(self, node: Any, asked: Host) -> Host | None:
        """Read CLUSTER SLOTS: ranges [first, last, [host, port, …] of the master, then its replicas]."""
        ranges = node.execute_command("CLUSTER", "SLOTS")
        masters = {(first, last): _host(master, asked) for first, last, master, *_ in ranges}
        self._nodes.learn(masters.values())
        return next((host for (first, last), host in masters.items() if first <= self._slot <= last), None)


def _host(node: list[Any], asked: Host) -> Host:
    """Without a name, or with "?", it is reached where the map came from (redis.io, CLUSTER SLOTS)."""
    name = (node[0] or b"").decode()
    return Host(asked.name if name in {"", "?"} else name, int(node[1]))
