"""What the console is looked at on: a web shop with visitors, a release that runs, and one that waits for a person."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from tests.support import console_data
from tests.support.console_data import BROKEN, HEALTHY, Outcomes, Seeded
from tests.support.service import ADMIN_TOKEN, Service
from tests.support.timing import eventually

PRODUCTION = "environments/production"
RELEASE, FAILED, WAITING = "storefront-release", "storefront-failed", "search-release"
"""Keys of the rollout that runs, of the one that went back by itself, and of the one that waits for an approval."""


@dataclass(frozen=True)
class Stage:
    """A service with the shop in it, and the visitors of its storefront."""

    service: Service
    seeded: Seeded
    visitors: Outcomes

    def begin(self, key: str = RELEASE) -> None:
        """Begin a release that stays at 25 % for ten minutes."""
        console_data.begin_bad_rollout(self.service.url, ADMIN_TOKEN, key)

    def wait_for_approval(self) -> None:
        """Begin a release whose first step waits for a person."""
        console_data.begin_waiting_rollout(self.service.url, ADMIN_TOKEN, WAITING)

    def status(self, key: str = RELEASE) -> dict[str, Any]:
        """Give the state of a rollout, as the API has it."""
        found: dict[str, Any] = self.service.call("GET", f"{PRODUCTION}/rollouts/{key}")["status"]
        return found

    def judged(self, key: str = RELEASE) -> None:
        """Wait until the release has been found well."""
        eventually(lambda: self.status(key)["verdict"]["kind"] == "healthy", "a first verdict")

    def fail(self, key: str = FAILED) -> None:
        """Begin a release, let it break, and wait until it has gone back by itself."""
        self.begin(key)
        self.judged(key)
        self.visitors.turn("canary", BROKEN)
        eventually(lambda: self.status(key)["phase"] == "rolled-back", "the end of the rollback")
        self.visitors.turn("canary", HEALTHY)


@contextmanager
def shop(settings: Mapping[str, str] | None = None) -> Iterator[Stage]:
    """Start a service, make the shop in it, and let visitors come; ends both."""
    service = Service(settings or {})
    try:
        service.start()
        seeded = console_data.seed(service.url, ADMIN_TOKEN)
        with console_data.outcomes(service.url, ADMIN_TOKEN, seeded.sdk_tokens["production"]) as visitors:
            yield Stage(service, seeded, visitors)
    finally:
        service.close()
