"""The real kube-apiserver over a real etcd, without controllers: `scripts/kube_apiserver.sh` builds the one program."""

import os
import shutil
from functools import partial
from pathlib import Path

import urllib3
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.support.kube.admin import Admin
from tests.support.kube.fake import ADMIN_TOKEN, USER, USER_TOKEN
from tests.support.kube.kinds import definitions
from tests.support.process import Child, NotStarted, free_port, ordinary, program
from tests.support.servers import on_free_port
from tests.support.timing import eventually

DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
PROGRAM = "KUBE_APISERVER"


def apiserver() -> Path:
    """Find the program: named by KUBE_APISERVER, or where the script has put it."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    path = Path(os.environ.get(PROGRAM) or cache / "flagsvc" / "kube-apiserver")
    if not path.exists():
        raise NotStarted(f"there is no {path}: `make test-kubernetes` builds it, or name one by {PROGRAM}")
    return path


class _Etcd(Child):
    def __init__(self) -> None:
        super().__init__("etcd")
        self.url = ""

    def start(self) -> None:
        """Start with an empty store."""
        on_free_port(self._start)

    def _start(self, port: int) -> None:
        self.url, peers = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{free_port()}"
        command = [program("etcd"), "--data-dir", str(self.folder / "data"), "--unsafe-no-fsync"]
        command += ["--listen-client-urls", self.url, "--advertise-client-urls", self.url]
        command += ["--listen-peer-urls", peers, "--initial-advertise-peer-urls", peers]
        command += ["--initial-cluster", f"default={peers}"]
        self.spawn([*ordinary("KILL"), *command], lambda: answers(f"{self.url}/health", None))


class RealKube(Child):
    """One API server with its etcd. `start` after `stop` takes the same port, and etcd has kept all objects."""

    def __init__(self) -> None:
        super().__init__("kube-apiserver")
        self._etcd = _Etcd()
        self.port = 0
        self.certificate = self.folder / "certs" / "apiserver.crt"

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"https://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start etcd and the server; define the custom resources the first time."""
        if self.port:
            self._start(self.port)
            return
        self._etcd.start()
        shutil.copy(apiserver(), self.folder / "kube-apiserver")  # the server's user may not reach the cache
        self._write_secrets()
        self.port = on_free_port(self._start)
        self._define()

    def close(self) -> None:
        """End both."""
        super().close()
        self._etcd.close()

    def _write_secrets(self) -> None:
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        form = serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
        (self.folder / "sa.key").write_bytes(key.private_bytes(serialization.Encoding.PEM, *form))
        (self.folder / "sa.key").chmod(0o644)  # of a server that lives as long as a test
        lines = [f'{ADMIN_TOKEN},admin,1,"system:masters"', f"{USER_TOKEN},{USER},2"]
        (self.folder / "tokens.csv").write_text("\n".join(lines) + "\n")

    def _start(self, port: int) -> None:
        command = [str(self.folder / "kube-apiserver"), f"--etcd-servers={self._etcd.url}", "--bind-address=127.0.0.1"]
        command += [f"--secure-port={port}", "--cert-dir=certs", "--token-auth-file=tokens.csv"]
        command += ["--authorization-mode=RBAC", "--disable-admission-plugins=ServiceAccount"]
        command += ["--service-account-key-file=sa.key", "--service-account-signing-key-file=sa.key"]
        command += ["--service-account-issuer=https://x", "--service-cluster-ip-range=10.0.0.0/24"]
        self.spawn([*ordinary("KILL"), *command], lambda: answers(f"https://127.0.0.1:{port}/readyz", self.certificate))

    def _define(self) -> None:
        admin = Admin(self.url, ADMIN_TOKEN, "default", self.certificate)
        for definition in definitions():
            admin.send("POST", DEFINITIONS, definition)
        for definition in definitions():
            path = f"{DEFINITIONS}/{definition['metadata']['name']}"
            eventually(partial(_is_established, admin, path), path)
        admin.close()


def _is_established(admin: Admin, path: str) -> bool:
    conditions = admin.send("GET", path).get("status", {}).get("conditions", [])
    return any((one["type"], one["status"]) == ("Established", "True") for one in conditions)


def answers(url: str, ca_file: Path | None) -> bool:
    """Whether a server answers 200 there; its port was free, and its certificate is only in its own folder."""
    if ca_file is not None and not ca_file.exists():
        return False
    headers = {"Authorization": f"Bearer {ADMIN_TOKEN}"}
    with urllib3.PoolManager(ca_certs=str(ca_file) if ca_file else None, retries=False, timeout=2.0) as pool:
        try:
            return pool.request("GET", url, headers=headers).status == 200
        except urllib3.exceptions.HTTPError:
            return False
