"""Everything that runs in the demo: HAProxy, the service, two places for the shop, Prometheus, visitors."""

import re
import secrets
import shutil
import socket
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Self

from examples.demo.api import Api, fetch
from examples.demo.children import Child, NotStarted, end_all, program
from examples.demo.tally import Tally
from examples.demo.traffic import Traffic

ENVIRONMENT = "production"
SPLIT = "checkout"
"""The split's key, as examples/haproxy/told.cfg names its maps."""
PLACES = ("stable", "canary")
FEATURES = ("fast-checkout", "gift-cards")
"""The flags of the two releases."""
EDGE_CONFIGURATION = Path(__file__).parents[1] / "haproxy" / "told.cfg"
ROUTERS = """\
routers:
  edge:
    kind: haproxy-map
    nodes: [{folder}/haproxy.sock]
    maps: maps/checkout
    folder: {folder}/maps
    backends: {{stable: stable, canary: canary}}
    counts:
      prometheus: {prometheus}
      query: shop_requests_total
      label: cohort
      backends: {{stable: stable, canary: canary}}
"""
SOURCES = """\
sources:
  prometheus: {{kind: prometheus, url: "{prometheus}", scrape_seconds: 1}}
"""
SCRAPES = """\
global: {{scrape_interval: 1s, scrape_timeout: 900ms}}
scrape_configs:
  - job_name: shop
    static_configs: [{{targets: [{targets}]}}]
"""
LONGEST_FOLDER = 50


class Place:
    """Where a version of the shop runs. Its socket outlives the version, so that nobody is refused in between."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.version = ""
        self._child: Child | None = None
        self._socket = _listener()
        self.port: int = self._socket.getsockname()[1]

    def run(self, version: str, folder: Path, flags: Api, token: str) -> None:
        """Let this version take over from what runs here."""
        self.close_shop()
        features = [word for feature in FEATURES for word in ("--feature", feature)]
        number = self._socket.fileno()
        command = [sys.executable, "-m", "examples.demo.toy_app", version, "--fd", str(number), *features]
        environment = {"FLAGSDK_URL": flags.url, "FLAGSDK_TOKEN": token, "FLAGSDK_ENVIRONMENT": ENVIRONMENT}
        environment |= {"PYTHONPATH": str(Path(__file__).parents[2])}
        self._child = Child(f"shop-{self.name}-{version}", command, folder, environment, [number])
        self.version = version

    def wait(self) -> None:
        """Wait until the version that was started last answers."""
        if self._child:
            self._child.wait(lambda: self.version in fetch(f"http://127.0.0.1:{self.port}/").decode())

    def break_down(self, share: float) -> None:
        """Let so many of its requests fail."""
        fetch(f"http://127.0.0.1:{self.port}/faults", {"share": share})

    def close_shop(self) -> None:
        """End the version that runs here."""
        if self._child:
            end_all([self._child])
            self._child = None

    def close(self) -> None:
        """End it all."""
        self.close_shop()
        self._socket.close()


class Stage:
    """All of it, started; `with` ends everything and leaves nothing behind, whatever happens."""

    def __init__(self, per_second: float) -> None:
        self._per_second = per_second
        self._stack = ExitStack()
        self._children: list[Child] = []
        self.tally = Tally()
        self.folder = Path()
        self.places: dict[str, Place] = {}
        self.api = Api("", "")
        self._sdk_token = ""

    def __enter__(self) -> Self:
        try:
            self._open()
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def run(self, place: str, version: str) -> None:
        """Put a version of the shop into a place, and wait until it answers."""
        self.places[place].run(version, self.folder, self.api, self._sdk_token)
        self.places[place].wait()

    def versions(self) -> dict[str, str]:
        """Give the version in each place that has one."""
        return {name: place.version for name, place in self.places.items() if place.version}

    def _open(self) -> None:
        self.folder = _new_folder()
        self._stack.callback(shutil.rmtree, self.folder, ignore_errors=True)
        self._stack.callback(lambda: end_all(self._children))
        for name in PLACES:
            self.places[name] = Place(name)
            self._stack.callback(self.places[name].close)
        edge, edge_port = self._start_edge()
        watching, sources = self._start_prometheus()
        service = self._start_service(sources)
        edge.wait((self.folder / "haproxy.sock").exists)
        self.api = self._service_api(service)
        self._sdk_token = self.api.post("tokens", {"kind": "sdk", "environment": ENVIRONMENT, "name": "toy shop"})[
            "document"
        ]["token"]
        self.run("stable", "v1")
        watching.wait(lambda: fetch(f"{sources}/-/ready"))
        self._stack.enter_context(Traffic(edge_port, self._per_second, self.tally))

    def _start_edge(self) -> tuple[Child, int]:
        """Start HAProxy with the example's own configuration and other addresses, its maps empty."""
        listener = self._stack.enter_context(_listener())
        text = EDGE_CONFIGURATION.read_text()
        text = text.replace("127.0.0.1:8081", f"fd@{listener.fileno()}")
        for place, example in zip(PLACES, ("127.0.0.1:9001", "127.0.0.1:9002"), strict=True):
            text = text.replace(example, f"127.0.0.1:{self.places[place].port}")
        (self.folder / "haproxy.cfg").write_text(text)
        (self.folder / "maps").mkdir()
        for part in ("now", "ranges", "units"):
            (self.folder / "maps" / f"{SPLIT}.{part}.map").touch()
        module = Path(__file__).parents[2] / "flagsvc" / "routers" / "edge" / "haproxy" / "bucket.lua"
        shutil.copy(module, self.folder)
        command = [program("haproxy"), "-db", "-C", str(self.folder), "-f", "haproxy.cfg"]
        return self._started(Child("haproxy", command, self.folder, sockets=[listener.fileno()])), _port(listener)

    def _start_prometheus(self) -> tuple[Child, str]:
        targets = ", ".join(f'"127.0.0.1:{place.port}"' for place in self.places.values())
        (self.folder / "prometheus.yml").write_text(SCRAPES.format(targets=targets))
        with _listener() as free:
            port = _port(free)
        options = {
            "config.file": "prometheus.yml",
            "storage.tsdb.path": "prometheus-data",
            "web.listen-address": f"127.0.0.1:{port}",
            "log.level": "error",
        }
        command = [program("prometheus"), *(f"--{name}={value}" for name, value in options.items())]
        return self._started(Child("prometheus", command, self.folder)), f"http://127.0.0.1:{port}"

    def _start_service(self, sources: str) -> Child:
        (self.folder / "routers.yaml").write_text(ROUTERS.format(folder=self.folder, prometheus=sources))
        (self.folder / "sources.yaml").write_text(SOURCES.format(prometheus=sources))
        self._admin_token = secrets.token_urlsafe(32)
        environment = {f"FLAGSVC_{name}": value for name, value in self._settings().items()}
        command = [str(Path(sys.executable).parent / "flagsvc"), "serve"]
        return self._started(Child("flagsvc", command, self.folder, environment))

    def _settings(self) -> dict[str, str]:
        return {
            "PORT": "0",
            "DATA_DIR": str(self.folder / "data"),
            "ADMIN_TOKEN": self._admin_token,
            "ROUTERS": str(self.folder / "routers.yaml"),
            "METRIC_SOURCES": str(self.folder / "sources.yaml"),
            "LOG_LEVEL": "warning",
            "DRAIN_SECONDS": "0",
            "SHUTDOWN_SECONDS": "1",
        }

    def _service_api(self, service: Child) -> Api:
        service.wait(lambda: "listens at" in service.output())
        url = re.search(r"http://127\.0\.0\.1:\d+", service.output())
        if url is None:
            raise NotStarted(service.output())
        service.wait(lambda: fetch(f"{url[0]}/health/ready"))
        return Api(url[0], self._admin_token)

    def _started(self, child: Child) -> Child:
        self._children.append(child)
        return child


def _new_folder() -> Path:
    """Make a folder whose name is short enough for the address of a Unix socket in it."""
    usual = tempfile.gettempdir()
    return Path(tempfile.mkdtemp(prefix="flagsvc-demo-", dir=usual if len(usual) <= LONGEST_FOLDER else "/tmp"))  # noqa: S108  # mkdtemp makes its own folder there


def _listener() -> socket.socket:
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(256)
    listener.set_inheritable(True)  # the socket module's own form
    return listener


def _port(listener: socket.socket) -> int:
    return int(listener.getsockname()[1])
