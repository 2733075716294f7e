"""Every way that a snapshot comes over a line, for the contract of sources: real servers, each its own."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from redis import Redis

from flagsdk.redis_link import parse
from flagsdk.redis_link.connecting import Limits, Links
from flagsdk.sources import Source, open_source
from flagsdk.wire import names
from flagsvc.publisher import RedisPublisher
from tests.publisher.database import Database, flag
from tests.sdk.feeding import TOKEN, Feeding
from tests.support.certificates import Certificates
from tests.support.redis_nodes import Cluster, RedisNode, Sentinels, TlsNode, running, socket_of
from tests.support.relay import Relay

META, DOCUMENTS, CHANGES = names("production")


@dataclass(frozen=True)
class Place:
    """Where one environment can be read."""

    address: str
    write: Callable[[dict[str, Any]], int]  # commits and distributes; gives the revision
    stop: Callable[[], None]  # nothing answers any more, and no connection is cut
    go_on: Callable[[], None]
    redis: Redis | None = None  # to do harm with

    def open(self) -> Source:
        """Open a source as an application does."""
        return open_source(self.address, environment="production", token=TOKEN)


@contextmanager
def over_redis(url: str, folder: Path, nodes: list[Any]) -> Iterator[Place]:
    """Publish an environment; `nodes` are what is frozen."""
    database = Database(folder)
    publisher = RedisPublisher(url, database.store)
    links = Links(parse(url), Limits(2, 5), "test")

    def write(documents: dict[str, Any]) -> int:
        revision = database.write(documents)
        assert publisher.turn(["production"]), "not published"
        return revision

    def each(act: str) -> None:
        for node in nodes:
            getattr(node, act)()

    write({"flag/a": flag("a")})
    yield Place(url, write, lambda: each("pause"), lambda: each("resume"), links.to("production"))
    links.disconnect()
    publisher.close()
    database.close()


@contextmanager
def plain(folder: Path) -> Iterator[Place]:
    with running(RedisNode()) as node, over_redis(f"redis://127.0.0.1:{node.port}/2", folder, [node]) as place:
        yield place


@contextmanager
def over_tls(folder: Path) -> Iterator[Place]:
    """Over TLS, with a certificate of the client's own."""
    made = Certificates(folder)
    files = {"ssl_ca_certs": "ca", "ssl_certfile": "client", "ssl_keyfile": "client_key"}
    query = "&".join(f"{option}={made.files[name]}" for option, name in files.items())
    with (
        running(TlsNode(made, mutual=True)) as node,
        over_redis(f"rediss://127.0.0.1:{node.port}?{query}", folder, [node]) as place,
    ):
        yield place


@contextmanager
def at_a_socket(folder: Path) -> Iterator[Place]:
    node = RedisNode("--unixsocket", "redis.sock")
    with running(node), over_redis(f"unix://{socket_of(node)}", folder, [node]) as place:
        yield place


@contextmanager
def by_sentinel(folder: Path) -> Iterator[Place]:
    made = Sentinels()
    with running(made), over_redis(made.url, folder, [made]) as place:
        yield place


@contextmanager
def in_a_cluster(folder: Path) -> Iterator[Place]:
    with running(Cluster()) as cluster, over_redis(cluster.url, folder, cluster.nodes) as place:
        yield place


@contextmanager
def over_http(folder: Path, scheme: str = "http", **options: Any) -> Iterator[Place]:
    feeding = Feeding(folder, **options)
    feeding.write({"flag/a": flag("a")})
    feeding.start()
    relay = Relay(feeding.port)
    yield Place(f"{scheme}://127.0.0.1:{relay.port}", feeding.write, relay.hold, relay.release)
    relay.close()
    feeding.close()


@contextmanager
def over_https(folder: Path, monkeypatch: Any) -> Iterator[Place]:
    """Serve over TLS; the authority is trusted by the variable that OpenSSL knows."""
    files = Certificates(folder).files
    monkeypatch.setenv("SSL_CERT_FILE", str(files["ca"]))
    with over_http(folder, "https", ssl_certfile=files["server"], ssl_keyfile=files["server_key"]) as place:
        yield place
