"""The beginning of a history, and its new beginning after a restore."""

from flagsdk.wire import mint_epoch
from flagsvc.domain.instants import milliseconds_of, text_of
from flagsvc.domain.records import CATALOG
from flagsvc.ports import Store, Transaction
from flagsvc.usecases.intent import Intent
from flagsvc.usecases.trail import note


def first_epoch(intent: Intent) -> str:
    """Mint the epoch of a history that begins now."""
    return _minted(intent, [])


def initialise(store: Store, epoch: str, intent: Intent) -> bool:
    """Open the catalogue with this epoch (as `first_epoch` mints it) unless it is there; tells whether it did."""

    def work(tx: Transaction) -> bool:
        if tx.head(CATALOG) is not None:
            return False
        tx.open_environment(CATALOG, epoch)
        note(tx, intent, "catalog.open")
        return True

    return store.run([], work)


def new_epoch(store: Store, intent: Intent, after: str | None = None) -> str:
    """Give every environment a new epoch, because history was lost (a restored backup).

    It is later than every epoch in the store, and than `after`, whatever the clock says. Readers then accept a lower
    revision, once. Raises ValueError where `after` is so late that nothing can follow.
    """

    def work(tx: Transaction) -> str:
        environments = tx.environments()
        tx.lock(environments)
        heads = (tx.head(environment) for environment in environments)
        epoch = _minted(intent, [*(head.epoch for head in heads if head), *([after] if after else [])])
        tx.set_epoch(epoch)
        note(tx, intent, "epoch.new")
        return epoch

    return store.run([CATALOG], work)


def _minted(intent: Intent, former: list[str]) -> str:
    return mint_epoch(milliseconds_of(text_of(intent.now)), intent.mint(), former)
