"""In locust's process: goes through the stages, and keeps the records of what users do in each."""

import time
from collections.abc import Mapping
from pathlib import Path

from locust import LoadTestShape, events

from benchmarks.host import used
from loadtests.plan import Plan, Stage, present
from loadtests.records import Record, write

NOBODY = (0, 1.0)
SETTLING_SHARE, SETTLING_SECONDS = 0.25, 4.0
"""At the beginning of a stage users connect, and fifty SDKs in one process start at once: that share of the stage does
not count, and never more than these seconds. Failures count all the same."""


class Stages(LoadTestShape):
    """The stages of the plan, one after the other, then the end."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # this and the others: locust types a part of itself
        self._plan = present()
        self._stage: Stage | None = None
        self._begun = False
        self._keeper = Keeper(self._plan)
        events.request.add_listener(self._keeper.request)  # type: ignore[no-untyped-call]
        events.user_error.add_listener(self._keeper.error)  # type: ignore[no-untyped-call]
        events.quitting.add_listener(self._keeper.end)  # type: ignore[no-untyped-call]

    def tick(self) -> tuple[int, float] | None:
        """Put the users of the present stage to work; locust asks every second.

        Locust itself is told of no users, once, before the first come: it would keep those of the stage before where
        their number is the same, and take away those that it was not told of.
        """
        if not self._begun:
            self._begun = True
            self.reset_time()  # type: ignore[no-untyped-call]
            return NOBODY
        stage, runner = self._present(), self.runner
        if stage is None or runner is None:
            return None
        if stage is not self._stage:
            self._stage = stage
            runner.stop_users({name: count for name, count in runner.user_classes_count.items() if count})
            self._keeper.begin(stage)
            runner.spawn_users(dict(stage.users))
        return NOBODY

    def _present(self) -> Stage | None:
        passed: float = self.get_run_time()  # type: ignore[no-untyped-call]
        for stage in self._plan.stages:
            if passed < stage.seconds:
                return stage
            passed -= stage.seconds
        return None


class Keeper:
    """Keeps a record of each kind of request in each profile; times the processes while one kind is asked alone."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._records: dict[tuple[str, str], Record] = {}
        self._stage: Stage | None = None
        self._from = 0.0
        self._before: Mapping[str, float] = {}
        self._counted: Record | None = None

    def begin(self, stage: Stage) -> None:
        """Take note of a new stage; the same again changes nothing."""
        if stage is self._stage:
            return
        self._settle()
        settling = min(SETTLING_SECONDS, SETTLING_SHARE * stage.seconds)
        self._stage, self._from, self._counted = stage, time.monotonic() + settling, None
        self._before = {}

    def request(self, name: str, response_time: float, exception: Exception | None, **_: object) -> None:
        """Hear of a request: of one that failed at any time, of others when the stage has settled."""
        now = time.monotonic()
        if self._stage is None or (now < self._from and exception is None):
            return
        record = self._records.setdefault((self._stage.profile, name), Record(self._stage.profile, name))
        if not self._before:
            self._before = self._used()
        self._counted = record
        if exception is None:
            record.succeeded(now, response_time)
        else:
            record.failed(f"{name}: {exception!r}")

    def error(self, user_instance: object, exception: Exception, **_: object) -> None:
        """Hear of a user who gave up what it was about, or was itself wrong: a failure that no request tells of."""
        if self._stage is None:
            return
        name = type(user_instance).__name__
        record = self._records.setdefault((self._stage.profile, name), Record(self._stage.profile, name))
        record.failed(f"{name}: {exception!r}")

    def end(self, **_: object) -> None:
        """Write everything down."""
        self._settle()
        write(Path(self._plan.results), list(self._records.values()))

    def _settle(self) -> None:
        """Give the processor time of a stage to the one kind of request that it was about."""
        if self._stage is None or len(self._stage.users) != 1 or self._counted is None:
            return
        name = "bare" if "BareRoute" in self._stage.users else "service"
        if name in self._before:
            self._counted.processor_seconds += self._used()[name] - self._before[name]

    def _used(self) -> Mapping[str, float]:
        return {name: used(pid) for name, pid in self._plan.pids.items()}
