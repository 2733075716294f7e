"""How a reader follows: what it may take for its first snapshot, and which change leads from one to the next."""

from dataclasses import dataclass

from flagsdk.core.snapshot import Snapshot
from flagsdk.wire.epochs import is_older, time_of
from flagsdk.wire.faults import Corrupt, Regressed
from flagsdk.wire.statement import Verify, statement_of
from flagsdk.wire.values import FORMATS, Change, Whole


@dataclass(frozen=True, slots=True)
class Gap:
    """The change does not lead on from the snapshot that is held: read the whole again."""

    reason: str


def admit(whole: Whole, previous: Snapshot | None = None, *, verify: Verify | None = None) -> Snapshot:
    """Check a whole snapshot and make it ready for evaluation; with `verify`, only a signed one.

    Raises Corrupt where format, digest or a document is wrong, or the environment is not the one that was followed;
    Untrusted (a Corrupt) where the signature is; Regressed for a lower revision of the same epoch and for an epoch that
    is known to be older than the held one. A new epoch may begin at any revision.
    """
    if whole.format not in FORMATS:
        raise Corrupt(f"format {whole.format} is not known to this reader")
    if previous is not None:
        _check_succession(whole, previous)
    if verify is not None:
        _check_signature(whole, previous, verify)
    try:
        snapshot = Snapshot.load(whole.environment, whole.epoch, whole.revision, whole.documents, whole.format)
    except ValueError as fault:
        raise Corrupt(f"a document cannot be read: {fault}") from fault
    if snapshot.digest != whole.digest:
        raise Corrupt(f"revision {whole.revision}: the documents do not have the digest {whole.digest[:12]}…")
    return snapshot


def advance(snapshot: Snapshot, change: Change, *, verify: Verify | None = None) -> Snapshot | Gap:
    """Apply `change` only if it is the very next revision of the same history and leads to the digest that it names.

    With `verify`, raises Untrusted (a Corrupt) for a change that would be the next one but for its signature.
    """
    if (change.environment, change.epoch) != (snapshot.environment, snapshot.epoch):
        return Gap(f"a change of {change.environment!r}, epoch {change.epoch}")
    if change.revision != snapshot.revision + 1:
        return Gap(f"revision {change.revision} does not follow {snapshot.revision}")
    if verify is not None:
        verify(statement_of(change, snapshot.format), change.signature)
    try:
        following = snapshot.apply(change.revision, change.edits)
    except ValueError as fault:
        return Gap(f"revision {change.revision} cannot be read: {fault}")
    if following.digest != change.digest:
        return Gap(f"revision {change.revision} leads to another digest")
    return following


def _check_succession(whole: Whole, previous: Snapshot) -> None:
    if whole.environment != previous.environment:
        raise Corrupt(f"environment {whole.environment!r}, not {previous.environment!r}")
    if whole.epoch == previous.epoch and whole.revision < previous.revision:
        raise Regressed(f"revision {whole.revision} after {previous.revision} in the same epoch")
    if is_older(whole.epoch, previous.epoch):
        raise Regressed(f"epoch {whole.epoch} is older than {previous.epoch}, which is held")


def _check_signature(whole: Whole, previous: Snapshot | None, verify: Verify) -> None:
    """Verify; after an epoch with a date, one without is a signed copy of old times: who signs now dates its epochs."""
    if previous is not None and time_of(whole.epoch) is None and time_of(previous.epoch) is not None:
        raise Regressed(f"epoch {whole.epoch} has no date, and {previous.epoch}, which is held, has one")
    verify(statement_of(whole, whole.format), whole.signature)
