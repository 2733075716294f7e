"""What was seen: of each kind of request in each profile, how long it took, how many, how many failed."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from math import ceil
from pathlib import Path
from statistics import median
from typing import Any

MOST_TIMES = 400_000
"""So many times are kept of each kind; of more, the latest."""
MOST_FAULTS = 20


@dataclass(slots=True)
class Record:
    """One kind of request in one profile.

    `milliseconds` are those of the requests that succeeded; `by_second` counts them by the second of the run;
    `processor_seconds` is what the process that answered has worked while nothing else was asked of it.
    """

    profile: str
    name: str
    milliseconds: list[float] = field(default_factory=list)
    by_second: dict[int, int] = field(default_factory=dict)
    failures: int = 0
    faults: list[str] = field(default_factory=list)
    processor_seconds: float = 0.0

    def succeeded(self, at: float, milliseconds: float) -> None:
        """Count a request."""
        self.by_second[int(at)] = self.by_second.get(int(at), 0) + 1
        if len(self.milliseconds) < MOST_TIMES:
            self.milliseconds.append(milliseconds)
        else:
            self.milliseconds[self.requests % MOST_TIMES] = milliseconds

    def failed(self, fault: str) -> None:
        """Count a failure, and keep the words of the first ones."""
        self.failures += 1
        if len(self.faults) < MOST_FAULTS:
            self.faults.append(fault)

    @property
    def requests(self) -> int:
        """How many succeeded."""
        return sum(self.by_second.values())

    @property
    def error_share(self) -> float:
        """Failures among all, from 0 to 1."""
        return self.failures / max(1, self.requests + self.failures)

    @property
    def per_second(self) -> float:
        """Requests in a second: the median over those in which there were any, without the first and the last."""
        seconds = [self.by_second[second] for second in sorted(self.by_second)]
        return median(seconds[1:-1] or seconds or [0])

    @property
    def processor_microseconds(self) -> float:
        """Processor time of one request; 0 where it is not known."""
        return 1e6 * self.processor_seconds / max(1, self.requests)

    def percentile(self, share: float) -> float:
        """Give the time in milliseconds that this share of the requests did not exceed; NaN when there was none."""
        times = sorted(self.milliseconds)
        return times[max(0, ceil(share * len(times)) - 1)] if times else float("nan")


def write(path: Path, records: Sequence[Record]) -> None:
    """Write records for the program."""
    path.write_text(json.dumps([asdict(each) for each in records]))


def read(path: Path) -> list[Record]:
    """Read them back."""
    return [_record(each) for each in json.loads(path.read_text())]


def _record(content: Mapping[str, Any]) -> Record:
    seconds = {int(second): count for second, count in content["by_second"].items()}
    return Record(**{**content, "by_second": seconds})
