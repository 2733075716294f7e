"""The story: v1 runs; v2 is released and is good; v3 is released and begins to fail. Nobody but the service reacts."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from examples.demo.plans import BAD_AT, WHOLE, Pace, binding, flag, split
from examples.demo.release import Release, Rollout, TooLong, has_failed, holds_at, is_over
from examples.demo.scene import Board
from examples.demo.stage import ENVIRONMENT, FEATURES, SPLIT, Stage

BAD_SHARE = 0.1
PATIENCE_SECONDS = 30.0
POLL_SECONDS = 0.1
FAST_CHECKOUT, GIFT_CARDS = FEATURES


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """What became of a release. `everybody_at`: the only version that visitors got at the end, "" when several.

    Seconds from the first bad page on: until the service decided, and until the last visitor left the version.
    """

    phase: str
    cause: str = ""
    everybody_at: str = ""
    requests: int = 0
    failed: int = 0
    moved: int = 0
    came_back: int = 0
    decided_after: float = 0.0
    left_after: float = 0.0


class Story:
    """Plays both releases on a stage, and shows them on a board.

    `pictured` is called with a word at the moments that are worth a picture: "failing", "rolled-back".
    """

    def __init__(
        self, stage: Stage, board: Board, pace: Pace, pictured: Callable[[str], None] = lambda _: None
    ) -> None:
        self._stage = stage
        self._board = board
        self._pace = pace
        self._pictured = pictured

    def play(self) -> list[Ending]:
        """Play it all; gives the ending of the good release, and that of the bad one if it came to that."""
        self._prepare()
        good = self._good()
        if good.everybody_at != "v2":
            return [good]
        self._promote()
        return [good, self._bad()]

    def _prepare(self) -> None:
        self._board.narrate(
            "before the releases", "Everybody gets v1, through a real HAProxy. Their ids decide, not chance."
        )
        self._board.show(places=self._stage.versions())
        for feature in FEATURES:
            self._stage.api.post("flags", flag(feature))
        self._stage.api.post(f"environments/{ENVIRONMENT}/splits", split())
        self._stage.api.post(f"environments/{ENVIRONMENT}/bindings", binding())
        self._until(lambda: self._only() == "v1", "everybody at v1")

    def _good(self) -> Ending:
        heading = "1 of 2: a good release"
        self._board.narrate(
            heading, "v2 starts in the canary's place. Nobody is sent there before the rollout says so."
        )
        self._put("canary", "v2")
        release = self._start("v2", FAST_CHECKOUT)
        words = (
            "From step to step the edge moves first, then the flag, for the very same visitors. v2 is compared with v1."
        )
        self._board.narrate(heading, words)
        over = release.until(is_over, "the end of the good release")
        ending = self._ending(over, "v2")
        if ending.everybody_at == "v2":
            words = f"Everybody is at v2: {ending.moved:,} visitors moved, {ending.came_back} of them back and forth."
            self._board.narrate(heading, words)
        self._rest()
        return ending

    def _promote(self) -> None:
        """Make v2 the stable version, with everybody on it all the time, so that the canary's place is free."""
        heading = "2 of 2: a bad release"
        self._board.narrate(
            heading, "v2 becomes the stable version: it takes v1's place too, then the canary's is free for v3."
        )
        self._put("stable", "v2")
        path, weights = f"environments/{ENVIRONMENT}/splits/{SPLIT}/weights", {"stable": WHOLE, "canary": 0}
        written = self._stage.api.post(path, {"weights": weights}, "v2 is the stable version now")
        self._until(lambda: self._told(written["version"]), "the edge, told to send everybody to stable")
        self._put("canary", "v3")

    def _bad(self) -> Ending:
        heading = "2 of 2: a bad release"
        self._board.narrate(heading, "v3 is released in the same way. At 5 and 10 % it looks as good as v2 …")
        release = self._start("v3", GIFT_CARDS)
        release.until(holds_at(BAD_AT), f"{BAD_AT} %")
        release.watch(self._pace.well)
        broken = time.time()
        self._stage.places["canary"].break_down(BAD_SHARE)
        self._board.say(f"from here on {BAD_SHARE:.0%} of v3's pages fail", "bold")
        self._board.narrate(heading, "… and now every tenth page of v3 fails. Nobody touches anything from here on.")
        release.until(self._failing, "a decision about the bad release")
        self._board.narrate(
            heading, "The service has noticed. The flag goes off first, then the edge; both are read back."
        )
        over = release.until(is_over, "the end of the bad release")
        ending = self._ending(over, "v2", broken, release.decided_at())
        words = (
            f"Everybody is at v2 again, and stays. {ending.failed} pages failed in all, and nobody had to do anything."
        )
        self._board.narrate(heading, words if ending.everybody_at == "v2" else "Visitors are not where they should be.")
        self._pictured("rolled-back")
        self._rest()
        return ending

    def _failing(self, rollout: Rollout) -> bool:
        """Whether it goes back; takes the picture on the way, when errors can be seen."""
        if has_failed(rollout) or is_over(rollout):
            return True
        if self._stage.tally.read(time.time()).error_rates.get("v3", 0.0) > BAD_SHARE / 3:
            self._pictured("failing")
        return False

    def _start(self, version: str, feature: str) -> Release:
        self._stage.tally.begin()
        self._board.show(feature=feature)
        release = Release(self._stage, self._board, f"release-{version}")
        release.start(version, feature, self._pace)
        return release

    def _put(self, place: str, version: str) -> None:
        self._board.say(f"{version} starts in the place {place!r}")
        self._stage.run(place, version)
        self._board.show(places=self._stage.versions())

    def _ending(self, rollout: Rollout, expected: str, broken: float = 0.0, decided: float = 0.0) -> Ending:
        status = rollout["status"]
        try:
            self._until(lambda: self._only() == expected, f"everybody at {expected}")
        except TooLong as late:
            self._board.say(str(late), "bold red")
        chapter = self._stage.tally.chapter()
        version = rollout["key"].removeprefix("release-")
        return Ending(
            phase=status["phase"],
            cause=status.get("cause") or "",
            everybody_at=self._only(),
            requests=chapter.visits[version],
            failed=chapter.failed[version],
            moved=len(chapter.left),
            came_back=len(chapter.came_back),
            decided_after=decided - broken,
            left_after=chapter.last.get(version, broken) - broken,
        )

    def _only(self) -> str:
        """Give the only version that anybody got in the last seconds, "" when there were several, or none."""
        shares = self._stage.tally.read(time.time()).shares
        return next(iter(shares)) if len(shares) == 1 else ""

    def _told(self, version: int) -> bool:
        status = self._stage.api.get(f"environments/{ENVIRONMENT}/bindings/edge")["status"]
        return bool(status["phase"] == "applied" and status["desired"]["revision"].endswith(f".{version}"))

    def _rest(self) -> None:
        time.sleep(self._pace.rest)

    def _until(self, holds: Callable[[], object], what: str) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not holds():
            if time.monotonic() > deadline:
                raise TooLong(f"not within {PATIENCE_SECONDS:.0f} s: {what}")
            time.sleep(POLL_SECONDS)
