"""Outcomes are stored once, and forgotten in time: what SDKs report beside usage, and what load balancers post."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from flagsdk.wire.outcomes import OutcomeRow
from flagsvc.domain.outcomes import FOLDED_SECONDS, Sender, SenderKey, Told, counts_of, failures_of
from flagsvc.domain.usage import Received
from flagsvc.ports import Store, Transaction

MAX_CELLS = 200
"""Rows (a variant by a metric) that a flag or split has in one window; outcomes of further ones are dropped."""
MAX_FAILURES = 2000
"""Units that failed by one metric, kept for each flag or split and five minutes; further ones are dropped."""
MAX_SENDERS = 100
"""Ids under which outcomes of one split are posted; a further one is refused until one of them is forgotten."""
FINE_KEPT = timedelta(hours=2)
"""So long windows are five seconds, then a minute."""
COUNTS_KEPT = timedelta(days=3)
FAILURES_KEPT = timedelta(days=14)
"""A rollout that lasts longer would count a unit that failed at its beginning once more."""
TIDIED_ROWS = 1000

Label = tuple[str, str]


class Counted(NamedTuple):
    """What became of outcomes: events counted, by environment and kind; dropped, by environment and reason.

    Reasons: "unknown" (no such flag or split), "room" (its window is full), "client" (given up undelivered), "units"
    (units that failed, of which the time had too many; their outcomes count).
    """

    events: Mapping[Label, int] = {}
    dropped: Mapping[Label, int] = {}


NOTHING = Counted()


class Post(NamedTuple):
    """What a load balancer tells: outcomes of one split since its last post, under its own id and number."""

    sender: SenderKey
    sequence: int
    rows: Sequence[OutcomeRow]


class Posted(NamedTuple):
    """What became of a post: it was `taken`, or it is a repetition; `refused`: one id too many."""

    taken: bool
    refused: bool = False
    counted: Counted = NOTHING


def told_of(reports: Sequence[Received]) -> list[Told]:
    """List what reports of clients tell."""
    return [Told(report.environment, at.timestamp(), row) for report, at in reports for row in report.outcomes]


def add_outcomes(tx: Transaction, told: Sequence[Told]) -> Counted:
    """Add outcomes of flags and splits that exist."""
    if not told:
        return NOTHING
    exist = tx.known_subjects({each.subject for each in told})
    known = [each for each in told if each.subject in exist]
    dropped = Counter[Label]()
    for each in told:
        if each.subject not in exist:
            dropped[each.environment, "unknown"] += each.row.events
    counts = counts_of(known)
    left = tx.add_outcomes(counts, MAX_CELLS)
    for cell, full in left.items():
        dropped[cell.subject.environment, "room"] += full.events
    events = Counter[Label]()
    for cell, some in counts.items():
        events[cell.subject.environment, cell.subject.kind] += 0 if cell in left else some.events
    kept = [each for each in known if each.cell not in left]  # else units that failed had room without bounds
    for environment in sorted({each.environment for each in kept}):
        failures = failures_of(each for each in kept if each.environment == environment)
        dropped[environment, "units"] += tx.add_failures(failures, MAX_FAILURES)
    return Counted(+events, +dropped)


def post_outcomes(store: Store, post: Post, now: datetime) -> Posted:
    """Store a post in one transaction, once however often it comes. Raises Unavailable."""

    def work(tx: Transaction) -> Posted:
        key = post.sender
        if not tx.knows_sender(key) and tx.sender_count(key.environment, key.split) >= MAX_SENDERS:
            return Posted(taken=False, refused=True)
        window = tx.lock_sender(key).window.admit(post.sequence)
        if window is None:
            return Posted(taken=False)
        tx.put_sender(Sender(key, window, int(now.timestamp())))
        told = [Told(key.environment, now.timestamp(), row) for row in post.rows]
        return Posted(taken=True, counted=add_outcomes(tx, told))

    return store.run([], work)


def tidy_outcomes(store: Store, now: datetime) -> int:
    """Fold old windows into minutes, and forget what is older, some at a time; tells how many rows that were."""

    def work(tx: Transaction) -> int:
        gone = tx.forget_outcomes(_before(now, COUNTS_KEPT), _before(now, FAILURES_KEPT), TIDIED_ROWS)
        return gone + tx.fold_outcomes(_before(now, FINE_KEPT), TIDIED_ROWS)

    return store.run([], work)


def _before(now: datetime, kept: timedelta) -> int:
    """Give the minute before which something is old."""
    moment = int((now - kept).timestamp())
    return moment - moment % FOLDED_SECONDS
