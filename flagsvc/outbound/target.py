"""Where a URL leads, read once and by one reader, so that nobody checks one host and talks to another."""

import re
from ipaddress import IPv4Address, IPv6Address
from typing import NamedTuple
from urllib.parse import urlsplit

from flagsvc.domain.calls import CallError

PORTS = {"http": 80, "https": 443}
FIRST_PORT = 1024
SHOWN = 100
_SIGNS = re.compile(r"[!#-;=?-\[\]_a-z~]+")  # printable ASCII without " < > \ ^ ` { | }
_NAME = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_.-]{0,251}[A-Za-z0-9_])?\.?")


class Barred(CallError):
    """A request that is not sent, now or later: the message says what is wrong with it."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail, permanent=True)


class Target(NamedTuple):
    """Where a request goes. `path` begins with a slash and has the query."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        """The value of the header Host."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"

    def __str__(self) -> str:
        """Show it without its query, which may hold a secret."""
        path, asked, _ = self.path.partition("?")
        return f"{self.scheme}://{self.authority}{path}{'?…' if asked else ''}"


def target_of(url: str) -> Target:
    """Read http(s)://HOST[:PORT][/PATH][?QUERY]; raises Barred for everything else.

    Ports are 80, 443, and 1024 upwards: what listens below those is no web server.
    """
    if not _SIGNS.fullmatch(url):
        raise Barred("the URL has a sign that no URL has: write it with %-escapes, and the host in ASCII")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise Barred("the URL is none") from None
    if parts.scheme not in PORTS:
        raise Barred("the URL must begin with http:// or https://")
    if "@" in parts.netloc:
        raise Barred("no name and password in the URL")
    _demand_host(host)
    chosen = PORTS[parts.scheme] if port is None else port
    if chosen < FIRST_PORT and chosen not in PORTS.values():
        raise Barred(f"port {chosen}: only 80, 443, and 1024 upwards")
    query = f"?{parts.query}" if parts.query else ""
    return Target(parts.scheme, host, chosen, (parts.path or "/") + query)


def shown(url: str) -> str:
    """Show a URL of any form to people, without what may be a secret in it."""
    try:
        return str(target_of(url))
    except Barred:
        return url.partition("?")[0].rpartition("@")[2][:SHOWN]


def _demand_host(host: str) -> None:
    """Pass for a name or an address in its usual form: 127.1, 0x7f.1 and 2130706433 are neither."""
    if ":" in host and "%" not in host:
        _demand(host, IPv6Address)
    elif not _NAME.fullmatch(host):
        raise Barred("the URL names no host")
    elif _is_number(host.rstrip(".").rpartition(".")[2]):
        _demand(host, IPv4Address)


def _demand(host: str, form: type[IPv4Address | IPv6Address]) -> None:
    try:
        form(host)
    except ValueError:
        raise Barred(f"{host} is no address in its usual form") from None


def _is_number(label: str) -> bool:
    return label.isdigit() or label.lower().startswith("0x")
