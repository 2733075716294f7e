"""The address of a Redis: URL → values. Pure: nothing is connected to, no file is opened."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, unquote

SERVER, UNIX, SENTINEL, CLUSTER = "server", "unix", "sentinel", "cluster"
MOST_PORT = 65535
PORTS = {SERVER: 6379, SENTINEL: 26379, CLUSTER: 6379, UNIX: 0}

SCHEMES: dict[str, tuple[str, bool]] = {
    "redis": (SERVER, False),
    "rediss": (SERVER, True),
    "unix": (UNIX, False),
    "redis+sentinel": (SENTINEL, False),
    "rediss+sentinel": (SENTINEL, True),
    "redis+cluster": (CLUSTER, False),
    "rediss+cluster": (CLUSTER, True),
}
"""Scheme → how that Redis is run, and whether over TLS."""


class Host(NamedTuple):
    """One server that may be asked."""

    name: str
    port: int


@dataclass(frozen=True, slots=True)
class Login:
    """An ACL user; without a name the default one, without a password nobody logs in."""

    username: str = ""
    password: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class RedisAddress:
    """Where a Redis is, and how to be let in. Only `login` and `sentinel_login` hold secrets; neither is shown."""

    kind: str
    hosts: tuple[Host, ...] = ()  # the server, or those that know where it is
    path: str = ""  # of a socket
    service: str = ""  # what Sentinel calls the master
    database: int = 0
    login: Login = field(default_factory=Login, repr=False)
    sentinel_login: Login = field(default_factory=Login, repr=False)
    tls: Mapping[str, Any] | None = field(default=None, repr=False)  # options of redis-py; None = no TLS
    environment: str = ""

    @property
    def name(self) -> str:
        """What to call it in the status and in logs."""
        hosts = ", ".join(host.name for host in self.hosts)
        return {
            SERVER: f"redis {hosts}",
            UNIX: f"redis {self.path}",
            SENTINEL: f"redis {self.service} of sentinels {hosts}",
            CLUSTER: f"redis cluster {hosts}",
        }[self.kind]


def parse(url: str) -> RedisAddress:
    """Read an address. Raises ValueError that says what is wrong, and shows no piece of what may be a secret.

    `redis[s]://[USER:PASSWORD@]HOST[:PORT][/DB]`, `unix://[USER:PASSWORD@]/PATH`,
    `redis[s]+sentinel://[USER:PASSWORD@]HOST[:PORT],HOST…/SERVICE[/DB]`, `redis[s]+cluster://[USER:PASSWORD@]HOST…`,
    each with `?OPTION=VALUE&…`; what a URL reserves is percent-encoded.
    """
    scheme, _, rest = url.partition("://")
    if scheme not in SCHEMES:
        raise ValueError(f"redis: unknown scheme; known: {', '.join(SCHEMES)}")
    kind, secure = SCHEMES[scheme]
    if "#" in rest:
        raise ValueError("redis: an address has no '#'; is its password percent-encoded?")
    place, _, query = rest.partition("?")
    options = _options(query, kind, secure=secure)
    authority, slash, path = place.partition("/")
    userinfo, _, hosts = authority.rpartition("@")
    database, service = _DIVIDE[kind](path)
    return RedisAddress(
        kind=kind,
        hosts=() if kind == UNIX else _hosts(hosts, kind),
        path=_socket(hosts, slash + path) if kind == UNIX else "",
        service=service,
        database=_number(options.pop("db", database), kind),
        login=_login(userinfo, options),
        sentinel_login=Login(options.pop("sentinel_username", ""), options.pop("sentinel_password", "")),
        environment=options.pop("environment", ""),
        tls=_tls(options) if secure else None,
    )


def _hosts(text: str, kind: str) -> tuple[Host, ...]:
    if kind == SERVER and "," in text:
        raise ValueError("redis: one server is one host; for several say redis+sentinel or redis+cluster")
    return tuple(_host(each.strip(), PORTS[kind]) for each in text.split(","))


def _host(text: str, usual_port: int) -> Host:
    """Split HOST, HOST:PORT or [IPv6]:PORT. What stands there is not shown: it may be a piece of a password."""
    name, colon, port = text.rpartition(":") if not text.endswith("]") else (text, "", "")
    if not colon:
        name = text
    if colon and not (port.isascii() and port.isdigit() and 0 < int(port) <= MOST_PORT):
        raise ValueError("redis: the address has no number for a port; is its password percent-encoded?")
    bare = name[1:-1] if name.startswith("[") and name.endswith("]") else name
    if not bare or (":" in bare and bare == name):
        raise ValueError("redis: the address names no host where one should stand (an IPv6 address needs brackets)")
    return Host(bare, int(port) if colon else usual_port)


def _of_server(path: str) -> tuple[str, str]:
    return path, ""


def _of_sentinel(path: str) -> tuple[str, str]:
    service, _, database = path.partition("/")
    if not service:
        raise ValueError("redis: name the service that the sentinels watch: redis+sentinel://HOSTS/SERVICE")
    return database, unquote(service)


def _of_socket(path: str) -> tuple[str, str]:
    return "", ""


_DIVIDE: dict[str, Callable[[str], tuple[str, str]]] = {
    SERVER: _of_server,
    CLUSTER: _of_server,
    SENTINEL: _of_sentinel,
    UNIX: _of_socket,
}


def _socket(host: str, path: str) -> str:
    if host or path in {"", "/"}:
        raise ValueError("redis: the address of a socket is unix:///PATH")
    return unquote(path)


def _number(text: str, kind: str) -> int:
    if not text:
        return 0
    if not (text.isascii() and text.isdigit()):
        raise ValueError("redis: the database is no number; is the password percent-encoded?")
    if kind == CLUSTER and int(text):
        raise ValueError("redis: a cluster has database 0 only")
    return int(text)


def _login(userinfo: str, options: dict[str, str]) -> Login:
    username, _, password = userinfo.partition(":")
    return Login(options.pop("username", "") or unquote(username), options.pop("password", "") or unquote(password))


def _options(query: str, kind: str, *, secure: bool) -> dict[str, str]:
    known = {"environment", "db", "username", "password"}
    if kind == SENTINEL:
        known |= {"sentinel_username", "sentinel_password"}
    if secure:
        known |= set(_TLS)
    options = dict(parse_qsl(query, keep_blank_values=True))
    if options.keys() - known:
        raise ValueError(f"redis: an option of the address is unknown; known here: {', '.join(sorted(known))}")
    return options


def _tls(options: Mapping[str, str]) -> dict[str, Any]:
    return {name: _TLS[name](name, value) for name, value in options.items()}


def _text(name: str, value: str) -> str:
    if not value:
        raise ValueError(f"redis: {name} is empty")
    return value


def _flag(name: str, value: str) -> bool:
    words = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}
    if value.lower() not in words:
        raise ValueError(f"redis: {name} is yes or no")
    return words[value.lower()]


def _demand(name: str, value: str) -> str:
    if value not in {"none", "optional", "required"}:
        raise ValueError(f"redis: {name} is none, optional or required")
    return value


_TLS: dict[str, Callable[[str, str], Any]] = {
    "ssl_ca_certs": _text,
    "ssl_ca_path": _text,
    "ssl_certfile": _text,
    "ssl_keyfile": _text,
    "ssl_password": _text,
    "ssl_ciphers": _text,
    "ssl_cert_reqs": _demand,
    "ssl_check_hostname": _flag,
}
