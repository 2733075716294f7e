"""The real servers of the tests: Redis, PostgreSQL and nginx, each private, volatile, on loopback only."""

import os
import signal
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from tests.support.process import Child, NotStarted, free_port, ordinary, program

ATTEMPTS = 5


def on_free_port(start: Callable[[int], None]) -> int:
    """Call `start` with free ports until one could be bound; returns the port that was taken."""
    for _ in range(ATTEMPTS - 1):
        port = free_port()
        try:
            start(port)
        except NotStarted as error:
            if "address already in use" not in str(error).lower():
                raise
        else:
            return port
    port = free_port()
    start(port)
    return port


class RedisServer(Child):
    """A redis-server; `start` after `kill` or `stop` takes the same port. Keeps its data only when `durable`."""

    def __init__(self, *, durable: bool = False) -> None:
        super().__init__("redis")
        self._durable = durable
        self.port = 0

    @property
    def url(self) -> str:
        """Address for clients: redis://127.0.0.1:PORT/0."""
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Start, and wait for an answer from this very process."""
        if self.port:
            self._start(self.port)
        else:
            self.port = on_free_port(self._start)

    def client(self) -> Redis:
        """Connect a plain client that waits a second at most and never tries twice; close it after use."""
        return _client(self.port)

    def empty(self) -> None:
        """Remove every key."""
        with self.client() as client:
            client.flushall()

    def _start(self, port: int) -> None:
        durable = ["--appendonly", "yes", "--appendfsync", "always"] if self._durable else ["--appendonly", "no"]
        command = [program("redis-server"), "--port", str(port), "--bind", "127.0.0.1", "--dir", str(self.folder)]
        command += ["--save", "", *durable, "--daemonize", "no", "--loglevel", "warning"]
        self.spawn([*ordinary("KILL"), *command], lambda: self._answers(port))

    def _answers(self, port: int) -> bool:
        try:
            with _client(port) as client:
                return bool(client.info("server")["process_id"] == self.pid)
        except RedisError:
            return False


class PostgresServer(Child):
    """A PostgreSQL cluster with one role `app`; without fsync unless `durable`. `start` again takes the same port."""

    def __init__(self, *, durable: bool = False) -> None:
        super().__init__("postgres")
        self._durable = durable
        self._data = self.folder / "data"
        self.port = 0

    @property
    def url(self) -> str:
        """Address of the database `postgres`: postgresql://app@127.0.0.1:PORT/postgres."""
        return self.url_of("postgres")

    def url_of(self, database: str) -> str:
        """Address of any database of the cluster."""
        return f"postgresql://app@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        """Create the cluster on the first call, start it, and wait until it accepts connections."""
        if not self._data.exists():
            self._create()
        if self.port:
            self._start(self.port)
        else:
            self.port = on_free_port(self._start)

    def stop(self, number: signal.Signals = signal.SIGINT, seconds: float = 10.0) -> int | None:
        """Fast shutdown: open connections are ended."""
        return super().stop(number, seconds)

    def _create(self) -> None:
        command = [_postgres("initdb"), "-D", str(self._data), "-U", "app", "-A", "trust", "-E", "UTF8", "--locale=C"]
        result = subprocess.run(
            [*ordinary("KILL"), *command, "--no-sync"],
            cwd=self.folder, check=False, capture_output=True, text=True,
        )  # fmt: skip
        if result.returncode:
            raise NotStarted(f"initdb failed:\n{result.stderr[-2000:]}")

    def _start(self, port: int) -> None:
        command = [_postgres("postgres"), "-D", str(self._data), "-p", str(port), "-k", str(self.folder)]
        options = {"listen_addresses": "127.0.0.1", "logging_collector": "off", "max_connections": "100"}
        if not self._durable:
            options |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        command += [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
        self.spawn([*ordinary("INT"), *command], self._ready)

    def _ready(self) -> bool:
        """Read the server's own status file: first line its process id, eighth line "ready" (PostgreSQL, pidfile.h)."""
        try:
            lines = (self._data / "postmaster.pid").read_text().splitlines()
        except OSError:
            return False
        return len(lines) > 7 and lines[0] == str(self.pid) and lines[7].strip() == "ready"


class NginxServer(Child):
    """nginx over a configuration whose ports, upstreams and paths were replaced; relative paths are in `folder`.

    `files` are put beside it, by their names there, before the first start.
    """

    def __init__(
        self, configuration: Path, replacements: Mapping[str, str], files: Mapping[str, Path] | None = None
    ) -> None:
        super().__init__("nginx")
        self._source = configuration
        self._replacements = dict(replacements)
        for name, source in (files or {}).items():
            (self.folder / name).parent.mkdir(exist_ok=True)
            (self.folder / name).write_text(source.read_text())

    def start(self) -> None:
        """Write the configuration, start, and wait until this process has its ports."""
        self._write()
        command = [program("nginx"), "-e", "stderr", "-p", str(self.folder), "-c", "nginx.conf"]
        command += ["-g", "daemon off;"]
        self.spawn([*ordinary("TERM"), *command], self._ready)

    def reload(self) -> None:
        """Have it load its configuration anew, as `nginx -s reload` does; returns before it has."""
        os.kill(self.pid, signal.SIGHUP)

    def _write(self) -> None:
        text = self._source.read_text()
        for old, new in self._replacements.items():
            if old not in text:
                raise NotStarted(f"{self._source.name} has no {old!r} to replace")
            text = text.replace(old, new)
        (self.folder / "nginx.conf").write_text(text)

    def _ready(self) -> bool:
        try:
            return (self.folder / "nginx.pid").read_text().strip() == str(self.pid)
        except OSError:
            return False


def nginx_module(name: str) -> str:
    """Path of an installed module of nginx; distributions disagree about the folder."""
    folders = ("/usr/lib/nginx/modules", "/usr/lib64/nginx/modules", "/usr/share/nginx/modules", "/etc/nginx/modules")
    found = [path for folder in folders if (path := Path(folder, name)).exists()]
    if not found:
        raise NotStarted(f"{name} is not installed: on Debian it is in libnginx-mod-http-js")
    return str(found[0])


def _client(port: int) -> Redis:
    once = Retry(NoBackoff(), 0)
    return Redis(host="127.0.0.1", port=port, socket_timeout=5, socket_connect_timeout=5, retry=once)


def _postgres(name: str) -> str:
    """Debian keeps the server programs of each major version in its own folder; take the newest."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: -float(folder.parent.name))
    return program(name, *map(str, folders))
