"""Notices on their way: dealt out to the notifiers that want them, taken, delivered, put back or given up."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from flagsvc.domain.instants import text_of
from flagsvc.domain.rollouts.notice import Notice
from flagsvc.domain.rollouts.parcel import Parcel, is_stale
from flagsvc.ports import Store, Transaction

DEALT_AT_ONCE = 200
KEPT = timedelta(days=7)
FORGOTTEN_ROWS = 10_000
Wants = Mapping[str, Callable[[Notice], bool]]


def deal(store: Store, wants: Wants) -> Sequence[Parcel]:
    """Make a parcel of each new notice for each notifier that wants it; what happened long ago is told to nobody."""
    with store.reading() as view:
        if not view.has_new_notices():
            return ()

    def work(tx: Transaction) -> Sequence[Parcel]:
        now = tx.seconds()
        fresh = [notice for notice in tx.take_new_notices(DEALT_AT_ONCE) if not is_stale(notice, now)]
        dealt = [Parcel(notifier=name, notice=one) for one in fresh for name, wanted in wants.items() if wanted(one)]
        tx.add_parcels(dealt)
        return dealt

    return store.run([], work)


def take(store: Store, notifier: str, seconds: float) -> Parcel | None:
    """Take the next parcel of a notifier for so many seconds, so that no other replica does; None: nothing is due."""
    with store.reading() as view:
        due = view.due_parcels(notifier, 1)
    return store.run([], lambda tx: tx.take_parcel(due[0], seconds)) if due else None


def settled(store: Store, parcel: Parcel) -> None:
    """Forget a parcel that was delivered, or is given up."""
    store.run([], lambda tx: tx.drop_parcel(parcel))


def put_back(store: Store, parcel: Parcel, seconds: float, detail: str) -> bool:
    """Have a parcel that could not be delivered tried again later; False: it is too old, and given up."""

    def work(tx: Transaction) -> bool:
        stale = is_stale(parcel.notice, tx.seconds())
        if stale:
            tx.drop_parcel(parcel)
        else:
            tx.postpone_parcel(parcel, seconds, detail)
        return not stale

    return store.run([], work)


def forget_old(store: Store) -> int:
    """Remove notices of more than a week ago, with what was never delivered of them; tells how many."""

    def work(tx: Transaction) -> int:
        before = datetime.fromtimestamp(tx.seconds(), UTC) - KEPT
        return tx.forget_notices(text_of(before), FORGOTTEN_ROWS)

    return store.run([], work)
