"""When a snapshot that nobody confirms is too old, for the client and for each flag, and what is then served."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, NamedTuple, get_args

from flagsdk.core.decision import Reason
from flagsdk.core.outcome import Outcome
from flagsdk.core.snapshot import FLAG, SPLIT, Snapshot

Then = Literal["keep", "off"]

_MARK = '"staleness"'
"""Documents without this word need not be read."""


@dataclass(frozen=True, slots=True)
class Policy:
    """After how many seconds without a confirmation a decision is stale, and whether it is then kept or off."""

    after_seconds: float
    then: Then


def own_policy(after_seconds: float, then: Then) -> Policy:
    """Make the policy of a client; raises ValueError for a word other than keep and off."""
    if then not in get_args(Then):
        raise ValueError(f"when_stale: {' or '.join(get_args(Then))}, not {then!r}")
    return Policy(after_seconds, then)


class Closed(NamedTuple):
    """What serves its off variant now: all but the `names`, or only these."""

    all_but: bool
    names: frozenset[str]

    def covers(self, name: str) -> bool:
        """Whether the flag or split of that name ("flag/KEY") is closed."""
        return (name in self.names) != self.all_but


OPEN = Closed(all_but=False, names=frozenset())


class Limits:
    """The policy of the client, and of the flags that have their own."""

    def __init__(self, own: Policy) -> None:
        self.own = own
        self._of: dict[str, Policy] = {}

    def follow(self, snapshot: Snapshot, changed: Iterable[str]) -> None:
        """Learn the policies of the documents that changed."""
        policies = dict(self._of)
        for name in changed:
            policies.pop(name, None)
            if _MARK in snapshot.documents.get(name, "") and (policy := self._read(snapshot, name)):
                policies[name] = policy
        self._of = policies  # replaced as a whole: readers take no lock

    def of(self, name: str) -> Policy:
        """Policy of the flag or split of that name."""
        return self._of.get(name, self.own)

    def closed(self, age_seconds: float) -> Closed:
        """Say what must serve its off variant at this age of the snapshot."""
        policies = self._of.items()
        if _closes(self.own, age_seconds):
            kept = frozenset(name for name, policy in policies if not _closes(policy, age_seconds))
            return Closed(all_but=True, names=kept)
        return Closed(all_but=False, names=frozenset(name for name, policy in policies if _closes(policy, age_seconds)))

    def _read(self, snapshot: Snapshot, name: str) -> Policy | None:
        kind, _, key = name.partition("/")
        flag = snapshot.compiled(kind, key).flag if kind in (FLAG, SPLIT) else None
        if flag is None or flag.staleness is None:
            return None
        after, then = flag.staleness.after_seconds, flag.staleness.then
        return Policy(self.own.after_seconds if after is None else after, then or self.own.then)


def off_outcome(snapshot: Snapshot, kind: str, key: str) -> Outcome | None:
    """Make the outcome of a closed flag or split; None where there is none to close."""
    flag = snapshot.compiled(kind, key).flag
    if flag is None or flag.archived:
        return None
    return Outcome(flag.type, flag.variants[flag.off], flag.off, Reason.STALE)


def _closes(policy: Policy, age_seconds: float) -> bool:
    return policy.then == "off" and age_seconds > policy.after_seconds
