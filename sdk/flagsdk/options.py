"""Where a client gets its snapshots from: arguments or FLAGSDK_* variables → places to open, best first."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any, cast
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from flagsdk.sources import Source, environment_of, open_source

VARIABLES = {
    "FLAGSDK_SOURCE": "one address of any kind, or several with spaces between, best first",
    "FLAGSDK_REDIS_URL": "address of the Redis that the service publishes to",
    "FLAGSDK_URL": "address of the service itself; needs a token",
    "FLAGSDK_FILE": "path of a snapshot, or of a JSON object of keys and values; followed as any other source",
    "FLAGSDK_ENVIRONMENT": "environment to follow; over HTTP the token decides, and must be of this one",
    "FLAGSDK_TOKEN": "SDK token for the service",
    "FLAGSDK_TOKEN_FILE": "file that holds the token",
    "FLAGSDK_CA_FILE": "certificate authorities (PEM) to trust instead of the system's",
    "FLAGSDK_APPLICATION": "name of the program, for the list of clients",
    "FLAGSDK_CACHE_DIR": "folder for the copy on disk",
    "FLAGSDK_BOOTSTRAP": "path of what is served until a source has answered for the first time",
    "FLAGSDK_PUBLIC_KEY": "key (or two, comma between) with which snapshots must be signed",
    "FLAGSDK_OFFLINE": "`1`: connect to nothing, serve the copy on disk or the bootstrap",
}
"""Every variable that `FlagClient.from_env` reads."""

_ADDRESSES = ("FLAGSDK_SOURCE", "FLAGSDK_REDIS_URL", "FLAGSDK_URL", "FLAGSDK_FILE")


_TELLING = ("environment", "db")
"""Options of an address that say which snapshot is there; others may be secret."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a source is, and all that opening it takes. After a fork it is opened anew: the child shares no socket."""

    address: str = field(repr=False)
    environment: str
    token: str = field(repr=False)
    ca_file: str = ""

    def open(self) -> Source:
        """Open it; connects to nothing. Raises ValueError for an address that cannot be used."""
        return open_source(self.address, environment=self.environment, token=self.token, ca_file=self.ca_file)

    @property
    def name(self) -> str:
        """Name without anything secret: what the copy on disk is called after."""
        parts = urlsplit(self.address)
        said = {name: value for name, value in parse_qsl(parts.query) if name in _TELLING}
        query = f"?{urlencode(said)}" if said else ""
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}{query}"

    @property
    def named_environment(self) -> str:
        """Environment that the token or the address tells; "" where neither does."""
        return environment_of(self.token) or dict(parse_qsl(urlsplit(self.address).query)).get("environment", "")


@dataclass(frozen=True, slots=True)
class Given:
    """A source that the program made itself; a forked child goes on with the same object."""

    source: Source

    def open(self) -> Source:
        """Give it."""
        return self.source

    @property
    def name(self) -> str:
        """Name as it calls itself."""
        return self.source.name


Origin = Place | Given


def origins(
    sources: Sequence[str | Source],
    by_name: Mapping[str, str | Path | None],
    environment: str,
    token: str,
    ca_file: str | Path | None = None,
) -> tuple[Origin, ...]:
    """Give the origins of a client, best first: `sources`, then "redis", "url" and "file" of `by_name`.

    Raises ValueError for what is neither an address nor a source. A relative path leads from now on to where it leads
    now, wherever the program goes.
    """
    named = [_url_of(address) if name == "file" else address for name, address in by_name.items() if address]
    authorities = str(Path(ca_file).absolute()) if ca_file else ""
    return tuple(
        Place(_settled(source), environment, token, authorities) if isinstance(source, str) else _given(source)
        for source in (*sources, *named)
        if source != ""
    )


def duration(name: str, seconds: float) -> float:
    """Check a number of seconds that the program gives; raises ValueError for a negative one, and for no number."""
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not seconds >= 0:
        raise ValueError(f"{name}: a number of seconds, at least 0, not {seconds!r}")
    return seconds


def service_of(origins: Sequence[Origin]) -> Place | None:
    """Give the first place that is the service itself: it can be told things. None when there is no such place."""
    places = (each for each in origins if isinstance(each, Place))
    return next((place for place in places if urlsplit(place.address).scheme in ("http", "https")), None)


def from_variables(variables: Mapping[str, str] = os.environ) -> dict[str, Any]:
    """Give the arguments of a client that the variables stand for; raises ValueError where no source is named."""
    given = {name: variables[name] for name in VARIABLES if variables.get(name)}
    offline = given.get("FLAGSDK_OFFLINE", "0").lower() in ("1", "true", "yes")
    if not offline and not any(name in given for name in _ADDRESSES):
        raise ValueError(f"set one of {', '.join(_ADDRESSES)}")
    return {
        "sources": tuple(given.get("FLAGSDK_SOURCE", "").split()),
        "redis": given.get("FLAGSDK_REDIS_URL"),
        "url": given.get("FLAGSDK_URL"),
        "file": given.get("FLAGSDK_FILE"),
        "environment": given.get("FLAGSDK_ENVIRONMENT", ""),
        "token": given.get("FLAGSDK_TOKEN", "") or text_in("FLAGSDK_TOKEN_FILE", variables),
        "ca_file": given.get("FLAGSDK_CA_FILE"),
        "application": given.get("FLAGSDK_APPLICATION", ""),
        "cache_dir": given.get("FLAGSDK_CACHE_DIR"),
        "bootstrap": given.get("FLAGSDK_BOOTSTRAP"),
        "offline": offline,
        "public_key": given.get("FLAGSDK_PUBLIC_KEY", ""),
    }


def name_of_copy(origins: Sequence[Origin], environment: str) -> str:
    """Name the copy on disk: one for each environment of each set of sources, so that none takes another's.

    Holds nothing secret; a token that was rotated leads to the same copy.
    """
    environment = environment or next((each.named_environment for each in origins if isinstance(each, Place)), "")
    readable = "".join(letter if letter.isalnum() else "-" for letter in environment)[:40]
    identity = "\n".join((environment, *(origin.name for origin in origins)))
    return f"{readable}-{sha256(identity.encode(errors='replace')).hexdigest()[:12]}"


def _given(source: object) -> Given:
    """Take a source that the program made; its methods are looked for, because it may be of any class."""
    if not all(hasattr(source, member) for member in ("name", "patience", "load", "follow", "close")):
        raise ValueError(f"neither an address nor a source: {type(source).__name__}")
    return Given(cast("Source", source))


def _settled(address: str) -> str:
    parts = urlsplit(address) if address.lower().startswith("file:") else None
    return _url_of(unquote(parts.path)) if parts and parts.path else address


def _url_of(path: str | Path) -> str:
    """Write a path as an address: it may hold what means something else there, as `#`."""
    whole = str(Path(path).absolute())
    return f"file:{'//' if whole.startswith('/') else ''}{quote(whole)}"


def text_in(variable: str, variables: Mapping[str, str]) -> str:
    """Read the file that a variable names; "" where it is not set, ValueError with its name for what cannot be read."""
    path = variables.get(variable, "")
    try:
        return Path(path).read_text(encoding="utf-8").strip() if path else ""
    except (OSError, ValueError) as fault:
        raise ValueError(f"{variable}: {path} cannot be read: {type(fault).__name__}") from fault
