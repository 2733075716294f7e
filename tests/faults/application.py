"""An application that does nothing but ask its flags, checks each answer, and reports once a second what it saw.

`python -m tests.faults.application SETTINGS.json`; a SIGTERM ends it in order. `Application` starts and reads it.
"""

import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from functools import partial
from itertools import count, cycle, islice
from pathlib import Path
from typing import Any

from flagsdk import Context, FlagClient
from tests.support.process import Child, mortal
from tests.support.tree import ROOT

GETTERS = {"boolean": "get_boolean", "string": "get_string", "integer": "get_integer", "object": "get_object"}
BURST_SECONDS = 0.01
REPORT_SECONDS = 1.0


@dataclass(frozen=True)
class Question:
    """One call: a type of flags or "split", a key, a unit ("" = a new one each time), the right answer (None: any)."""

    kind: str
    key: str
    unit: str
    answer: Any = None


@dataclass
class Report:
    """What the application has seen so far; a line of its report. `ready_seconds`: from its start to a snapshot."""

    seconds: float = 0.0
    ready_seconds: float = 0.0
    calls: int = 0
    wrong: int = 0
    raised: int = 0
    rss_bytes: int = 0
    threads: int = 0
    descriptors: int = 0
    state: str = ""
    source: str = ""
    revision: int | None = None
    last: bool = False


class Application(Child):
    """The application as a process; `options` are its client's. `start` after `kill` or `stop` is a cold start."""

    def __init__(self, options: Mapping[str, Any], questions: Iterable[Question], per_second: int) -> None:
        super().__init__("application")
        self._settings = self.folder / "settings.json"
        self._reports = self.folder / "reports.jsonl"
        self._settings.write_text(
            json.dumps(
                {
                    "options": dict(options),
                    "questions": [asdict(question) for question in questions],
                    "per_second": per_second,
                    "reports": str(self._reports),
                }
            )
        )

    def start(self) -> None:
        """Start, and wait for its first report."""
        self._reports.unlink(missing_ok=True)
        command = [*mortal("KILL"), sys.executable, "-m", "tests.faults.application", str(self._settings)]
        self.spawn(command, lambda: bool(self.reports), os.environ | {"PYTHONPATH": str(ROOT)})

    @property
    def reports(self) -> list[Report]:
        """Everything that this process has reported since its start."""
        text = self._reports.read_text() if self._reports.exists() else ""
        return [Report(**json.loads(line)) for line in text.splitlines() if line.endswith("}")]


class _Asking:
    """Asks all questions again and again, at a rate."""

    def __init__(self, client: FlagClient, questions: Iterable[Question], per_second: int) -> None:
        self.report = Report()
        self.ended = threading.Event()
        self._burst = max(1, int(per_second * BURST_SECONDS))
        self._calls = [(_call_of(client, question), question.answer) for question in questions]

    def run(self) -> None:
        """Ask in bursts, until it is ended; what the machine kept it from doing is not made up for."""
        report, place = self.report, 0
        due = time.monotonic()
        while not self.ended.is_set():
            for ask, wanted in islice(cycle(self._calls), place, place + self._burst):
                try:
                    answer = ask()
                except BaseException:  # noqa: BLE001 - counted: it must never happen
                    report.raised += 1
                    continue
                report.wrong += wanted is not None and answer != wanted
                report.calls += 1
            place = (place + self._burst) % len(self._calls)
            due = max(due + BURST_SECONDS, time.monotonic() - 1)
            self.ended.wait(max(0.0, due - time.monotonic()))


def _call_of(client: FlagClient, question: Question) -> Callable[[], Any]:
    name, default = ("cohort", "unknown") if question.kind == "split" else (GETTERS[question.kind], "no answer")
    getter = getattr(client, name)
    if question.unit:
        return partial(getter, question.key, Context(question.unit), default)
    numbers = count()
    return lambda: getter(question.key, Context(f"user-{next(numbers)}", country="DE"), default)


def main() -> None:
    """Run until SIGTERM."""
    began = time.monotonic()
    settings = json.loads(Path(sys.argv[1]).read_text())
    options = settings["options"]
    client = FlagClient(*options.pop("sources"), **options)
    ready = client.wait_ready(1.0)
    asking = _Asking(client, [Question(**each) for each in settings["questions"]], settings["per_second"])
    asking.report.ready_seconds = time.monotonic() - began if ready else float("inf")
    signal.signal(signal.SIGTERM, lambda *_: asking.ended.set())
    thread = threading.Thread(target=asking.run)
    thread.start()
    with Path(settings["reports"]).open("a") as file:
        while not asking.ended.wait(REPORT_SECONDS):
            _tell(file.write, asking, client, began)
            file.flush()
        thread.join()
        asking.report.last = True
        _tell(file.write, asking, client, began)
    client.close()


def resident() -> int:
    """Bytes of this process in memory, counted page by page (proc(5), smaps_rollup: statm is some pages off)."""
    lines = Path("/proc/self/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("Rss:"))


def _tell(write: Callable[[str], object], asking: _Asking, client: FlagClient, began: float) -> None:
    report, status = asking.report, client.status
    report.seconds = time.monotonic() - began
    report.rss_bytes = resident()
    report.threads = threading.active_count()
    report.descriptors = len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - no Path for each is needed
    report.state, report.source, report.revision = status.state, status.source, status.revision
    write(json.dumps(asdict(report)) + "\n")


if __name__ == "__main__":
    main()
