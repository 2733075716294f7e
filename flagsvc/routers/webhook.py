"""Anything else: the target is put as signed JSON to an address, and read back from it."""

import hmac
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from ipaddress import ip_address
from pathlib import Path
from typing import Any, ClassVar, Literal
from urllib.parse import urlsplit

from flagsdk.core.allocation import WHOLE
from flagsvc.domain.routing.capabilities import Capabilities
from flagsvc.domain.routing.errors import RouterError
from flagsvc.domain.routing.observed import Observed, disagreement
from flagsvc.domain.routing.target import Mirror, Target
from flagsvc.outbound.files import secret_of
from flagsvc.outbound.http import HttpClient, text_of
from flagsvc.routers.common.backends import told_weights
from flagsvc.routers.registry import Tools

SCHEMA = 1
MAX_ANSWER = 1_048_576
NEVER_TOLD = 404


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Where the target is put, where what is in force is read (the same, unless given), and what the receiver can do.

    `secret_files`: one or two files with a secret each; every request carries a signature by each. `plain_http`: allow
    http to another host than this one. `conditional`: the receiver gives an ETag and refuses a stale If-Match.
    """

    __pydantic_config__: ClassVar[Mapping[str, str]] = {"extra": "forbid"}

    url: str
    secret_files: list[Path]
    backends: list[str]
    read_url: str = ""
    granularity: int = WHOLE
    sticky: Literal["none", "own", "cohort"] = "none"
    mirror: bool = False
    persistent: bool = True
    conditional: bool = False
    drains_pinned: bool = True
    propagation_seconds: float = 5.0
    ca_file: Path | None = None
    plain_http: bool = False

    def __post_init__(self) -> None:
        for url in filter(None, (self.url, self.read_url)):
            _demand_fit(url, plain=self.plain_http)
        if len(self.secret_files) not in {1, 2}:
            raise ValueError("secret_files: one file, or two while the secret is changed")
        if len(set(self.backends)) != len(self.backends):
            raise ValueError("backends: one is named twice")
        if not 1 <= self.granularity <= WHOLE:
            raise ValueError(f"granularity: from 1 to {WHOLE}")


class Webhook:
    """Tells a receiver of somebody's own."""

    def __init__(self, options: Options) -> None:
        authority = str(options.ca_file) if options.ca_file else None
        self._write, self._write_path = _client(options.url, authority)
        self._read, self._read_path = _client(options.read_url or options.url, authority)
        self._secret_files = options.secret_files
        self._demands_etag = options.conditional
        self.capabilities = Capabilities(
            granularity=options.granularity,
            sticky=options.sticky,
            backends=frozenset(options.backends),
            max_backends=len(options.backends),
            persistent=options.persistent,
            expected_propagation_seconds=options.propagation_seconds,
            mirror=options.mirror,
            conditional=options.conditional,
            drains_pinned=options.drains_pinned,
        )

    def plan(self, target: Target) -> Sequence[str]:
        """Say the PUT."""
        body = self._body(target)
        return () if self._agrees(target, self.observe()) else (f"PUT {body}",)

    def apply(self, target: Target) -> None:
        """Put it, where another is in force."""
        body = self._body(target).encode()
        observed = self.observe()
        if self._agrees(target, observed):
            return
        etag = observed.token if observed else ""
        headers = {"Idempotency-Key": target.revision, **({"If-Match": etag} if etag else {})}
        self._write.send("PUT", self._write_path, body, headers={**headers, **self._signature(body)})

    def observe(self) -> Observed | None:
        """Read what the receiver says is in force; None when it was never told (404)."""
        reply = self._read.send(
            "GET", self._read_path, headers=self._signature(b""), allowed=frozenset({200, NEVER_TOLD})
        )
        if reply.status == NEVER_TOLD:
            return None
        etag = reply.headers.get("ETag") or ""
        if self._demands_etag and not etag:
            raise RouterError("the receiver gave no ETag, though the router is conditional", permanent=True)
        return observed_of(reply.json(), etag)

    def _agrees(self, target: Target, observed: Observed | None) -> bool:
        return observed is not None and not disagreement(target, observed, self.capabilities)

    def _body(self, target: Target) -> str:
        known = self.capabilities.backends or frozenset()
        return text_of(document_of(target, told_weights(target, self.capabilities.granularity, known)))

    def _signature(self, body: bytes) -> dict[str, str]:
        now = str(int(time.time()))
        signatures = [signature_of(secret_of(path), now, body) for path in self._secret_files]
        return {"Flagsvc-Timestamp": now, "Flagsvc-Signature": ", ".join(signatures)}


def make(name: str, options: Options, tools: Tools) -> Webhook:
    """Make one."""
    return Webhook(options)


def _client(url: str, authority: str | None) -> tuple[HttpClient, str]:
    parts = urlsplit(url)
    return HttpClient(f"{parts.scheme}://{parts.netloc}", ca_file=authority, max_bytes=MAX_ANSWER), parts.path


def signature_of(secret: str, timestamp: str, body: bytes) -> str:
    """Sign a body at a time (Unix seconds): "v1=" and HMAC-SHA-256, hexadecimal, of the time, a full stop, the body."""
    return "v1=" + hmac.new(secret.encode(), timestamp.encode() + b"." + body, sha256).hexdigest()


def document_of(target: Target, told: Mapping[str, int]) -> dict[str, Any]:
    """Make what is put: `weights` in the router's steps, `allocation` as [backend, start, end) over `space` buckets."""
    return {
        "schema": SCHEMA,
        "split": target.split,
        "revision": target.revision,
        "stable": target.stable,
        "weights": told,
        "salt": target.salt,
        "hash": target.hash,
        "space": target.space,
        "by": target.by,
        "allocation": target.allocation,
        "forced": target.forced,
        "mirror": asdict(target.mirror) if target.mirror else None,
        "table": target.table,
    }


def observed_of(answer: Any, etag: str) -> Observed:
    """Read what the receiver answered; RouterError(permanent=True) says what is wrong with it."""
    weights = answer.get("weights") if isinstance(answer, dict) else None
    if not isinstance(weights, dict) or not all(_is_part(weight) for weight in weights.values()):
        raise RouterError('the receiver must answer {"revision": …, "weights": {backend: steps}}', permanent=True)
    mirror = answer.get("mirror")
    if mirror is not None and not (isinstance(mirror, dict) and _is_part(mirror.get("share"))):
        raise RouterError('a mirror is {"backend": …, "share": …} or null', permanent=True)
    return Observed(
        weights=weights,
        table=_text(answer.get("table")),
        revision=_text(answer.get("revision")),
        mirror=Mirror(str(mirror.get("backend")), mirror["share"]) if mirror else None,
        token=etag,
    )


def _is_part(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _demand_fit(url: str, *, plain: bool) -> None:
    """Refuse what cannot be meant. The operator's own file names the address, so private networks are fine."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme not in {"http", "https"} or not host or parts.port == 0 or any(sign <= " " for sign in url):
        raise ValueError("url: expected https://HOST/…")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ValueError("url: without user, password, query and fragment; secrets belong in secret_files")
    if _address(host, "is_link_local"):
        raise ValueError("url: link-local addresses serve a cloud's metadata, never a webhook")
    local = host == "localhost" or _address(host, "is_loopback")
    if parts.scheme == "http" and not (plain or local):
        raise ValueError("url: https, or say plain_http: true (the target is signed, but not secret)")


def _address(host: str, what: str) -> bool:
    try:
        address = ip_address(host)
        return bool(getattr(getattr(address, "ipv4_mapped", None) or address, what))
    except ValueError:
        return False
