"""Redis in every way it is run: over TLS, at a socket, under Sentinel, as a Cluster, and with users of few rights."""

import itertools
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from tests.support.certificates import Certificates
from tests.support.process import Child, free_port, listens, ordinary, program
from tests.support.servers import on_free_port
from tests.support.timing import eventually

SLOTS = 16384
NODES = 3
SENTINELS = 3
SERVICE = "main"
VOLATILE = ["--save", "", "--appendonly", "no", "--daemonize", "no", "--loglevel", "warning"]


class RedisNode(Child):
    """A volatile redis-server with further options; `start` after `kill` takes the same port."""

    def __init__(self, *options: str, name: str = "redis-node") -> None:
        super().__init__(name)
        self.options = list(options)
        self.port = 0

    @property
    def url(self) -> str:
        """The address that clients are given."""
        return f"redis://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start, and wait until this very process listens and answers."""
        if self.port:
            self._start(self.port)
        else:
            self.port = on_free_port(self._start)

    def ask(self, *command: object, **options: Any) -> Any:
        """Put one question, as the default user or, by `username` and `password`, as another."""
        once = Retry(NoBackoff(), 0)
        with Redis(host="127.0.0.1", port=self.port, retry=once, socket_timeout=5, **options) as client:
            return client.execute_command(*command)

    def _start(self, port: int) -> None:
        command = [program("redis-server"), "--port", str(port), "--bind", "127.0.0.1", "--dir", str(self.folder)]
        self.spawn([*ordinary("KILL"), *command, *VOLATILE, *self.options], lambda: self._answers(port))

    def _answers(self, port: int) -> bool:
        if not listens(self.pid, port):
            return False
        self.port = port
        try:
            return bool(self.ask("PING"))
        except RedisError:
            return False


class TlsNode(RedisNode):
    """A server that speaks TLS only, and asks for a certificate if `mutual`."""

    def __init__(self, certificates: Certificates, *, mutual: bool = False) -> None:
        super().__init__(name="redis-tls")
        self._mutual = "yes" if mutual else "no"
        self._files = certificates.copy_to(self.folder)

    def _start(self, port: int) -> None:
        tls = ["--tls-port", str(port), "--tls-auth-clients", self._mutual]
        files = {"--tls-ca-cert-file": "ca", "--tls-cert-file": "server", "--tls-key-file": "server_key"}
        tls += [word for option, name in files.items() for word in (option, str(self._files[name]))]
        command = [program("redis-server"), "--port", "0", "--bind", "127.0.0.1", "--dir", str(self.folder)]
        self.spawn([*ordinary("KILL"), *command, *VOLATILE, *tls], lambda: listens(self.pid, port))


class Sentinel(Child):
    """One sentinel that watches a master."""

    def __init__(self, master: int, *lines: str) -> None:
        super().__init__("sentinel")
        self._master = master
        self._lines = lines
        self._password = next((line.split()[1] for line in lines if line.startswith("requirepass ")), None)
        self.port = 0

    def ask(self, *command: object) -> Any:
        """Put one question, as the default user."""
        with Redis(host="127.0.0.1", port=self.port, password=self._password, protocol=2) as client:
            return client.execute_command(*command)

    def start(self) -> None:
        """Write its configuration, which it rewrites itself, and start it."""
        self.port = on_free_port(self._start)

    def _start(self, port: int) -> None:
        lines = [
            f"port {port}", "bind 127.0.0.1", f"dir {self.folder}",
            f"sentinel monitor {SERVICE} 127.0.0.1 {self._master} 2",
            f"sentinel down-after-milliseconds {SERVICE} 500",
            f"sentinel failover-timeout {SERVICE} 3000", *self._lines,
        ]  # fmt: skip
        file = self.folder / "sentinel.conf"
        file.write_text("\n".join(lines) + "\n")
        file.chmod(0o666)
        command = [program("redis-server"), str(file), "--sentinel"]
        self.spawn([*ordinary("KILL"), *command], lambda: listens(self.pid, port))


class Sentinels:
    """A master, a replica and three sentinels, all agreed; `lines` go into the sentinels' configuration."""

    def __init__(self, *lines: str) -> None:
        self._lines = lines
        # Without a delay a young replica has the data before it can be promoted.
        self.servers = [RedisNode("--repl-diskless-sync-delay", "0") for _ in range(2)]
        self.sentinels: list[Sentinel] = []

    @property
    def url(self) -> str:
        """The address that clients are given."""
        return f"redis+sentinel://{','.join(f'127.0.0.1:{each.port}' for each in self.sentinels)}/{SERVICE}"

    def start(self) -> None:
        """Start all and wait until the sentinels know one another and the replica has caught up."""
        for server in self.servers:
            server.start()
        master, replica = self.servers
        replica.ask("REPLICAOF", "127.0.0.1", str(master.port))
        eventually(lambda: b"master_link_status:up" in _info(replica), "the replica")
        self.sentinels = [Sentinel(master.port, *self._lines) for _ in range(SENTINELS)]
        for sentinel in self.sentinels:
            sentinel.start()
        eventually(lambda: all(map(_agreed, self.sentinels)), "the sentinels' agreement")

    def master(self) -> RedisNode:
        """Ask the first sentinel which of the servers is the master."""
        port = int(self.sentinels[0].ask("SENTINEL", "GET-MASTER-ADDR-BY-NAME", SERVICE)[1])
        return next(server for server in self.servers if server.port == port)

    def pause(self) -> None:
        """Freeze all of them."""
        for child in [*self.sentinels, *self.servers]:
            child.pause()

    def resume(self) -> None:
        """Let all of them go on."""
        for child in [*self.servers, *self.sentinels]:
            child.resume()

    def close(self) -> None:
        """End everything."""
        for child in [*self.sentinels, *self.servers]:
            child.close()


class Cluster:
    """Three masters that share the slots."""

    def __init__(self) -> None:
        self.nodes = [_cluster_node() for _ in range(NODES)]

    @property
    def url(self) -> str:
        """The address that clients are given."""
        return f"redis+cluster://{','.join(f'127.0.0.1:{node.port}' for node in self.nodes)}"

    def start(self) -> None:
        """Start the nodes, share the slots out and wait until all agree."""
        for node in self.nodes:
            node.start()
        first = self.nodes[0]
        for number, node in enumerate(self.nodes):
            node.ask("CLUSTER", "ADDSLOTSRANGE", SLOTS * number // NODES, SLOTS * (number + 1) // NODES - 1)
            node.ask("CLUSTER", "SET-CONFIG-EPOCH", number + 1)
            if node is not first:
                node.ask("CLUSTER", "MEET", "127.0.0.1", first.port, _bus(first))
        eventually(lambda: all(map(_covered, self.nodes)), "the cluster's agreement")

    def owner(self, key: str) -> RedisNode:
        """Ask which node serves the slot of a key."""
        slot = self.nodes[0].ask("CLUSTER", "KEYSLOT", key)
        for first, last, master, *_ in self.nodes[0].ask("CLUSTER", "SLOTS"):
            if first <= slot <= last:
                return next(node for node in self.nodes if node.port == master[1])
        raise LookupError(key)

    def move(self, key: str, keys: Sequence[str], *, half_way: bool = False) -> RedisNode:
        """Move the slot of a key, with its keys, to another node; `half_way` leaves the last key where it was."""
        source = self.owner(key)
        target = next(node for node in self.nodes if node is not source)
        slot = source.ask("CLUSTER", "KEYSLOT", key)
        target.ask("CLUSTER", "SETSLOT", slot, "IMPORTING", _id(source))
        source.ask("CLUSTER", "SETSLOT", slot, "MIGRATING", _id(target))
        for name in keys[: -1 if half_way else None]:
            source.ask("MIGRATE", "127.0.0.1", target.port, name, 0, 5000)
        if not half_way:
            for node in [target, source, *self.nodes]:
                node.ask("CLUSTER", "SETSLOT", slot, "NODE", _id(target))
            eventually(lambda: self.owner(key) is target)
        return target

    def pause(self) -> None:
        """Freeze all nodes."""
        for node in self.nodes:
            node.pause()

    def resume(self) -> None:
        """Let all nodes go on."""
        for node in self.nodes:
            node.resume()

    def close(self) -> None:
        """End everything."""
        for node in self.nodes:
            node.close()


@contextmanager
def running(server: Any) -> Iterator[Any]:
    """Start a server, a cluster or whatever has `start` and `close`; close it in the end."""
    try:
        server.start()
        yield server
    finally:
        server.close()


def socket_of(node: RedisNode) -> Path:
    """Where a node that was started with `--unixsocket redis.sock` listens."""
    return node.folder / "redis.sock"


def _cluster_node() -> RedisNode:
    bus = str(free_port())
    options = ["--cluster-enabled", "yes", "--cluster-port", bus, "--cluster-node-timeout", "1000"]
    return RedisNode(*options, "--repl-diskless-sync-delay", "0", name="redis-cluster")


def _bus(node: RedisNode) -> str:
    return node.options[node.options.index("--cluster-port") + 1]


def _id(node: RedisNode) -> str:
    return str(node.ask("CLUSTER", "MYID").decode())


def _info(node: RedisNode) -> bytes:
    with Redis(port=node.port) as client:
        client.response_callbacks.clear()
        answer: bytes = client.execute_command("INFO", "replication")
        return answer


def _agreed(sentinel: Sentinel) -> bool:
    state = dict(itertools.pairwise(sentinel.ask("SENTINEL", "MASTER", SERVICE)))
    return (state.get(b"num-other-sentinels"), state.get(b"num-slaves")) == (b"%d" % (SENTINELS - 1), b"1")


def _covered(node: RedisNode) -> bool:
    ranges = node.ask("CLUSTER", "SLOTS")
    state = node.ask("CLUSTER", "INFO")
    text = state.decode() if isinstance(state, bytes) else str(state)
    return len(ranges) == NODES and "cluster_state" in text and "fail" not in text.split("cluster_state")[1][:8]
