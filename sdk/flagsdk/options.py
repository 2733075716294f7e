"""Where a client gets its snapshot from: arguments or FLAGSDK_* variables → an opened source."""

import os
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

from flagsdk.sources import Source, open_source

VARIABLES = {
    "FLAGSDK_SOURCE": "an address of any kind: `redis://…?environment=E`, `https://…` or `file:PATH`",
    "FLAGSDK_REDIS_URL": "address of the Redis that the service publishes to",
    "FLAGSDK_URL": "address of the service itself; needs a token",
    "FLAGSDK_FILE": "path of a snapshot, or of a JSON object of keys and values",
    "FLAGSDK_ENVIRONMENT": "environment to follow in Redis (over HTTP, the token decides)",
    "FLAGSDK_TOKEN": "SDK token for the service",
    "FLAGSDK_TOKEN_FILE": "file that holds the token",
}
"""Every variable that `FlagClient.from_env` reads."""


def chosen_source(addresses: Mapping[str, str | None], *, environment: str = "", token: str = "") -> Source:
    """Open the one source that is given; `addresses` maps "source", "redis", "url" and "file".

    Raises ValueError for none or several, and for an address that cannot be used.
    """
    given = {name: address for name, address in addresses.items() if address}
    if len(given) != 1:
        found = f"not {' and '.join(given)} together" if given else "none is given"
        raise ValueError(f"name one source, as source=, redis=, url= or file=; {found}")
    [(name, address)] = given.items()
    return open_source(_url_of(address) if name == "file" else address, environment=environment, token=token)


def _url_of(path: str) -> str:
    """Write a path as an address: it may hold what means something else there, as `#`."""
    return f"file:{'//' if path.startswith('/') else ''}{quote(path)}"


def source_from(variables: Mapping[str, str] = os.environ) -> Source:
    """Open the first source that is set: FLAGSDK_SOURCE, FLAGSDK_REDIS_URL, FLAGSDK_URL, FLAGSDK_FILE."""
    order = {"source": "FLAGSDK_SOURCE", "redis": "FLAGSDK_REDIS_URL", "url": "FLAGSDK_URL", "file": "FLAGSDK_FILE"}
    first = next((kind for kind, variable in order.items() if variables.get(variable)), None)
    if first is None:
        raise ValueError(f"set one of {', '.join(order.values())}")
    return chosen_source(
        {first: variables[order[first]]},
        environment=variables.get("FLAGSDK_ENVIRONMENT", ""),
        token=variables.get("FLAGSDK_TOKEN", "") or _token_in(variables.get("FLAGSDK_TOKEN_FILE", "")),
    )


def _token_in(path: str) -> str:
    return Path(path).read_text(encoding="utf-8").strip() if path else ""
