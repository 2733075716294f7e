"""How a reader follows: what it may take for its first snapshot, and which change leads from one to the next."""

from dataclasses import dataclass

from flagsdk.core.snapshot import Snapshot
from flagsdk.wire.faults import Corrupt, Regressed
from flagsdk.wire.values import FORMATS, Change, Whole


@dataclass(frozen=True, slots=True)
class Gap:
    """The change does not lead on from the snapshot that is held: read the whole again."""

    reason: str


def admit(whole: Whole, previous: Snapshot | None = None) -> Snapshot:
    """Check a whole snapshot and make it ready for evaluation.

    Raises Corrupt where format, digest or a document is wrong, or the environment is not the one that was followed;
    Regressed for a lower revision of the same epoch. A new epoch may begin at any revision.
    """
    if whole.format not in FORMATS:
        raise Corrupt(f"format {whole.format} is not known to this reader")
    if previous is not None:
        _check_succession(whole, previous)
    try:
        snapshot = Snapshot.load(whole.environment, whole.epoch, whole.revision, whole.documents, whole.format)
    except ValueError as fault:
        raise Corrupt(f"a document cannot be read: {fault}") from fault
    if snapshot.digest != whole.digest:
        raise Corrupt(f"revision {whole.revision}: the documents do not have the digest {whole.digest[:12]}…")
    return snapshot


def advance(snapshot: Snapshot, change: Change) -> Snapshot | Gap:
    """Apply `change` only if it is the very next revision of the same history and leads to the digest that it names."""
    if (change.environment, change.epoch) != (snapshot.environment, snapshot.epoch):
        return Gap(f"a change of {change.environment!r}, epoch {change.epoch}")
    if change.revision != snapshot.revision + 1:
        return Gap(f"revision {change.revision} does not follow {snapshot.revision}")
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
