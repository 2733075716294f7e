"""A service with the shop's environments, and looking at a screen in every size and scheme."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.console.browser import DESK, PHONE, SCHEMES, Console
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


def faults(console: Console, name: str) -> list[str]:
    """Look at what is shown on a desk and on a phone, in light and dark, and keep pictures; gives what is wrong."""
    page, found = console.page, []
    for size in (DESK, PHONE):
        page.set_viewport_size({"width": size[0], "height": size[1]})
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]  # one of its own words
            console.shoot(f"{name}-{size[0]}-{scheme}", whole=False)
            found += [f"{size[0]} {scheme}: {each}" for each in console.axe()]
        wide = console.overflow()
        found += [f"{size[0]}: {wide} pixels wider than the screen"] if wide > 0 else []
    page.set_viewport_size({"width": DESK[0], "height": DESK[1]})
    return found
