"""What an environment would be after saving a draft: the very write, done and undone in one transaction."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from flagsvc.domain.errors import Invalid, NotFound
from flagsvc.domain.patch import Patch
from flagsvc.domain.records import Ref, Whole
from flagsvc.ports import Store, Transaction, View
from flagsvc.usecases.conditions import demand_live, edited
from flagsvc.usecases.documents import replacement
from flagsvc.usecases.intent import Intent, Written
from flagsvc.usecases.reading import demand_open, members_of, required
from flagsvc.usecases.writing import locks_of, settle

AT = "/draft"


class WhatIf(NamedTuple):
    """An environment as it is, and as it would be."""

    now: Whole
    then: Whole

    def edits(self) -> dict[str, str]:
        """Give the texts that would be new."""
        return {name: text for name, text in self.then.documents.items() if self.now.documents.get(name) != text}


def what_if(store: Store, intent: Intent, ref: Ref, draft: Mapping[str, Any]) -> WhatIf:
    """Say what saving `draft` in place of a document would make of its environment; nothing is stored.

    The intent is a dry run. Raises what saving would raise, pointers below "/draft"; but a version, a reason and leave
    to draw units anew are asked of nobody who only asks.
    """
    found: list[WhatIf] = []

    def work(tx: Transaction) -> Written:
        demand_open(tx, ref.environment)
        current = required(tx, ref)
        demand_live(current)
        now = _whole(tx, ref.environment)
        body = edited(Patch("replace", draft), members_of(current))
        written = settle(tx, intent, replacement(intent, "edit", current, body))
        found[:] = [WhatIf(now, _whole(tx, ref.environment))]
        return written

    try:
        store.run(locks_of(ref.environment, ref.kind), work, dry_run=True)
    except Invalid as invalid:
        raise Invalid([fault._replace(pointer=AT + fault.pointer) for fault in invalid.faults]) from None
    return found[0]


def _whole(view: View, environment: str) -> Whole:
    whole = view.whole(environment, None)
    if whole is None:
        raise NotFound("environment", environment)
    return whole
