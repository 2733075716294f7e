"""The seams of the service on one page: what use cases and loops need from the outside, over plain values."""

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Protocol, TypeVar

from flagsdk.core.sketch import Sample
from flagsvc.domain.page import Page
from flagsvc.domain.records import Change, Delta, Document, Edit, Head, Ref, Remembered, Token, Whole
from flagsvc.domain.usage import Client, Known, Slot, Span, Subject

T = TypeVar("T")


class View(Protocol):
    """One consistent sight of the store; every method may raise Unavailable."""

    def heads(self) -> Mapping[str, Head]:
        """Epoch and revision of every environment that is not archived, without the catalogue; cheap."""

    def head(self, environment: str) -> Head | None:
        """Epoch and revision of one environment, the catalogue included; None when there is none."""

    def document(self, ref: Ref) -> Document | None:
        """Read the document as it is now, archived or not."""

    def documents(self, environment: str, kind: str | None = None) -> Sequence[Document]:
        """All documents of an environment, archived ones included, by kind and key."""

    def find(self, environment: str, kind: str, page: Page) -> tuple[Sequence[Document], str | None]:
        """Read a page of documents and the cursor of the next; BadQuery for an unknown sort, filter or cursor."""

    def users(self, environment: str, name: str) -> Sequence[str]:
        """Names of the documents (not archived) that refer to the document `name`."""

    def across(self, kind: str, keys: Sequence[str]) -> Sequence[Document]:
        """Read documents of that kind and those keys in every open environment, the catalogue left out."""

    def document_at(self, ref: Ref, revision: int) -> tuple[str, bool] | None:
        """Text and archived mark of a document as of a revision; None when it did not exist."""

    def documents_at(self, environment: str, revision: int) -> Mapping[str, tuple[str, bool]]:
        """Name → text and archived mark of all documents as of a revision."""

    def whole(self, environment: str, revision: int | None = None) -> Whole | None:
        """Read what readers get, at the head or as of a revision; None for an unknown environment or revision."""

    def revision_at(self, environment: str, at: str) -> int | None:
        """Find the revision in force at a time (a text of domain.instants); None before the first."""

    def deltas(self, environment: str, after: int, limit: int) -> Sequence[Delta]:
        """Read the changes after a revision, oldest first, without gaps, at most `limit`."""

    def change(self, environment: str, revision: int) -> Change | None:
        """One change."""

    def changes(self, environment: str, page: Page, ref: Ref | None = None) -> tuple[Sequence[Change], str | None]:
        """Read a page of an environment's changes, newest first, perhaps of one document only."""

    def audit(self, page: Page) -> tuple[Sequence[Change], str | None]:
        """Read a page of all changes, newest first; filters environment, actor, since, until."""

    def trail(self, environment: str, after: int, limit: int) -> Sequence[Change]:
        """Read changes in the order of the chain, oldest first, for verification."""

    def written(self, environment: str, first: int, last: int) -> Sequence[tuple[int, str, str]]:
        """Read (revision, name, text) of everything that the revisions first to last wrote."""

    def chain_head(self, environment: str) -> str:
        """Read the hash of the newest change as the environment's row has it; "" before the first."""

    def changed_at(self, environment: str) -> str:
        """Read when the newest change was made (a text of domain.instants), so that time never runs backwards."""

    def environments(self) -> Sequence[str]:
        """List every environment that ever existed, the catalogue and archived ones included, by key."""

    def tokens(self, page: Page) -> tuple[Sequence[Token], str | None]:
        """Read a page of tokens, newest first."""

    def token(self, token_id: str) -> Token | None:
        """One token by its id."""

    def token_by_hash(self, secret_hash: str) -> Token | None:
        """One token by the SHA-256 of its text."""

    def remembered(self, owner: str, key: str) -> Remembered | None:
        """Read the answer kept under an Idempotency-Key."""

    def usage_counts(self, subject: Subject, since: str, until: str) -> Mapping[Slot, int]:
        """Read the counts of one subject in the hours (or days) that begin in [since, until)."""

    def usage_samples(self, subject: Subject, since: str, until: str) -> Mapping[Span, Sample]:
        """Read the samples of its units, likewise."""

    def usage_totals(
        self, environment: str, kind: str, keys: Sequence[str], since: str, until: str
    ) -> Mapping[str, Mapping[str, int]]:
        """Add uses up by key and variant."""

    def usage_last(self, environment: str, kind: str, keys: Sequence[str]) -> Mapping[str, str]:
        """Read when each of these was last evaluated, by key; what never was is missing."""

    def clients(self, environment: str, since: str) -> Sequence[Client]:
        """Read the clients that were seen at `since` or later, by id."""

    def client_counts(self, environments: Collection[str]) -> Mapping[str, int]:
        """Count the clients that are kept, dead ones too, by environment; none may be missing."""

    def known_clients(self, senders: Collection[tuple[str, str]]) -> Collection[tuple[str, str]]:
        """Give those (environment, id) that are kept."""

    def usage_sizes(self, spans: Collection[Span]) -> Mapping[Span, int]:
        """Tell how many counts each of these hours has; one without any is missing."""

    def known_subjects(self, subjects: Collection[Subject]) -> frozenset[Subject]:
        """Give those that exist, archived or not."""


class Transaction(View, Protocol):
    """A view that may write; it holds the locks of its environments and sees everything committed before them."""

    def lock(self, environments: Sequence[str]) -> None:
        """Take more environments; the catalogue comes first, the others in the order of their keys."""

    def open_environment(self, environment: str, epoch: str) -> None:
        """Begin the history of a new environment at revision 0, and lock it."""

    def close_environment(self, environment: str) -> None:
        """Archive an environment: it leaves `heads`; its history stays."""

    def append(self, change: Change, edits: Sequence[Edit], uses: Mapping[str, Sequence[str]]) -> None:
        """Store a change at its revision with its documents; `uses`: document name → names it refers to."""

    def set_epoch(self, epoch: str) -> None:
        """Give every environment a new epoch (after a restore)."""

    def add_token(self, token: Token) -> None:
        """Store a new token."""

    def revoke_token(self, token_id: str, at: str) -> None:
        """Mark a token revoked; once."""

    def touch_tokens(self, used: Mapping[str, str]) -> None:
        """Remember when tokens were last used: id → time."""

    def remember(self, answer: Remembered, forget_before: str) -> None:
        """Keep an answer under its Idempotency-Key and drop those older than `forget_before`."""

    def lock_clients(self, asked: Collection[Client]) -> Sequence[Known]:
        """Lock clients, new ones included, and give what is known of each."""

    def put_clients(self, known: Collection[Known]) -> None:
        """Store clients as they are now, with what was taken of them."""

    def add_uses(self, counts: Mapping[Slot, int], at: str) -> None:
        """Add counts up, and remember that their subjects were evaluated at `at`."""

    def add_samples(self, samples: Mapping[Span, Sample]) -> None:
        """Merge samples of units into what is kept, whoever else does it at once."""

    def roll_up(self, before: str, limit: int) -> int:
        """Fold at most `limit` hours that began before that time into their days; tells how many."""

    def forget_usage(self, before: str, clients_before: str, limit: int) -> int:
        """Remove at most `limit` rows of each kind that began, and clients last seen, before these times; how many."""


class Store(Protocol):
    """The only truth."""

    def reading(self) -> AbstractContextManager[View]:
        """One consistent sight; raises Unavailable within a second when the database does not answer."""

    def run(self, environments: Sequence[str], work: Callable[[Transaction], T], *, dry_run: bool = False) -> T:
        """Do `work` in one transaction that holds the environments' locks, and commit (a dry run rolls back).

        Lost races (deadlock, serialization) are tried again a few times, so `work` may run more than once and must have
        no other effect. Unavailable: nothing was stored, or `outcome_unknown` says that nobody can tell.
        """


class Publisher(Protocol):
    """Whoever brings committed changes to the readers."""

    def wake(self, environment: str) -> None:
        """Say that an environment has a new revision; returns at once and never raises."""
