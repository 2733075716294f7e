"""The beginning of a history, and its new beginning after a restore."""

from flagsvc.domain.records import CATALOG
from flagsvc.ports import Store, Transaction
from flagsvc.usecases.intent import Intent
from flagsvc.usecases.trail import note


def initialise(store: Store, epoch: str, intent: Intent) -> bool:
    """Open the catalogue with this epoch (an opaque random text) unless it is there; tells whether it did."""

    def work(tx: Transaction) -> bool:
        if tx.head(CATALOG) is not None:
            return False
        tx.open_environment(CATALOG, epoch)
        note(tx, intent, "catalog.open")
        return True

    return store.run([], work)


def new_epoch(store: Store, intent: Intent) -> str:
    """Give every environment a new epoch, drawn by `intent.mint`, because history was lost (a restored backup).

    Readers then accept a lower revision, once.
    """

    def work(tx: Transaction) -> str:
        epoch = intent.mint()
        tx.lock(tx.environments())
        tx.set_epoch(epoch)
        note(tx, intent, "epoch.new")
        return epoch

    return store.run([CATALOG], work)
