"""A client for the API server of a Kubernetes cluster: two verbs, bounded, every failure a RouterError with the fix."""

import json
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import quote

import urllib3

from flagsvc.domain.routing.errors import RouterError
from flagsvc.outbound.http import TEMPORARY, HttpClient, Reply
from flagsvc.routers.common.kubeconfig import Access, access_of

JSON_PATCH = "application/json-patch+json"
_ANY = frozenset(range(200, 600))
_NAME = re.compile(r"[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?")
_UNAUTHORISED, _FORBIDDEN, _MISSING, _CONFLICT, _UNPROCESSABLE = 401, 403, 404, 409, 422
_MAX_SECONDS = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterOptions:
    """Which cluster. `kubeconfig`: a file, and in it `context` ("": its current one); without a file, this pod's own.

    `namespace` holds everything that is named. `timeout_seconds`: for each of the one or two requests of a call.
    """

    __pydantic_config__: ClassVar[Mapping[str, str]] = {"extra": "forbid"}

    namespace: str
    kubeconfig: Path | None = None
    context: str = ""
    timeout_seconds: float = 4.0

    def __post_init__(self) -> None:
        demand_name("namespace", self.namespace)
        if not 0 < self.timeout_seconds <= _MAX_SECONDS:
            raise ValueError(f"timeout_seconds lies above 0 and not above {_MAX_SECONDS:g}")
        if self.context and self.kubeconfig is None:
            raise ValueError("context needs a kubeconfig")


@dataclass(frozen=True, slots=True)
class Resource:
    """What a request is about: "apps/v1", "deployments", a namespace, a name ("": all), perhaps a subresource."""

    group_version: str
    plural: str
    namespace: str
    name: str = ""
    subresource: str = ""

    @property
    def path(self) -> str:
        """The path of its URL."""
        steps = [self.plural, self.name, self.subresource]
        tail = "/".join(quote(step, safe="") for step in steps if step)
        return f"/apis/{self.group_version}/namespaces/{quote(self.namespace, safe='')}/{tail}"

    def __str__(self) -> str:
        what = f"{self.plural}/{self.subresource}" if self.subresource else self.plural
        return f"{what} {self.name} in {self.namespace}".replace("  ", " ")


class Cluster:
    """Reads and patches. Credentials are loaded at first use, and anew when they end, are refused or do not connect."""

    def __init__(self, options: ClusterOptions) -> None:
        self._options = options
        self._access: Access | None = None
        self._http: HttpClient | None = None

    def get(self, resource: Resource) -> dict[str, Any]:
        """Read one object, or the list of all."""
        return self._asked("GET", resource, resource.path)

    def patch(
        self, resource: Resource, operations: Sequence[Mapping[str, Any]], *, dry_run: bool = False
    ) -> dict[str, Any]:
        """Send a JSON patch (RFC 6902) and give the object as it is then; a dry run stores nothing.

        RouterError(conflict=True): a `test` did not hold, nothing was changed.
        """
        path = resource.path + ("?dryRun=All" if dry_run else "")
        return self._asked("PATCH", resource, path, list(operations))

    def _asked(self, method: str, resource: Resource, path: str, content: Any = None) -> dict[str, Any]:
        reply = self._sent(method, path, content)
        if reply.status == _UNAUTHORISED:  # nothing was done: credentials may have been rotated since they were read
            self._forget()
            reply = self._sent(method, path, content)
        if reply.status == _UNAUTHORISED:
            self._forget()
        if reply.status not in {200, 201}:
            raise refusal(method, resource, reply)
        answer = reply.json()
        if not isinstance(answer, dict):
            raise RouterError(f"{method} {resource}: the answer is no object")
        return answer

    def _sent(self, method: str, path: str, content: Any) -> Reply:
        access, http = self._opened()
        token = access.token()
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        try:
            return http.send(method, path, content, headers=headers, media_type=JSON_PATCH, allowed=_ANY)
        except RouterError:
            self._forget()
            raise

    def _opened(self) -> tuple[Access, HttpClient]:
        if self._access is None or self._http is None or self._access.expires_at <= time.time():
            self._access = access_of(self._options.kubeconfig, self._options.context)
            self._http = HttpClient(self._access.server, {"Accept": "application/json"}, pool=self._pool(self._access))
        return self._access, self._http

    def _pool(self, access: Access) -> urllib3.PoolManager:
        seconds = self._options.timeout_seconds
        named: dict[str, Any] = {"server_hostname": access.server_name, "assert_hostname": access.server_name}
        return urllib3.PoolManager(
            retries=False,
            timeout=urllib3.Timeout(connect=min(seconds, 1.0), read=seconds),
            ssl_context=access.tls,
            **(named if access.server_name else {}),
        )

    def _forget(self) -> None:
        self._access = self._http = None


def refusal(method: str, resource: Resource, reply: Reply) -> RouterError:
    """Make the error for an answer that is none: what was refused, in the server's words, and what to do.

    Source: Kubernetes API conventions, "Response Status Kind". A failed `test` and a violated schema are both 422; only
    the second one names fields.
    """
    status = _status(reply)
    said = " ".join(str(status.get("message") or "").split())[:300]
    told = f"{method} {resource}: {reply.status} {said}".rstrip()
    if reply.status == _CONFLICT or (reply.status == _UNPROCESSABLE and not _names_fields(status)):
        return RouterError(f"{told}: somebody changed it meanwhile", conflict=True)
    if reply.status == _UNAUTHORISED:
        return RouterError(f"{told}: the credentials have ended or are of another cluster; renew them")
    verb = method.lower() if resource.name else "list"
    hints = {
        _FORBIDDEN: f"; allow {verb} in a Role, on resources and resourceNames as the guide has them",
        _MISSING: f"; there is no {resource}, or the cluster lacks {resource.group_version}: it is never created here",
    }
    return RouterError(told + hints.get(reply.status, ""), permanent=reply.status not in TEMPORARY)


def demand_name(what: str, name: str) -> None:
    """Pass for a name that an object may have (RFC 1123 subdomain); raises ValueError."""
    if not _NAME.fullmatch(name):
        raise ValueError(f"{what}: {name!r} is no name of a Kubernetes object")


def _status(reply: Reply) -> Mapping[str, Any]:
    try:
        answer = json.loads(reply.body)
    except ValueError:
        return {"message": reply.body[:200].decode("utf-8", "replace")}
    return answer if isinstance(answer, dict) else {}


def _names_fields(status: Mapping[str, Any]) -> bool:
    causes = (status.get("details") or {}).get("causes") or ()
    return any(cause.get("field") for cause in causes)
