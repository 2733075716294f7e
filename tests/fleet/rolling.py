"""Rolling restarts under load: who asks, edits and follows meanwhile, and what came of it."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from tests.fleet.doors import opened
from tests.fleet.fleet import Fleet
from tests.fleet.load import Counted, Load, total
from tests.fleet.people import Checker, Editor, Readers, expected_answers
from tests.support.timing import eventually

GAP_SECONDS = 5.0
"""A change that an SDK gets later than this after its commit was missed by its stream."""


@dataclass(frozen=True)
class Outcome:
    """What was counted; `faults` in words, `lags` in seconds from a commit to each SDK."""

    counts: dict[str, Counted]
    checked: int
    written: int
    lags: list[float]
    faults: list[str]
    exits: list[int | None]

    @property
    def requests(self) -> int:
        """Answers of all kinds."""
        return total(list(self.counts.values())) + 2 * self.checked + self.written

    @property
    def failed(self) -> list[str]:
        """Everything that went wrong."""
        lost = [
            f"{name}: {count.failed} requests\n{count.report}" for name, count in self.counts.items() if count.failed
        ]
        return [*lost, *self.faults, *(f"a replica ended with {code}" for code in self.exits if code != 0)]


@dataclass
class Site:
    """A fleet in use."""

    fleet: Fleet
    editor: Editor
    ended: Outcome | None = None

    @property
    def outcome(self) -> Outcome:
        """What was counted; known at the end of `in_use`."""
        if self.ended is None:
            raise LookupError("it is still in use")
        return self.ended

    def settled(self) -> None:
        """Wait for a few more commits, so that what happens next happens amid traffic."""
        wanted = len(self.editor.commits) + 3
        eventually(lambda: len(self.editor.commits) >= wanted, "some more commits")


@contextmanager
def in_use(fleet: Fleet, *, connections: int, readers: int, seconds: int) -> Iterator[Site]:
    """Put proxies and people before a fleet, for the time of the block and never longer than `seconds`."""
    with ExitStack() as stack:
        ports = stack.enter_context(opened(fleet.ports))
        doors = list(ports.items())
        expected = expected_answers(fleet.ports[0], fleet.token)
        editor = Editor(doors)
        followers = Readers(doors, fleet.token, readers, editor)
        checkers = [Checker(door, fleet.token, expected) for door in doors]
        people = [followers, editor, *checkers]
        site = Site(fleet, editor)
        with ExitStack() as busy:
            for person in people:
                busy.enter_context(person)
            loads = {name: Load(port, fleet.token, connections=connections, seconds=seconds) for name, port in doors}
            site.settled()
            yield site
            site.settled()
            counts = {name: load.ended() for name, load in loads.items()}
            editor.__exit__()
            eventually(lambda: not followers.behind(), "the last commit at every SDK")
        site.ended = _outcome(site, counts, followers, checkers)


def _outcome(site: Site, counts: dict[str, Counted], readers: Readers, checkers: list[Checker]) -> Outcome:
    lags = [lag for one in readers.followed for lag in one.lags]
    faults = [fault for person in (site.editor, *checkers) for fault in person.faults]
    for one in readers.followed:
        late = sum(lag > GAP_SECONDS for lag in one.lags)
        seen = {"went back": one.backward, "was not ready": one.unready, f"was over {GAP_SECONDS} s late": late}
        faults += [f"an SDK behind {one.name} {what}, {times} times" for what, times in seen.items() if times]
    checked = sum(checker.done for checker in checkers)
    return Outcome(counts, checked, len(site.editor.commits), lags, faults, site.fleet.exits)


def told(outcome: Outcome, say: Callable[[str], None]) -> None:
    """Say what was counted."""
    lags = sorted(outcome.lags)
    for name, count in outcome.counts.items():
        say(f"{name:>8}: {count.requests:>9,} requests by wrk, {count.failed} failed")
    say(f"{2 * outcome.checked:,} answers compared, {outcome.written:,} writes, {len(outcome.exits)} replicas replaced")
    if lags:
        middle, late = lags[len(lags) // 2], lags[int(len(lags) * 0.99)]
        say(
            f"{len(lags):,} changes at SDKs after {middle:.3f} s (median), {late:.2f} s (p99), {lags[-1]:.2f} s at most"
        )
    say(f"{outcome.requests:,} requests in all, {len(outcome.failed)} faults")
    for fault in outcome.failed[:20]:
        say(f"  {fault}")
