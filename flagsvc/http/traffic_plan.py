"""The plan: what a traffic split of one snapshot asks of a request and answers to it, prepared down to header bytes."""

import json
import re
import secrets
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from starlette.types import Scope

from flagsdk.core import Outcome, Snapshot
from flagsvc.http.traffic_seal import Seal, SplitSeal
from flagsvc.http.traffic_unit import (
    Headers,
    Proxies,
    attributes,
    cookie_of,
    is_request_attribute,
    minted_unit,
    unit_text,
)

NO_STORE = b"cache-control: no-store\r\n"
_VISIBLE = re.compile(r"[!-~]+")
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110, section 5.6.2


class Tally:
    """How often a cohort was given without an evaluation: forced, or as a fallback."""

    __slots__ = ("uses",)

    def __init__(self) -> None:
        self.uses = 0


class Served(NamedTuple):
    """How often one cohort of a split was given."""

    environment: str
    split: str
    cohort: str
    uses: int


class Sticky(NamedTuple):
    """The cookie that carries a drawn unit."""

    name: bytes
    attributes: bytes

    def drawn(self) -> tuple[str, bytes]:
        """Draw a unit of 128 random bits, with the Set-Cookie line that carries it (never the cohort)."""
        unit = secrets.token_urlsafe(16)
        return unit, b"set-cookie: %b=%b%b\r\n" % (self.name, unit.encode("ascii"), self.attributes)


class Plan:
    """Decides requests for one split, and signs that with a `seal`. Belongs to one snapshot and one event loop."""

    def __init__(
        self,
        snapshot: Snapshot,
        key: str,
        decide: Callable[[Any], Outcome],
        proxies: Proxies,
        seal: Seal | None = None,
    ) -> None:
        document = json.loads(snapshot.documents[f"split/{key}"])
        self.stamp = (snapshot.epoch, snapshot.revision)
        self._environment, self._key, self._proxies = snapshot.environment, key, proxies
        self._decide = decide
        self._stable: str = document["stable"]
        self._enabled: bool = document["enabled"]
        self._read_unit(document.get("unit") or {})
        self._sticky = _sticky(document.get("sticky"))
        self._force = (document.get("force") or {}).get("header", "").lower().encode("latin-1")
        self._wanted = sorted(filter(is_request_attribute, _attributes_of(document, snapshot.documents)))
        revision = f"{snapshot.epoch}.{snapshot.revision}"
        self._revision = f"x-flagsvc-revision: {revision}\r\n".encode() + NO_STORE
        self._seal = SplitSeal(seal, snapshot.environment, key, revision) if seal else None
        self._forced = {name.encode(): self._block(name) for name in document["backends"]}
        self._tallies = {name: Tally() for name in self._forced}
        self._rendered: dict[Outcome, bytes] = {}

    def head(self, scope: Scope, headers: Headers) -> bytes:
        """Header block for a request: cohort, bucket, revision, and a cookie where a unit was drawn."""
        if self._force and self._enabled:
            forced = headers.get(self._force, b"")
            if forced in self._forced:
                self._tallies[forced].uses += 1
                return self._forced[forced] if self._seal is None else self._force_sealed(scope, headers, forced)
        context = self._context(scope, headers)
        unit, cookie = self._unit(scope, headers)
        if unit is not None:
            context["targetingKey"] = unit
        outcome = self._decide(context)
        outcome.uses += 1
        block = self._rendered.get(outcome) or self._render(outcome)
        bucket = None if outcome.split is None else outcome.bucket(context)
        head = (block if bucket is None else b"%bx-cohort-bucket: %d\r\n" % (block, bucket)) + cookie
        return head if self._seal is None else head + self._seal.line(self._cohort(outcome), unit)

    def served(self) -> Iterable[Served]:
        """How often each cohort was given under this plan."""
        for name, tally in self._tallies.items():
            yield Served(self._environment, self._key, name.decode(), tally.uses)
        for outcome in self._rendered:
            yield Served(self._environment, self._key, self._cohort(outcome), outcome.uses)

    def forget(self) -> None:
        """Begin to count anew: the outcomes may live on in the next plan."""
        for tally in self._tallies.values():
            tally.uses = 0
        for outcome in self._rendered:
            outcome.uses = 0

    def _context(self, scope: Scope, headers: Headers) -> dict[str, Any]:
        if not self._wanted:
            return {}
        return attributes(scope, headers, self._wanted, believed=self._proxies.believes(scope))

    def _read_unit(self, unit: Mapping[str, Any]) -> None:
        self._unit_headers = [name.lower().encode("latin-1") for name in unit.get("headers", ())]
        self._unit_cookies = [name.encode("latin-1") for name in unit.get("cookies", ())]
        self._by_address: bool = unit.get("clientAddress", False)

    def _unit(self, scope: Scope, headers: Headers) -> tuple[str | None, bytes]:
        """Find the unit; or draw one, with the line that keeps it."""
        unit = self._given_unit(scope, headers)
        sticky = self._sticky if self._enabled else None
        return sticky.drawn() if unit is None and sticky else (unit, b"")

    def _given_unit(self, scope: Scope, headers: Headers) -> str | None:
        """Find the unit in headers, cookies, sticky cookie or address."""
        for name in self._unit_headers:
            if unit := unit_text(headers.get(name)):
                return unit
        for name in self._unit_cookies:
            if unit := unit_text(cookie_of(headers, name)):
                return unit
        if self._sticky and (unit := minted_unit(cookie_of(headers, self._sticky.name))):
            return unit
        return self._proxies.client(scope, headers) if self._by_address else None

    def _force_sealed(self, scope: Scope, headers: Headers, forced: bytes) -> bytes:
        """Sign a forced cohort with the unit that is there: forcing draws none."""
        line = self._seal.line(forced.decode(), self._given_unit(scope, headers)) if self._seal else b""
        return self._forced[forced] + line

    def _cohort(self, outcome: Outcome) -> str:
        name = str(outcome.value)
        return name if name.encode() in self._forced else self._stable

    def _render(self, outcome: Outcome) -> bytes:
        reason = str(outcome.error or "") or ("" if self._enabled else "DISABLED")
        block = self._rendered[outcome] = self._block(self._cohort(outcome), reason)
        return block

    def _block(self, cohort: str, reason: str = "") -> bytes:
        if not _VISIBLE.fullmatch(cohort):
            raise ValueError("a backend's name does not fit into a header")
        because = f"x-cohort-reason: {reason}\r\n" if reason else ""
        return f"x-cohort: {cohort}\r\n{because}".encode() + self._revision


def _sticky(configured: Mapping[str, Any] | None) -> Sticky | None:
    if not configured or not _TOKEN.fullmatch(configured["cookie"]):
        return None
    secure = b"; Secure" if configured.get("secure", True) else b""
    age = int(configured.get("maxAgeSeconds", 31_536_000))
    return Sticky(
        configured["cookie"].encode("latin-1"), b"; Max-Age=%d; Path=/; HttpOnly; SameSite=Lax%b" % (age, secure)
    )


def _attributes_of(document: Any, documents: Mapping[str, str]) -> set[str]:
    """Every attribute that the document's conditions and splits name, those of segments they use included."""
    found: set[str] = set()
    seen: set[str] = set()
    waiting = [document]
    while waiting:
        value = waiting.pop()
        if isinstance(value, list):
            waiting += value
        elif isinstance(value, dict):
            found |= {name for name in (value.get("attribute"), value.get("by")) if isinstance(name, str)}
            segment = value.get("segment")
            if isinstance(segment, str) and segment not in seen:
                seen.add(segment)
                waiting.append(json.loads(documents.get(f"segment/{segment}", "null")))
            waiting += value.values()
    return found
