"""The traffic of a Google Cloud Run service (API v2): percent by revision, conditional on the etag that was read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar
from urllib.parse import quote

from flagsvc.domain.routing.capabilities import Capabilities
from flagsvc.domain.routing.errors import RouterError
from flagsvc.domain.routing.observed import Observed, disagreement
from flagsvc.domain.routing.target import Target
from flagsvc.outbound import http
from flagsvc.routers.cloud_run_traffic import Row, others, revisions_of, shares, told_rows
from flagsvc.routers.common.awaiting import awaited
from flagsvc.routers.common.backends import told_weights
from flagsvc.routers.common.google_token import Tokens
from flagsvc.routers.common.understanding import understood
from flagsvc.routers.registry import Tools

PERCENT = 100
UNAUTHORISED = 401
ALLOWED = frozenset({200, UNAUTHORISED})
FAILED = "CONDITION_FAILED"
ABORTED = 10
"""google.rpc.Code: somebody else's change was in between."""
_FAILED_WORDS = "the last change failed"
PASSING = frozenset({1, 4, 8, 10, 13, 14})


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The service, and which revision each backend is: its name, or "tag:NAME" for the one that has the tag.

    `endpoint` is the address of the API, where it is not the public one. Credentials are the application default ones.
    """

    __pydantic_config__: ClassVar[Mapping[str, str]] = {"extra": "forbid"}

    project: str
    location: str
    service: str
    backends: dict[str, str]
    endpoint: str = "https://run.googleapis.com"

    def __post_init__(self) -> None:
        http.demand_tls("endpoint", self.endpoint)


class CloudRun:
    """Writes the rows of traffic and nothing else of the service."""

    def __init__(self, options: Options) -> None:
        parts = [quote(part, safe="") for part in (options.project, options.location, options.service)]
        self._path = "/v2/projects/{}/locations/{}/services/{}".format(*parts)
        self._backends = options.backends
        self._http = http.HttpClient(options.endpoint)
        self._tokens = Tokens()
        self.capabilities = Capabilities(
            granularity=PERCENT,
            backends=frozenset(options.backends),
            max_backends=len(options.backends),
            expected_propagation_seconds=30.0,
            conditional=True,
        )

    @understood("Cloud Run")
    def plan(self, target: Target) -> Sequence[str]:
        """Say the PATCH."""
        body = self._next(target)
        return () if body is None else (f"PATCH {self._path}?updateMask=traffic {http.text_of(body)}",)

    @understood("Cloud Run")
    def apply(self, target: Target) -> None:
        """Send it and wait a little for its operation; what serves afterwards is read by `observe`."""
        body = self._next(target)
        if body is None:
            self._demand_that_it_serves(target)
            return
        operation = self._send("PATCH", f"{self._path}?updateMask=traffic", body)
        awaited(lambda: self._ended(operation))

    @understood("Cloud Run")
    def observe(self) -> Observed:
        """Read what serves; while a change is on its way that is still the former."""
        service = self._send("GET", self._path)
        revisions = revisions_of(service, self._backends)
        return Observed(
            weights=shares(service, revisions), token=service.get("etag", ""), detail=_detail(service, revisions)
        )

    def _next(self, target: Target) -> dict[str, Any] | None:
        told = told_weights(target, PERCENT, self._backends)
        service = self._send("GET", self._path)
        revisions = revisions_of(service, self._backends)
        rows: list[Row] | None = told_rows(service, {revisions[backend]: part for backend, part in told.items()})
        return None if rows is None else {"etag": service.get("etag", ""), "traffic": rows}

    def _demand_that_it_serves(self, target: Target) -> None:
        """Refuse to be content with rows that were taken, and failed to come into force."""
        observed = self.observe()
        if _FAILED_WORDS in observed.detail and disagreement(target, observed, self.capabilities):
            raise RouterError(f"Cloud Run has the rows and does not serve by them: {observed.detail}")

    def _ended(self, operation: Mapping[str, Any]) -> bool:
        if not operation.get("done"):
            operation = self._send("GET", f"/v2/{operation['name']}")
        if error := operation.get("error"):
            code = error.get("code", 0)
            raise RouterError(
                f"Cloud Run did not take it: {error.get('message', code)}",
                conflict=code == ABORTED,
                permanent=code not in PASSING,
            )
        return bool(operation.get("done"))

    def _send(self, method: str, path: str, content: Any = None) -> dict[str, Any]:
        reply = self._asked(method, path, content, ALLOWED)
        if reply.status == UNAUTHORISED:  # nothing was done: the credentials may have been renewed since they were read
            self._tokens.forget()
            reply = self._asked(method, path, content, ALLOWED - {UNAUTHORISED})
        answered = reply.json()
        if not isinstance(answered, dict):
            raise TypeError
        return answered

    def _asked(self, method: str, path: str, content: Any, allowed: frozenset[int]) -> http.Reply:
        bearer = {"Authorization": f"Bearer {self._tokens.token()}"}
        return self._http.send(method, path, content, headers=bearer, allowed=allowed)


def make(name: str, options: Options, tools: Tools) -> CloudRun:
    """Make one."""
    return CloudRun(options)


def _detail(service: Mapping[str, Any], revisions: Mapping[str, str]) -> str:
    words = [f"{revision} (no backend) serves {percent} %" for revision, percent in others(service, revisions).items()]
    if service.get("reconciling"):
        words.append("a change is on its way")
    condition = service.get("terminalCondition") or {}
    if condition.get("state") == FAILED:
        words.append(f"{_FAILED_WORDS}: {condition.get('message', 'no reason given')}")
    if (service.get("template") or {}).get("sessionAffinity"):
        words.append("session affinity is on: users stay where they were, against the weights")
    return "; ".join(words)
