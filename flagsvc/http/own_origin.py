"""Where a request was sent to, as its sender sees it, and whether it comes from a page of that place."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from starlette.types import Scope

from flagsvc.http.problem import Problem
from flagsvc.http.traffic_unit import Proxies

READS = frozenset({"GET", "HEAD"})
_PORTS = {"http": 80, "https": 443}


def scheme_of(scope: Scope, proxies: Proxies) -> str:
    """Give "https" or "http": what the connection has, or what a trusted proxy says in `X-Forwarded-Proto`."""
    said = _first(_headers(scope), b"x-forwarded-proto") if proxies.believes(scope) else ""
    scheme = said.partition(",")[0].strip().lower() or str(scope["scheme"])
    return "https" if scheme == "https" else "http"


def origin_of(scope: Scope, proxies: Proxies) -> str | None:
    """Give the origin that was asked, such as "https://flags.example"; None for a Host that cannot be read."""
    headers = _headers(scope)
    said = _first(headers, b"x-forwarded-host") if proxies.believes(scope) else ""
    host = said.partition(",")[0].strip() or _first(headers, b"host")
    return _normal(f"{scheme_of(scope, proxies)}://{host}")


def demand_same_origin(scope: Scope, proxies: Proxies) -> None:
    """Refuse (403) what a page of another site may have sent with the cookies of its visitor; reading is harmless.

    Browsers say where a request comes from in `Sec-Fetch-Site`, which no page can change; those that do not (or are on
    an unsafe connection) say it in `Origin`. Who says neither is refused.  Source: Fetch Metadata Request Headers, 2.3.
    """
    if scope["method"] in READS:
        return
    headers = _headers(scope)
    site = _first(headers, b"sec-fetch-site")
    if site == "same-origin":
        return
    origin = _first(headers, b"origin")
    if site or not origin or _normal(origin) is None or _normal(origin) != origin_of(scope, proxies):
        raise Problem("cross-site", "a request that goes by a session has to come from a page of this very service")


def _normal(text: str) -> str | None:
    """Write an origin in its one form; None when it is none."""
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in _PORTS or not parts.hostname or parts.path or parts.query or parts.fragment:
        return None
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}:{port or _PORTS[parts.scheme]}"


def _headers(scope: Scope) -> Mapping[bytes, bytes]:
    return dict(scope["headers"])


def _first(headers: Mapping[bytes, bytes], name: bytes) -> str:
    return headers.get(name, b"").decode("latin-1").strip()
