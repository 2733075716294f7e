"""How to reach a Kubernetes API server: from a kubeconfig, or from what a pod is given. Read anew whenever it is asked.

Written out here, because the official client's loader waits for a credential plugin without limit, logs its failure and
goes on as nobody. What would be understood only in part (impersonation, proxies, unchecked TLS) is refused.
"""

import base64
import binascii
import os
import ssl
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from flagsvc.domain.routing.errors import RouterError
from flagsvc.outbound.files import read_text, secret_of
from flagsvc.outbound.http import LOOPBACK
from flagsvc.routers.common.kubeplugin import Credential, credential_of

POD = Path("/var/run/secrets/kubernetes.io/serviceaccount")
REFUSED = {
    "auth-provider": "auth-provider was removed from Kubernetes: use its exec plugin",
    "username": "passwords were removed from Kubernetes: use a token, a certificate or an exec plugin",
    "as": "impersonation is not done here: give this service an account of its own",
    "insecure-skip-tls-verify": "the certificate of the API server has to be checked: set certificate-authority",
    "proxy-url": "proxies are not used here: reach the API server directly",
}


@dataclass(frozen=True, slots=True)
class Access:
    """One way in, good until `expires_at` (Unix seconds). `token` gives the bearer token at each use, None for none."""

    server: str
    tls: ssl.SSLContext | None
    token: Callable[[], str | None]
    server_name: str = ""
    expires_at: float = float("inf")


def access_of(kubeconfig: Path | None, context: str, *, pod: Path = POD) -> Access:
    """Read the kubeconfig's `context` ("": its current one); without a kubeconfig, what the pod was given.

    Raises RouterError; it is permanent where the file itself has to change.
    """
    return _in_cluster(pod) if kubeconfig is None else _from_file(kubeconfig, context)


def _in_cluster(pod: Path) -> Access:
    host, port = (os.environ.get(f"KUBERNETES_SERVICE_{name}", "") for name in ("HOST", "PORT"))
    if not host or not port:
        raise RouterError("this is no pod (KUBERNETES_SERVICE_HOST is not set): name a kubeconfig", permanent=True)
    address = f"[{host}]" if ":" in host else host
    context = _tls(secret_of(pod / "ca.crt"), None, None)
    return Access(f"https://{address}:{port}", context, lambda: secret_of(pod / "token"))


def _from_file(path: Path, context: str) -> Access:
    config = _parsed(path)
    chosen = context or config.get("current-context") or ""
    names = _named(path, config, "contexts", "context", chosen)
    cluster = _named(path, config, "clusters", "cluster", names.get("cluster"))
    user = _named(path, config, "users", "user", names["user"]) if names.get("user") else {}
    for key, why in REFUSED.items():
        if user.get(key) or cluster.get(key):
            raise RouterError(f"{path}: {key}: {why}", permanent=True)
    server = _server(path, cluster)
    given = credential_of(user["exec"], path.parent, cluster) if user.get("exec") else Credential()
    authority = _text(path, cluster, "certificate-authority")
    certificate = given.certificate or _text(path, user, "client-certificate")
    key_text = given.key or _text(path, user, "client-key")
    tls = _tls(authority, certificate, key_text) if server.startswith("https:") else None
    return Access(server, tls, _token(path, user, given), str(cluster.get("tls-server-name", "")), given.expires_at)


def _parsed(path: Path) -> Mapping[str, Any]:
    text = read_text(path)
    if text is None:
        raise RouterError(f"there is no kubeconfig {path}")
    try:
        content = YAML(typ="safe", pure=True).load(text)
    except YAMLError as error:
        raise RouterError(f"{path} is not YAML", permanent=True) from error
    if not isinstance(content, dict):
        raise RouterError(f"{path} is not a kubeconfig", permanent=True)
    return content


def _named(path: Path, config: Mapping[str, Any], several: str, one: str, name: Any) -> Mapping[str, Any]:
    entries = [entry for entry in config.get(several) or () if isinstance(entry, dict)]
    for entry in entries:
        if entry.get("name") == name and isinstance(entry.get(one), dict):
            content: Mapping[str, Any] = entry[one]
            return content
    known = ", ".join(sorted(str(entry.get("name")) for entry in entries)) or "none"
    raise RouterError(f"{path} has no {one} {name!r}; it has {known}", permanent=True)


def _server(path: Path, cluster: Mapping[str, Any]) -> str:
    server = str(cluster.get("server", "")).rstrip("/")
    parts = urlsplit(server)
    if parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK):
        return server
    raise RouterError(f"{path}: server has to be https://… (or http:// on this very host)", permanent=True)


def _token(path: Path, user: Mapping[str, Any], given: Credential) -> Callable[[], str | None]:
    if user.get("tokenFile"):
        file = path.parent / str(user["tokenFile"])
        return lambda: secret_of(file)
    token = given.token or user.get("token")
    return lambda: str(token) if token else None


def _text(path: Path, holder: Mapping[str, Any], key: str) -> str | None:
    """Give PEM text that stands in the file as data, or in another file that it names."""
    if data := holder.get(f"{key}-data"):
        try:
            return base64.b64decode(str(data), validate=True).decode("ascii")
        except (binascii.Error, UnicodeDecodeError) as error:
            raise RouterError(f"{path}: {key}-data is not base64 of PEM", permanent=True) from error
    return secret_of(path.parent / str(holder[key])) if holder.get(key) else None


def _tls(authority: str | None, certificate: str | None, key: str | None) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cadata=authority)
        if certificate and key:
            _present(context, certificate, key)
    except (ssl.SSLError, ValueError) as error:
        raise RouterError("the cluster's authority, or the client's certificate or key, is not PEM") from error
    return context


def _present(context: ssl.SSLContext, certificate: str, key: str) -> None:
    """Load a client certificate: the library takes files only, so the key lies in one for that moment."""
    with tempfile.NamedTemporaryFile("w", prefix="flagsvc-", suffix=".pem") as file:  # created for this user alone
        file.write(f"{certificate.rstrip()}\n{key.rstrip()}\n")
        file.flush()
        context.load_cert_chain(file.name)
