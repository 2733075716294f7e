"""How a snapshot arrives: Redis, the service's HTTP feed, or a file. A library is loaded when its source is opened."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from urllib.parse import unquote, urlsplit

from flagsdk.redis_link.address import SCHEMES, parse
from flagsdk.sources.source import MOST_REST_SECONDS, TURN_SECONDS, Resting, Resync, Source, SourceFault, drawn

__all__ = ["MOST_REST_SECONDS", "TURN_SECONDS", "Resting", "Resync", "Source", "SourceFault", "drawn", "open_source"]


@dataclass(frozen=True, slots=True)
class _Given:
    address: str
    environment: str
    token: str = field(repr=False)
    ca_file: str


def open_source(address: str, *, environment: str = "", token: str = "", ca_file: str = "") -> Source:
    """Open the source of a Redis (see `redis_link.parse`), `http(s)://…` (needs a token) or `file:PATH`.

    `ca_file` (PEM) names the certificate authorities to trust in place of the system's, for https and for Redis over
    TLS whose address names none.

    Connects to nothing. Raises ValueError for an unknown scheme, for an address that cannot be right, where the
    environment or token is missing, and where they contradict each other; what may be a secret is never shown.
    """
    scheme = _scheme(address)
    opener = _OPENERS.get(scheme)
    if opener is None:
        raise ValueError(f"unknown source {scheme or address.rpartition('@')[2]!r}; known: {', '.join(_OPENERS)}")
    return opener(_Given(address, environment, token, ca_file))


def _scheme(address: str) -> str:
    """Read what stands before the first colon if it can be a scheme: else it may be a piece of a password."""
    scheme, colon, _ = address.partition(":")
    bare = scheme.translate(str.maketrans("", "", "+-."))
    return scheme.lower() if colon and bare.isascii() and bare.isalnum() else ""


def _redis(given: _Given) -> Source:
    read = parse(given.address)
    if given.ca_file and read.tls is not None:
        read = replace(read, tls={"ssl_ca_certs": given.ca_file} | dict(read.tls))
    chosen = given.environment or read.environment
    if not chosen:
        raise ValueError("redis: name the environment, as environment=… or ?environment=… in the URL")

    from flagsdk.sources.redis import RedisSource  # noqa: PLC0415 - loads redis only for those who use it

    return RedisSource(read, chosen)


def _http(given: _Given) -> Source:
    from flagsdk.sources.http import HttpSource  # noqa: PLC0415 - loads urllib3 only for those who use it

    _check_port(given.address)
    if not urlsplit(given.address).hostname:
        raise ValueError("http: the address names no host")
    bare = given.token.strip()  # the line end of the file that it came from
    if not bare:
        raise ValueError("http: a token is needed (fss_…); it also decides the environment")
    if not (bare.isascii() and bare.isprintable()):
        raise ValueError("http: the token has characters that no header can carry")
    if given.environment and environment_of(bare) not in ("", given.environment):
        raise ValueError(f"http: the token is of another environment than {given.environment!r}")
    return HttpSource(given.address, bare, environment=given.environment, ca_file=given.ca_file)


def environment_of(token: str) -> str:
    """Read the environment from a token of the service (`fss_ENVIRONMENT_SECRET_CHECK`); "" for another form."""
    head, *rest = token.strip().rsplit("_", 2)
    kind, _, environment = head.partition("_")
    return environment if kind == "fss" and len(rest) == 2 else ""  # noqa: PLR2004 - secret and check


def _check_port(address: str) -> None:
    """Refuse what stands where a port should; it is not shown, because it may be a piece of a password."""
    try:
        _ = urlsplit(address).port
    except ValueError:
        raise ValueError("the address has no number for a port; is its password percent-encoded?") from None


def _file(given: _Given) -> Source:
    from flagsdk.sources.file import FileSource  # noqa: PLC0415 - loads nothing that is not used

    return FileSource(unquote(urlsplit(given.address).path), given.environment)


_OPENERS: dict[str, Callable[[_Given], Source]] = {
    **dict.fromkeys(SCHEMES, _redis),
    "http": _http,
    "https": _http,
    "file": _file,
}
