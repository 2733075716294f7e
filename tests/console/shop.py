"""A service with the shop's environments."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.support import console_data
from tests.support.service import ADMIN_TOKEN, Service

EVERYWHERE = ("development", "staging", "production")


class Shop(Service):
    """A service with the shop in it."""

    sdk_token = ""

    def flag(self, key: str, environment: str) -> Any:
        """Read a flag in one environment."""
        return self.call("GET", f"environments/{environment}/flags/{key}")

    def make(self, key: str) -> str:
        """Make a flag of a test's own that is on everywhere; gives its key."""
        body = {"key": key, "type": "boolean", "environments": {place: {"enabled": True} for place in EVERYWHERE}}
        self.call("POST", "flags", body, **{"X-Change-Reason": "for a test"})
        return key


@contextmanager
def running_shop(*, empty: bool = False) -> Iterator[Shop]:
    """Start it; `empty`: without the shop's flags and the processes that use them."""
    running = Shop({})
    running.start()
    try:
        flags = () if empty else None
        running.sdk_token = console_data.seed(running.url, ADMIN_TOKEN, flags=flags).sdk_tokens["production"]
        yield running
    finally:
        running.close()
