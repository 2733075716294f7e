"""How a snapshot arrives: Redis, the service's HTTP feed, or a file. A library is loaded when its source is opened."""

from collections.abc import Callable
from urllib.parse import unquote, urlsplit

from flagsdk.sources.source import TURN_SECONDS, Resync, Source, SourceFault

__all__ = ["TURN_SECONDS", "Resync", "Source", "SourceFault", "open_source"]


def open_source(address: str, *, environment: str = "", token: str = "") -> Source:
    """Open the source of `redis://…?environment=E`, `http(s)://…` (needs a token) or `file:PATH`. Connects to nothing.

    Raises ValueError for an unknown scheme, and where the environment or token is missing.
    """
    scheme = urlsplit(address).scheme
    opener = _OPENERS.get(scheme)
    if opener is None:
        raise ValueError(f"unknown source {scheme or address.rpartition('@')[2]!r}; known: {', '.join(_OPENERS)}")
    if scheme != "file":
        _check_port(address)
    return opener(address, environment, token)


def _check_port(address: str) -> None:
    """Refuse what stands where a port should; it is not shown, because it may be a piece of a password."""
    try:
        _ = urlsplit(address).port
    except ValueError:
        raise ValueError("the address has no number for a port; is its password percent-encoded?") from None


def _redis(address: str, environment: str, token: str) -> Source:
    from flagsdk.sources.redis import RedisSource, split_environment  # noqa: PLC0415 - loads redis only for those who use it

    url, named = split_environment(address)
    chosen = environment or named
    if not chosen:
        raise ValueError("redis: name the environment, as environment=… or ?environment=… in the URL")
    return RedisSource(url, chosen)


def _http(address: str, environment: str, token: str) -> Source:
    from flagsdk.sources.http import HttpSource  # noqa: PLC0415 - loads urllib3 only for those who use it

    if not urlsplit(address).hostname:
        raise ValueError("http: the address names no host")
    bare = token.strip()  # the line end of the file that it came from
    if not bare:
        raise ValueError("http: a token is needed; it also decides the environment")
    if not (bare.isascii() and bare.isprintable()):
        raise ValueError("http: the token has characters that no header can carry")
    return HttpSource(address, bare)


def _file(address: str, environment: str, token: str) -> Source:
    from flagsdk.sources.file import FileSource  # noqa: PLC0415 - loads nothing that is not used

    return FileSource(unquote(urlsplit(address).path), environment)


_OPENERS: dict[str, Callable[[str, str, str], Source]] = {
    "redis": _redis,
    "rediss": _redis,
    "unix": _redis,
    "http": _http,
    "https": _http,
    "file": _file,
}
