"""Credential plugins of a kubeconfig: programs that print an ExecCredential (client.authentication.k8s.io/v1, v1beta1).

EKS, AKS and GKE sign in this way (aws, kubelogin, gke-gcloud-auth-plugin). A plugin has a few seconds; what it says on
its error output stays out of our errors, where nobody knows what it contains.
"""

import json
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from flagsvc.domain.routing.errors import RouterError

PLUGIN_SECONDS = 8.0
"""The AWS and Google programs take one to three seconds to start on a busy machine."""
EARLY_SECONDS = 10.0
"""So long before its end a credential is not used any more: clocks differ."""


@dataclass(frozen=True, slots=True)
class Credential:
    """What a plugin gave: a bearer token, or a client certificate with its key (PEM); used until `expires_at`."""

    token: str | None = None
    certificate: str | None = None
    key: str | None = None
    expires_at: float = float("inf")


def credential_of(plugin: Mapping[str, Any], folder: Path, cluster: Mapping[str, Any]) -> Credential:
    """Run the plugin of a kubeconfig that lies in `folder`; raises RouterError with what to do about it."""
    if plugin.get("interactiveMode") == "Always":
        raise RouterError(f"{_name(plugin)} wants a terminal, and there is none here", permanent=True)
    printed = _run(_command(plugin, folder), _environment(plugin, cluster), _name(plugin))
    try:
        return _credential(json.loads(printed), plugin.get("apiVersion"))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise RouterError(
            f"{_name(plugin)} printed no ExecCredential of {plugin.get('apiVersion')} with a token or a certificate"
        ) from error


def _credential(answer: Mapping[str, Any], api: Any) -> Credential:
    status = answer["status"]
    token, certificate, key = (status.get(name) for name in ("token", "clientCertificateData", "clientKeyData"))
    proper = (answer["kind"], answer["apiVersion"]) == ("ExecCredential", api)
    if not proper or not (token or (certificate and key)):
        raise ValueError
    until = status.get("expirationTimestamp")
    return Credential(token, certificate, key, _instant(until) - EARLY_SECONDS if until else float("inf"))


def _instant(text: str) -> float:
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _name(plugin: Mapping[str, Any]) -> str:
    return f"the credential plugin {Path(str(plugin.get('command', ''))).name!r}"


def _command(plugin: Mapping[str, Any], folder: Path) -> Sequence[str]:
    program = str(plugin.get("command", ""))
    if "/" in program:  # relative to the kubeconfig, as kubectl reads it
        program = str(folder / program)
    return [program, *map(str, plugin.get("args") or ())]


def _environment(plugin: Mapping[str, Any], cluster: Mapping[str, Any]) -> Mapping[str, str]:
    spec: dict[str, Any] = {"interactive": False}
    if plugin.get("provideClusterInfo"):
        known = ("server", "tls-server-name", "certificate-authority-data")
        spec["cluster"] = {name: cluster[name] for name in known if name in cluster}
        for extension in cluster.get("extensions") or ():
            if extension.get("name") == "client.authentication.k8s.io/exec":
                spec["cluster"]["config"] = extension.get("extension")
    info = {"apiVersion": plugin.get("apiVersion"), "kind": "ExecCredential", "spec": spec}
    given = {str(entry["name"]): str(entry["value"]) for entry in plugin.get("env") or ()}
    return {**os.environ, **given, "KUBERNETES_EXEC_INFO": json.dumps(info)}


def _run(command: Sequence[str], environment: Mapping[str, str], name: str) -> str:
    try:
        process = subprocess.Popen(  # noqa: S603  # the operator's kubeconfig names it, as for kubectl
            command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            start_new_session=True,
        )  # fmt: skip
    except OSError as error:
        raise RouterError(f"{name} cannot be started: {error.strerror}; install it where this service runs") from error
    with process:
        try:
            printed, _ = process.communicate(timeout=PLUGIN_SECONDS)
        except subprocess.TimeoutExpired as error:
            raise RouterError(f"{name} has printed nothing within {PLUGIN_SECONDS:g} s") from error
        finally:
            with suppress(ProcessLookupError):  # whatever it has started goes with it
                os.killpg(process.pid, signal.SIGKILL)
    if process.returncode:
        raise RouterError(f"{name} ended with {process.returncode}: run it by hand, as this service's user, to see why")
    return printed.decode("utf-8", "replace")
