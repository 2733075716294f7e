"""How a snapshot arrives: Redis, the service's HTTP feed, or a file. A library is loaded when its source is opened."""

from collections.abc import Callable
from urllib.parse import unquote, urlsplit

from flagsdk.sources.source import Resync, Source, SourceFault

__all__ = ["Resync", "Source", "SourceFault", "open_source"]


def open_source(address: str, *, environment: str = "", token: str = "") -> Source:
    """Open the source of `redis://…?environment=E`, `http(s)://…` (needs a token) or `file:PATH`. Connects to nothing.

    Raises ValueError for an unknown scheme, and where the environment or token is missing.
    """
    scheme = urlsplit(address).scheme
    opener = _OPENERS.get(scheme)
    if opener is None:
        raise ValueError(f"unknown source {scheme or address!r}; known: {', '.join(_OPENERS)}")
    return opener(address, environment, token)


def _redis(address: str, environment: str, token: str) -> Source:
    from flagsdk.sources.redis import RedisSource, split_environment  # noqa: PLC0415 - loads redis only for those who use it

    url, named = split_environment(address)
    chosen = environment or named
    if not chosen:
        raise ValueError("redis: name the environment, as environment=… or ?environment=… in the URL")
    return RedisSource(url, chosen)


def _http(address: str, environment: str, token: str) -> Source:
    from flagsdk.sources.http import HttpSource  # noqa: PLC0415 - loads urllib3 only for those who use it

    if not token:
        raise ValueError("http: a token is needed; it also decides the environment")
    return HttpSource(address, token)


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
