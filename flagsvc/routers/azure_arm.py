"""Azure Resource Manager for one web app: a token of azure-identity's chain, one pinned api-version, bounded calls."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlsplit

from azure.core.exceptions import AzureError
from azure.identity import DefaultAzureCredential

from flagsvc.domain.routing.errors import RouterError
from flagsvc.outbound import http

API_VERSION = "2025-05-01"
ALLOWED = frozenset({200, 201, 202, 204})
RUNS, FORGOTTEN = 202, 404
DENIED = frozenset({401, 403})
ENDED_BADLY = frozenset(range(400, 500)) - {FORGOTTEN} - DENIED - http.TEMPORARY
"""What App Service answers for an operation that failed: 409 and 417, for instance, with the reason."""
SAID_BYTES = 300
RUNNING = frozenset({"inprogress", "running", "accepted", "created", "updating"})


class Arm:
    """Requests about one site; paths are relative to it, "/config/web" for instance."""

    def __init__(self, url: str, subscription: str, resource_group: str, site: str) -> None:
        parts = [quote(part, safe="") for part in (subscription, resource_group, site)]
        self._url = url.rstrip("/")
        self._site = "/subscriptions/{}/resourceGroups/{}/providers/Microsoft.Web/sites/{}".format(*parts)
        self._http = http.HttpClient(self._url)
        self._credential: DefaultAzureCredential | None = None

    def get(self, path: str) -> http.Reply:
        """Read; raises RouterError for anything but 200."""
        return self.send("GET", path, allowed=frozenset({200}))

    def send(
        self,
        method: str,
        path: str,
        content: Any = None,
        headers: Mapping[str, str] | None = None,
        allowed: frozenset[int] = ALLOWED,
    ) -> http.Reply:
        """Send one request; raises RouterError for any status that is not allowed."""
        return self._send(method, f"{self._site}{path}?api-version={API_VERSION}", content, headers, allowed)

    def outcome(self, operation: str) -> str | None:
        """How a long-running operation ended: "" well, otherwise why not; None while it runs.

        `operation` is the address of an Azure-AsyncOperation or Location header. One that is forgotten has ended.
        """
        reply = self._send("GET", self._path_of(operation), None, None, ALLOWED | {FORGOTTEN} | ENDED_BADLY)
        if reply.status == RUNS:
            return None
        if reply.status in ENDED_BADLY:
            return f"failed ({reply.status}): {' '.join(reply.body[:SAID_BYTES].decode('utf-8', 'replace').split())}"
        said = reply.json() if reply.body and reply.status != FORGOTTEN else {}
        state = str(said.get("status", "Succeeded")).lower()
        if state in RUNNING:
            return None
        return "" if state == "succeeded" else f"{state}: {_why(said)}"

    def _path_of(self, operation: str) -> str:
        """Keep the token at home: an operation is only asked about where it was started."""
        if _origin(operation) != _origin(self._url):
            host = urlsplit(operation).netloc
            raise RouterError(f"Azure sent us to another host for the operation, {host!r}", permanent=True)
        asked = urlsplit(operation)
        return f"{asked.path}?{asked.query}" if asked.query else asked.path

    def _send(
        self, method: str, path: str, content: Any, headers: Mapping[str, str] | None, allowed: frozenset[int]
    ) -> http.Reply:
        bearer = {"Authorization": f"Bearer {self._token()}", **(headers or {})}
        return self._http.send(method, path, content, headers=bearer, allowed=allowed)

    def _token(self) -> str:
        try:
            if self._credential is None:
                self._credential = DefaultAzureCredential(**_without_people(), **_limits())
            return self._credential.get_token(f"{self._url}/.default").token
        except (AzureError, OSError, ValueError) as error:
            raise RouterError(
                f"no token for Azure ({type(error).__name__}): give this process a managed or workload identity, or "
                "AZURE_TENANT_ID, AZURE_CLIENT_ID and a secret or certificate"
            ) from error


def operation_of(reply: http.Reply) -> str:
    """Where an accepted operation is asked about; "" when it has ended already."""
    return reply.headers.get("Azure-AsyncOperation") or reply.headers.get("Location") or ""


def _why(said: Mapping[str, Any]) -> str:
    error = said.get("error") or {}
    return f"{error.get('code', 'no code')} {error.get('message', '')}".strip()[:300]


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or {"https": 443, "http": 80}.get(parts.scheme)


def _limits() -> dict[str, Any]:
    return {"connection_timeout": http.CONNECT_SECONDS, "read_timeout": http.READ_SECONDS, "retry_total": 0}


def _without_people() -> dict[str, Any]:
    """Leave out what signs people in: it starts programs, and takes longer than a router may."""
    people = ("cli", "developer_cli", "powershell", "visual_studio_code", "shared_token_cache", "broker")
    return {f"exclude_{name}_credential": True for name in people}
