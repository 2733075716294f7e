"""Addresses in files of options: they are shown in errors and plans, so there is no secret in them."""

from collections.abc import Collection
from urllib.parse import urlsplit


def demand_addresses(option: str, urls: Collection[str]) -> None:
    """Pass for different http:// or https:// addresses without names and passwords in them; raises ValueError."""
    for url in urls:
        parts = urlsplit(url)
        if "@" in parts.netloc:
            raise ValueError(f"{option}: no name and password in an address, which stands in errors and in logs")
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError(f"{option} has addresses such as http://10.0.0.5:8080, not {url!r}")
    if len({shown(url) for url in urls}) < len(urls):
        raise ValueError(f"{option} has an address twice")


def shown(url: str) -> str:
    """Say which node an address leads to: host, port and path."""
    parts = urlsplit(url)
    return f"{parts.netloc}{parts.path}".rstrip("/")
