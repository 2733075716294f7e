"""A release as it happens: two replicas' worth of everything that is real, a shop in two versions, and visitors.

PostgreSQL and Redis hold and carry, HAProxy is told by the map, Prometheus counts; the shop and its visitors are those
of the demo.
"""

import signal
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from examples.demo.children import Child
from examples.demo.plans import ANALYSIS, binding, flag, split
from examples.demo.stage import ENVIRONMENT, SPLIT, Stage
from tests.support.servers import PostgresServer, RedisServer
from tests.support.timing import eventually

FEATURE = "fast-checkout"
DOCUMENTS = (f"splits/{SPLIT}", f"flags/{FEATURE}")
ENDED = {"succeeded", "rolled-back", "aborted"}
Rollout = Mapping[str, Any]


class Site(Stage):
    """The demo's stage over PostgreSQL and Redis."""

    def __init__(self, per_second: float) -> None:
        super().__init__(per_second)
        self.postgres, self.redis = PostgresServer(), RedisServer()
        self.number = 0

    def child(self, name: str) -> Child:
        """Give the process of that name."""
        return next(child for child in self._children if child.name == name)

    def _open(self) -> None:
        for server in (self.postgres, self.redis):
            self._stack.callback(server.close)
            server.start()
        super()._open()
        self.api.post("flags", flag(FEATURE))
        self.api.post(f"environments/{ENVIRONMENT}/splits", split())
        self.api.post(f"environments/{ENVIRONMENT}/bindings", binding())

    def _settings(self) -> dict[str, str]:
        ours = {"DATABASE_URL": self.postgres.url, "REDIS_URL": self.redis.url, "ROLLBACKS_PER_HOUR": "1000"}
        return {**super()._settings(), **ours}

    def begin(self, steps: list[int], hold: str, **plan: Any) -> str:
        """Begin a rollout through shares (percent); gives its key."""
        self.number += 1
        targets = [
            {"name": "edge", "kind": "split", "key": SPLIT, "candidate": "canary", "baseline": "stable"},
            {"name": "flag", "kind": "flag", "key": FEATURE, "candidate": "on", "baseline": "off"},
        ]
        made = [
            {"name": f"{share} %", "weights": {"edge": 1000 * share, "flag": 1000 * share}, "hold": hold}
            for share in steps
        ]
        body = {"strategy": "canary", "targets": targets, "steps": made, "analysis": ANALYSIS, "cooldown": "0s", **plan}
        key = f"release-{self.number}"
        self.api.post(f"environments/{ENVIRONMENT}/rollouts", {"key": key, "plan": body})
        return key

    def rollout(self, key: str) -> Rollout:
        """Read a rollout."""
        found: Rollout = self.api.get(f"environments/{ENVIRONMENT}/rollouts/{key}")
        return found

    def until(self, key: str, holds: Callable[[Rollout], bool], what: str) -> Rollout:
        """Wait until something is so of a rollout."""
        eventually(lambda: holds(self.rollout(key)), what)
        return self.rollout(key)

    def ended(self, key: str) -> Rollout:
        """Wait for the end of a rollout."""
        return self.until(key, lambda found: found["status"]["phase"] in ENDED, f"the end of {key}")

    def holds_at(self, key: str, share: int) -> None:
        """Wait until a share (percent) is in force everywhere."""

        def there(found: Rollout) -> bool:
            weights = {target["weight"] for target in found["status"]["targets"]}
            return found["status"]["phase"] == "baking" and weights == {1000 * share}

        self.until(key, there, f"{share} % in force")

    def places_served(self) -> dict[str, Any]:
        """Give what the split and the flag serve by default."""
        return {name: self.api.get(f"environments/{ENVIRONMENT}/{name}")["default"] for name in DOCUMENTS}

    def serve_again(self) -> None:
        """Put split and flag back to what they served before the last release, by their revisions."""
        for name, target in zip(DOCUMENTS, self.rollout(f"release-{self.number}")["status"]["targets"], strict=True):
            path = f"environments/{ENVIRONMENT}/{name}/revert"
            self.api.post(path, {"revision": target["revisionBefore"]})

    def seen(self, seconds: int = 2) -> Mapping[str, float]:
        """Give the share of each version among the visits of the last seconds."""
        time.sleep(seconds)
        return self.tally.read(time.time()).shares


@contextmanager
def running(per_second: float = 120.0) -> Iterator[Site]:
    """Start a site, with v1 in both places."""
    with Site(per_second) as site:
        site.run("canary", "v2")
        yield site


def stop(child: Child) -> None:
    """Freeze a process."""
    child._signal(signal.SIGSTOP)


def go_on(child: Child) -> None:
    """Thaw it."""
    child._signal(signal.SIGCONT)
