"""What there is to see at one moment, as a value; and the board on which the story writes it."""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from examples.demo.tally import Reading, Tally

KEPT_ENTRIES = 40


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the log: seconds since the start, words, and a style of rich."""

    at: float
    text: str
    style: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """All that the picture shows. `places`: place → version that runs there. `feature`: the flag of the release.

    `now` is Unix time; `rollout` is what the API answers for the rollout, None before there is one.
    """

    elapsed: float = 0.0
    now: float = 0.0
    heading: str = ""
    caption: str = ""
    rollout: Mapping[str, Any] | None = None
    reading: Reading = field(default_factory=Reading)
    places: Mapping[str, str] = field(default_factory=dict)
    feature: str = ""
    log: tuple[Entry, ...] = ()

    def place_of(self, version: str) -> str:
        """Where a version runs: "stable", "canary", both, or "" once it is gone."""
        return " + ".join(place for place, runs in self.places.items() if runs == version)


class Board:
    """The present scene. The story writes to it, whoever draws reads it; from any thread."""

    def __init__(self, tally: Tally) -> None:
        self._tally = tally
        self._heard: Callable[[Entry], None] = lambda _: None
        self._lock = threading.Lock()
        self._began = time.monotonic()
        self._scene = Scene()

    @property
    def elapsed(self) -> float:
        """Seconds since the demo began."""
        return time.monotonic() - self._began

    def show(self, **changed: Any) -> None:
        """Replace parts of the scene, by the names that Scene has for them."""
        with self._lock:
            self._scene = replace(self._scene, **changed)

    def narrate(self, heading: str, caption: str) -> None:
        """Say what is being told: above the picture, and in lines; not in the log."""
        self.show(heading=heading, caption=caption)
        self._heard(Entry(self.elapsed, f"== {caption}", "bold"))

    def say(self, text: str, style: str = "") -> None:
        """Add a line to the log."""
        entry = Entry(self.elapsed, text, style)
        with self._lock:
            self._scene = replace(self._scene, log=(*self._scene.log[-KEPT_ENTRIES:], entry))
        self._heard(entry)

    def listen(self, heard: Callable[[Entry], None]) -> None:
        """Hand every further line of the log, and every caption, to `heard`, too."""
        self._heard = heard

    def scene(self) -> Scene:
        """Give the scene as it is now, with what visitors get now."""
        now = time.time()
        reading = self._tally.read(now)
        with self._lock:
            return replace(self._scene, elapsed=self.elapsed, now=now, reading=reading)
