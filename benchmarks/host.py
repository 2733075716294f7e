"""What the host does to this machine: how much of the processor time that it wanted was given to others."""

from contextlib import suppress
from pathlib import Path
from typing import NamedTuple


class Processor(NamedTuple):
    """Time so far in ticks of 10 ms, over all processors (proc(5), /proc/stat)."""

    stolen: int
    wanted: int

    @classmethod
    def now(cls) -> "Processor":
        """Read the present state; zeros where the system does not tell."""
        try:
            words = Path("/proc/stat").read_text().split()[1:9]
        except OSError:
            return cls(0, 0)
        user, nice, system, _, _, interrupts, soft, stolen = map(int, words)
        return cls(stolen, user + nice + system + interrupts + soft + stolen)

    def stolen_since(self) -> float:
        """Share of the time wanted since then that others got, from 0 to 1."""
        now = Processor.now()
        wanted = now.wanted - self.wanted
        return (now.stolen - self.stolen) / wanted if wanted else 0.0


def used(pid: int) -> float:
    """Seconds of processor time of a process and its descendants so far, over all threads that still run.

    From proc(5), /proc/PID/task/TID/schedstat: nanoseconds on a processor come first.
    """
    seconds = 0.0
    for task in Path(f"/proc/{pid}/task").glob("*"):
        with suppress(OSError):  # a thread that has just ended
            seconds += int((task / "schedstat").read_text().split()[0]) / 1e9
            seconds += sum(used(int(child)) for child in (task / "children").read_text().split())
    return seconds
