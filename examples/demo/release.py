"""One release, driven by the service: it is asked for here, and from then on only watched."""

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from examples.demo.plans import OF_A_PERCENT, Pace, plan
from examples.demo.scene import Board
from examples.demo.stage import ENVIRONMENT, Stage
from examples.demo.words import told
from flagsvc.ctl.news import news

OVER = frozenset({"succeeded", "rolled-back", "aborted"})
POLL_SECONDS = 0.2
PATIENCE_SECONDS = 180.0
Rollout = Mapping[str, Any]


class TooLong(Exception):
    """Something in the story did not happen in time; the message says what."""


class Release:
    """A rollout at the service, followed on the board."""

    def __init__(self, stage: Stage, board: Board, key: str) -> None:
        self._stage = stage
        self._board = board
        self._path = f"environments/{ENVIRONMENT}/rollouts"
        self._key = key
        self._seen: Rollout | None = None

    def start(self, version: str, feature: str, pace: Pace) -> None:
        """Ask for it."""
        deployment = {"version": version, "deployer": "the demo"}
        self._stage.api.post(self._path, {"key": self._key, "plan": plan(feature, pace), "deployment": deployment})
        self.look()

    def look(self) -> Rollout:
        """Read how far it is; what changed is said on the board."""
        rollout: Rollout = self._stage.api.get(f"{self._path}/{self._key}")
        for line in news(self._seen, rollout, datetime.now(UTC)):
            if entry := told(line.partition(" ")[2], has_failed=has_failed(rollout)):
                self._board.say(*entry)
        self._seen = rollout
        self._board.show(rollout=rollout)
        return rollout

    def decided_at(self) -> float:
        """Give the time (Unix seconds, by the service) at which it turned back; 0.0 when it never did."""
        entries = self._stage.api.get(f"{self._path}/{self._key}/log?limit=100")["items"]
        turned = [entry["at"] for entry in entries if entry["phase"] in {"rolling-back", "rolled-back"}]
        return datetime.fromisoformat(min(turned)).timestamp() if turned else 0.0

    def until(self, holds: Callable[[Rollout], bool], what: str) -> Rollout:
        """Follow it until something is so; raises TooLong."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not holds(rollout := self.look()):
            if time.monotonic() > deadline:
                raise TooLong(f"{self._key}: {what}: not within {PATIENCE_SECONDS:.0f} s")
            time.sleep(POLL_SECONDS)
        return rollout

    def watch(self, seconds: float) -> None:
        """Follow it for a while."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            self.look()
            time.sleep(POLL_SECONDS)


def is_over(rollout: Rollout) -> bool:
    """Whether nothing follows any more."""
    return rollout["status"]["phase"] in OVER


def has_failed(rollout: Rollout) -> bool:
    """Whether it goes back, or went."""
    return rollout["status"]["phase"] in {"rolling-back", "rolled-back", "aborted"}


def holds_at(share: int) -> Callable[[Rollout], bool]:
    """Whether the step of a share (percent) is in force everywhere; or whether it is all over."""

    def test(rollout: Rollout) -> bool:
        status = rollout["status"]
        weights = {target.get("weight") for target in status["targets"]}
        return is_over(rollout) or (status["phase"] == "baking" and weights == {share * OF_A_PERCENT})

    return test
