"""What a holder of an SDK token can make the database keep: clients, counts of a flag and hour, keys."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import groupby

from flagsvc.domain.unknown import Asked
from flagsvc.domain.usage import Client, Slot, Span
from flagsvc.ports import View

Sender = tuple[str, str]
"""Environment and id of a client."""


MAX_ASKED = 500
"""Keys, each with an application, that are kept of what one environment was asked for in vain."""


def sender_of(client: Client) -> Sender:
    """Tell who a client is."""
    return client.environment, client.id


def admitted(view: View, clients: Collection[Client], most: int) -> Mapping[Sender, Client]:
    """Give the clients that are known, and of the others as many as their environments have room for."""
    known = view.known_clients(list(map(sender_of, clients)))
    room: Counter[str] = Counter()
    for environment, count in view.client_counts({client.environment for client in clients}).items():
        room[environment] = count
    found: dict[Sender, Client] = {}
    for client in clients:
        sender = sender_of(client)
        if sender not in known and sender not in found:
            if room[client.environment] >= most:
                continue
            room[client.environment] += 1
        found[sender] = client
    return found


def bounded(view: View, counts: Mapping[Slot, int], most: int) -> Mapping[Slot, int]:
    """Leave out the counts for which their flag and hour have no room; those that are there already always have."""
    by_span: dict[Span, list[Slot]] = {}
    for slot in counts:
        by_span.setdefault(Span(slot.subject, slot.start), []).append(slot)
    stored = view.usage_sizes(by_span)
    kept: dict[Slot, int] = {}
    for span, slots in by_span.items():
        fitting = slots if stored.get(span, 0) + len(slots) <= most else _fitting(view, span, slots, most)
        kept |= {slot: counts[slot] for slot in fitting}
    return kept


def most_asked(asked: Iterable[Asked], most: int) -> Sequence[Asked]:
    """Give of each environment as many as there may be, those that were asked for most often; `asked` is in order."""
    kept: list[Asked] = []
    for _, rows in groupby(asked, key=lambda each: each.asking.environment):
        kept += sorted(rows, key=lambda each: -each.times)[:most]
    return sorted(kept)


def _fitting(view: View, span: Span, slots: Sequence[Slot], most: int) -> Sequence[Slot]:
    stored = view.usage_counts(span.subject, span.start, span.start + "~")
    new = [slot for slot in slots if slot not in stored]
    return [slot for slot in slots if slot in stored] + new[: max(0, most - len(stored))]
