"""What clients report is stored once and forgotten in time; who uses what, and who holds which revision."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from flagsdk.core.sketch import Sample, merged
from flagsvc.domain.errors import BadQuery, NotFound
from flagsvc.domain.instants import text_of
from flagsvc.domain.page import Listing, Page
from flagsvc.domain.records import Ref
from flagsvc.domain.usage import Client, Received, Slot, Subject, counts_of, delivered, hour_of, samples_of
from flagsvc.ports import Store, Transaction, View
from flagsvc.usecases.outcomes import NOTHING as NO_OUTCOMES
from flagsvc.usecases.outcomes import Counted, add_outcomes, told_of
from flagsvc.usecases.reading import required, required_head
from flagsvc.usecases.unknown import add_asked, tidy_asked
from flagsvc.usecases.usage_limits import admitted, bounded, sender_of

HOURS_KEPT = timedelta(days=14)
DAYS_KEPT = timedelta(days=400)
CLIENT_SECONDS = 180.0
"""A client that has not reported for so long is gone: three of its reports are missing."""
CLIENTS_KEPT = timedelta(hours=2)
"""Longer than a client repeats a report of which it does not know whether it arrived."""
MAX_CLIENTS = 20_000
"""Clients of one environment that are kept; a further one is refused until one of them is forgotten."""
MAX_SLOTS = 1000
"""Counts (a variant at a revision) that a flag has in one hour; further ones are ignored."""
SHOWN_RANGE = timedelta(days=7)
ROLLED_ROWS = 1000


class Recorded(NamedTuple):
    """What became of reports: taken, ignored as repeats, failed, or refused: of one client too many.

    `unknown` counts rows about what does not exist, and those for which a flag's hour has no room. `outcomes` is what
    became of the outcomes in them.
    """

    taken: int = 0
    repeated: int = 0
    failed: int = 0
    refused: int = 0
    unknown: int = 0
    outcomes: Counted = NO_OUTCOMES


def record_reports(store: Store, reports: Sequence[Received]) -> Recorded:
    """Store reports in one transaction, each once, whichever replicas it reached. Raises Unavailable."""
    return store.run([], lambda tx: _record(tx, reports))


def tidy_usage(store: Store, now: datetime) -> int:
    """Fold old hours into days, and forget old days and clients, some at a time; tells how many rows that were."""

    def work(tx: Transaction) -> int:
        forgotten = tx.forget_usage(text_of(now - DAYS_KEPT), text_of(now - CLIENTS_KEPT), ROLLED_ROWS)
        forgotten += tidy_asked(tx, now, ROLLED_ROWS)
        return forgotten + tx.roll_up(text_of(now - HOURS_KEPT), ROLLED_ROWS)

    return store.run([], work)


def list_usage(
    store: Store, environment: str, kind: str, page: Page, since: datetime | None, until: datetime
) -> Listing:
    """List flags or traffic splits by key, those that nobody ever evaluated too, with their uses in [since, until)."""
    first, last = _range(since, until)
    with store.reading() as view:
        required_head(view, environment)
        found, cursor = view.find(environment, kind, page)
        keys = [document.ref.key for document in found]
        totals = view.usage_totals(environment, kind, keys, first, last)
        evaluated = view.usage_last(environment, kind, keys)
    items = [_item(kind, key, evaluated.get(key), totals.get(key, {})) for key in keys]
    return Listing(items, cursor)


def get_usage(store: Store, subject: Subject, since: datetime | None, until: datetime) -> dict[str, Any]:
    """Show one flag or traffic split by hour (by day where that is long ago), with its units. Raises NotFound."""
    first, last = _range(since, until)
    with store.reading() as view:
        required_head(view, subject.environment)
        required(view, Ref(*subject))
        counts = view.usage_counts(subject, first, last)
        samples = {span.start: sample for span, sample in view.usage_samples(subject, first, last).items()}
        evaluated = view.usage_last(subject.environment, subject.kind, [subject.key]).get(subject.key)
    item = _item(subject.kind, subject.key, evaluated, _by_variant(counts))
    by_start: dict[str, dict[Slot, int]] = {}
    for slot, count in counts.items():
        by_start.setdefault(slot.start, {})[slot] = count
    buckets = [_bucket(start, by_start[start], samples.get(start)) for start in sorted(by_start)]
    return item | {"units": _units(merged(samples.values())) if samples else None, "buckets": buckets}


def list_clients(
    store: Store, environment: str, now: datetime, page: Page, revision: int | None = None
) -> tuple[Listing, dict[str, Any]]:
    """List the clients that are alive, by id, and say how far a revision (by default the present one) has come."""
    with store.reading() as view:
        head = view.heads().get(environment)
        if head is None:
            raise NotFound("environment", environment)
        known = alive(view, environment, now)
    summary = delivered(known, head.epoch, head.revision if revision is None else revision)
    later = [client for client in known if page.cursor is None or client.id > page.cursor]
    shown = later[: page.limit]
    cursor = shown[-1].id if len(later) > page.limit else None
    return Listing([_client(client) for client in shown], cursor), {
        "revision": summary.revision,
        "clients": summary.clients,
        "current": summary.current,
        "slowestMs": summary.slowest_ms,
        "behind": [_client(client) for client in summary.behind],
        "sentence": summary.sentence,
    }


def alive(view: View, environment: str, now: datetime) -> Sequence[Client]:
    """Read the clients that reported lately."""
    return view.clients(environment, text_of(now - timedelta(seconds=CLIENT_SECONDS)))


def _record(tx: Transaction, reports: Sequence[Received]) -> Recorded:
    senders = admitted(tx, [each.client for each in reports], MAX_CLIENTS)
    heard = [each for each in reports if sender_of(each.client) in senders]
    known = {sender_of(each.client): each for each in tx.lock_clients(senders.values())}
    taken: list[Received] = []
    for each in heard:
        after = known[sender_of(each.client)].after(each)
        if after is not None:
            known[sender_of(each.client)] = after
            taken.append(each)
    tx.put_clients(known.values())
    add_asked(tx, taken)
    return Recorded(
        taken=len(taken),
        repeated=len(heard) - len(taken),
        refused=len(reports) - len(heard),
        unknown=_add(tx, taken),
        outcomes=_with_given_up(add_outcomes(tx, told_of(taken)), taken),
    )


def _with_given_up(counted: Counted, taken: Sequence[Received]) -> Counted:
    """Add what clients say that they could not deliver."""
    dropped = Counter(counted.dropped)
    for report, _ in taken:
        dropped[report.environment, "client"] += report.outcomes_dropped
    return counted._replace(dropped=+dropped)


def _add(tx: Transaction, taken: Sequence[Received]) -> int:
    """Add up what reports say about flags and splits that exist; tells how many rows it left out."""
    counts, samples = counts_of(taken), samples_of(taken)
    subjects = {slot.subject for slot in counts} | {span.subject for span in samples}
    exist = tx.known_subjects(subjects)
    fitting = bounded(tx, {slot: count for slot, count in counts.items() if slot.subject in exist}, MAX_SLOTS)
    if counts or samples:
        at = text_of(max(each.at for each in taken))
        tx.add_uses(fitting, at)
        tx.add_samples({span: sample for span, sample in samples.items() if span.subject in exist})
    return len(counts) - len(fitting) + sum(span.subject not in exist for span in samples)


def _range(since: datetime | None, until: datetime) -> tuple[str, str]:
    """Give the hours in which a range begins and ends, as stored texts; the end is not included."""
    try:
        first = until - SHOWN_RANGE if since is None else since
    except OverflowError:
        raise BadQuery("until", "lies too near to the beginning of the calendar") from None
    if first >= until:
        raise BadQuery("since", "must lie before `until`")
    return hour_of(first), text_of(until)


def _by_variant(counts: Mapping[Slot, int]) -> dict[str, int]:
    total: dict[str, int] = {}
    for slot, count in counts.items():
        total[slot.variant] = total.get(slot.variant, 0) + count
    return total


def _item(kind: str, key: str, evaluated: str | None, variants: Mapping[str, int]) -> dict[str, Any]:
    return {
        "kind": kind,
        "key": key,
        "lastEvaluatedAt": evaluated,
        "uses": sum(variants.values()),
        "variants": dict(variants),
    }


def _bucket(start: str, counts: Mapping[Slot, int], sample: Sample | None) -> dict[str, Any]:
    revisions: dict[int, dict[Slot, int]] = {}
    for slot, count in counts.items():
        revisions.setdefault(slot.revision, {})[slot] = count
    return {
        "start": start,
        "variants": _by_variant(counts),
        "revisions": [{"revision": each, "variants": _by_variant(revisions[each])} for each in sorted(revisions)],
        "units": _units(sample) if sample else None,
    }


def _units(sample: Sample) -> dict[str, Any]:
    return {"estimate": sample.units, "standardError": round(sample.standard_error, 4)}


def _client(client: Client) -> dict[str, Any]:
    return {
        "client": client.id,
        "application": client.application,
        "sdk": client.sdk,
        "epoch": client.epoch,
        "revision": client.revision,
        "appliedAfterMs": client.applied_after_ms,
        "lastSeenAt": client.seen_at,
    }
