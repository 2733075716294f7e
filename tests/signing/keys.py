"""Two keys of the tests, and snapshots signed with them. The seeds are published: they protect nothing."""

import base64
from dataclasses import replace
from typing import TypeVar

from flagsdk.signatures import Verifier
from flagsdk.wire import FORMAT, Change, Whole, statement_of
from flagsvc.signing import Signer, pair_of

FIRST, SECOND = (pair_of(base64.b64encode(bytes([number]) * 32).decode()) for number in (1, 2))
BY_FIRST, BY_SECOND = Signer(FIRST.private), Signer(SECOND.private)
PINNED = Verifier(FIRST.public)

EPOCH = "019ac0ffee00-tests"
OLD_EPOCH = "019ac0ffed00-tests"

Value = TypeVar("Value", Whole, Change)


def signed(value: Value, signer: Signer = BY_FIRST) -> Value:
    """Sign a snapshot or a change."""
    return replace(value, signature=signer.sign(statement_of(value, FORMAT)))
