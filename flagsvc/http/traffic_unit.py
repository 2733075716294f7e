"""Who is behind a request, and what rules may know of it: from headers, cookies and the peer's address, in memory."""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import Any
from urllib.parse import unquote

from starlette.types import Scope

Headers = Mapping[bytes, bytes]
MAX_UNIT_BYTES = 512
PRIVATE_HEADERS = frozenset({"authorization", "proxy-authorization", "cookie", "set-cookie", "x-api-key"})
"""No rule may look at these: they hold credentials."""

HEADER_PREFIX = "header."
_MINTED = re.compile(r"[A-Za-z0-9_-]{22}")


class Proxies:
    """The peers whose `X-Forwarded-*` and `X-Original-*` headers are believed; nobody else's are."""

    def __init__(self, networks: Iterable[IPv4Network | IPv6Network] = ()) -> None:
        self._networks = tuple(networks)
        self.trusts = lru_cache(maxsize=4096)(self._trusts)

    def _trusts(self, address: str) -> bool:
        try:
            parsed = ip_address(address)
        except ValueError:
            return False
        mapped = getattr(parsed, "ipv4_mapped", None) or parsed
        return any(mapped in network for network in self._networks)

    def client(self, scope: Scope, headers: Headers) -> str | None:
        """Address of the client: the peer, or the last address in `X-Forwarded-For` that is no trusted proxy."""
        peer = scope.get("client")
        address = str(peer[0]) if peer else ""
        if not self._networks or not self.trusts(address):
            return _address(address)
        for hop in reversed(_forwarded_for(scope)):
            address = hop
            if not self.trusts(hop):
                break
        return _address(address)

    def believes(self, scope: Scope) -> bool:
        """Whether the peer of this request may speak for another."""
        peer = scope.get("client")
        return bool(self._networks and peer) and self.trusts(str(peer[0] if peer else ""))


def cookie_of(headers: Headers, name: bytes) -> bytes | None:
    """Value of a cookie, byte for byte; the first of that name; RFC 6265, section 5.4."""
    for part in headers.get(b"cookie", b"").split(b";"):
        key, equals, value = part.strip(b" \t").partition(b"=")
        if equals and key == name:
            return value.strip(b'"')
    return None


def unit_text(raw: bytes | None) -> str | None:
    """Read the unit in a header or cookie: UTF-8, 1 to 512 bytes, else None."""
    if not raw or len(raw) > MAX_UNIT_BYTES:
        return None
    try:
        return raw.strip(b" \t").decode() or None
    except UnicodeDecodeError:
        return None


def minted_unit(raw: bytes | None) -> str | None:
    """Read the unit in our own sticky cookie; None when its form is not ours, and a new one is drawn."""
    text = unit_text(raw)
    return text if text and _MINTED.fullmatch(text) else None


def attributes(scope: Scope, headers: Headers, wanted: Iterable[str], *, believed: bool) -> dict[str, Any]:
    """Attributes of a request by name: `method`, `path`, `host` and `header.NAME`; absent ones are left out.

    Only what rules ask for is looked at. From a trusted proxy (`believed`) the original request counts.
    """
    found = {}
    for name in wanted:
        reader = _READERS.get(name)
        value = reader(scope, headers, believed) if reader else _header(headers, name)
        if value:
            found[name] = value
    return found


def is_request_attribute(name: str) -> bool:
    """Whether a rule's attribute is one that `attributes` can read."""
    return name in _READERS or (
        name.startswith(HEADER_PREFIX) and name[len(HEADER_PREFIX) :].lower() not in PRIVATE_HEADERS
    )


def _forwarded_for(scope: Scope) -> list[str]:
    listed = b",".join(value for name, value in scope["headers"] if name == b"x-forwarded-for")
    return [hop.strip() for hop in listed.decode("latin-1").split(",") if hop.strip()]


def _address(text: str) -> str | None:
    try:
        return str(ip_address(text))
    except ValueError:
        return None


def _header(headers: Headers, name: str) -> str | None:
    raw = headers.get(name[len(HEADER_PREFIX) :].lower().encode("latin-1", "replace"))
    return raw.decode("utf-8", "replace") if raw else None


def _method(scope: Scope, headers: Headers, believed: bool) -> str:  # noqa: FBT001  # one signature for the table
    original = _first(headers, b"x-original-method", b"x-forwarded-method") if believed else None
    return original or str(scope["method"])


def _path(scope: Scope, headers: Headers, believed: bool) -> str | None:  # noqa: FBT001  # one signature for the table
    parts = str(scope["path"]).split("/", 6)  # "", traffic, v1, ENVIRONMENT, SPLIT, decide, the original path
    if len(parts) > 6:  # noqa: PLR2004  # as counted above
        return "/" + parts[6]
    original = _first(headers, b"x-original-uri", b"x-forwarded-uri") if believed else None
    return unquote(original.partition("?")[0]) if original else None


def _host(scope: Scope, headers: Headers, believed: bool) -> str | None:  # noqa: FBT001  # one signature for the table
    original = _first(headers, b"x-forwarded-host") if believed else None
    return original or _first(headers, b"host")


def _first(headers: Headers, *names: bytes) -> str | None:
    return next((headers[name].decode("utf-8", "replace") for name in names if headers.get(name)), None)


_READERS = {"method": _method, "path": _path, "host": _host}
