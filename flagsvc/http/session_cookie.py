"""The cookie of a session: HttpOnly, of this host alone; over https with the prefix that no subdomain can forge."""

from starlette.types import Scope

from flagsvc.http.own_origin import scheme_of
from flagsvc.http.traffic_unit import Proxies, cookie_of

SECURE_NAME = "__Host-flagsvc"
PLAIN_NAME = "flagsvc-session"
MAX_BYTES = 200


def held(scope: Scope, proxies: Proxies) -> str | None:
    """Read the session's id out of the request; over https only the secure cookie counts. None without one."""
    raw = cookie_of(dict(scope["headers"]), _name(scope, proxies).encode())
    return raw.decode("latin-1") if raw and len(raw) <= MAX_BYTES else None


def given(scope: Scope, proxies: Proxies, secret: str, seconds: int) -> str:
    """Write the `Set-Cookie` that hands a session's id to the browser, for so many seconds."""
    return _line(scope, proxies, secret, seconds)


def taken(scope: Scope, proxies: Proxies) -> str:
    """Write the `Set-Cookie` that takes it away."""
    return _line(scope, proxies, "", 0)


def _line(scope: Scope, proxies: Proxies, value: str, seconds: int) -> str:
    secure = "; Secure" if scheme_of(scope, proxies) == "https" else ""
    return f"{_name(scope, proxies)}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}"


def _name(scope: Scope, proxies: Proxies) -> str:
    return SECURE_NAME if scheme_of(scope, proxies) == "https" else PLAIN_NAME
