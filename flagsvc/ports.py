"""The seams of the service on one page: what use cases and loops need from the outside, over plain values."""

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Protocol, TypeVar, runtime_checkable

from flagsdk.core.sketch import Sample
from flagsvc.domain.analysis.measurement import Measurement
from flagsvc.domain.analysis.spec import Metric
from flagsvc.domain.live import Mark, Place
from flagsvc.domain.outcomes import Cell, Counts, Failure, Sender, SenderKey
from flagsvc.domain.page import Page
from flagsvc.domain.records import Change, Delta, Document, Edit, Head, Ref, Remembered, Session, Token, Whole
from flagsvc.domain.rollouts.notice import Notice
from flagsvc.domain.rollouts.parcel import Parcel
from flagsvc.domain.rollouts.records import LogEntry, StoredRollout
from flagsvc.domain.routing.capabilities import Capabilities
from flagsvc.domain.routing.observed import Observed
from flagsvc.domain.routing.records import BindingEvent, Node, ShelfItem, StoredState
from flagsvc.domain.routing.target import Target
from flagsvc.domain.unknown import Asked
from flagsvc.domain.usage import Client, Hourly, Known, Slot, Span, Subject

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

    def users_by_kind(self, environment: str, kind: str) -> Mapping[str, Sequence[str]]:
        """Read the same of all documents of a kind at once: key → names; without those that nobody refers to."""

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
        """Read a page of all changes, newest first.

        Filters: environment, actor, since, until, action (its beginning), kind and key (of one document it wrote).
        """

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
        """Read a page of tokens, newest first.

        Filters: kind, environment, and `valid` or `ended`, each as of a time (a text of domain.instants).
        """

    def token(self, token_id: str) -> Token | None:
        """One token by its id."""

    def token_by_hash(self, secret_hash: str) -> Token | None:
        """One token by the SHA-256 of its text."""

    def sessions(self) -> Sequence[Session]:
        """Read every session that is kept."""

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

    def usage_hours(self, kind: str, since: str) -> Sequence[Hourly]:
        """Add uses up by environment, key and hour, of all hours that begin at `since` or later."""

    def asked(self, environment: str) -> Sequence[Asked]:
        """Read all that is kept of what an environment was asked for in vain, by key and application."""

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

    def binding_states(self, environment: str | None = None) -> Sequence[StoredState]:
        """Read how far the bindings of an environment (or of all) are, by environment and key."""

    def binding_states_at(self, places: Collection[Place]) -> Sequence[StoredState]:
        """Read how far these bindings are; one that was never driven is missing."""

    def binding_marks(self, since: str) -> Sequence[Mark]:
        """Tell which bindings of all environments were stored at `since` or later; cheap."""

    def binding_numbers(self, places: Collection[Place]) -> Mapping[Place, int]:
        """Give the number of the newest event of each of these bindings; one without any is missing."""

    def binding_events(
        self, environment: str, key: str | None, page: Page
    ) -> tuple[Sequence[BindingEvent], str | None]:
        """Read a page of what happened to the bindings of an environment (perhaps of one only), newest first."""

    def seconds(self) -> float:
        """Tell Unix seconds by the database's clock, which is the same for every replica."""

    def lease_token(self, name: str) -> int:
        """Fencing token of the newest holder of a lease; 0 before the first."""

    def outcome_counts(
        self, subject: Subject, metric: str, variants: Collection[str], start: int, end: int
    ) -> Mapping[str, Counts]:
        """Add up the windows that begin in [start, end), Unix seconds, by variant; one without any is missing."""

    def first_failures(
        self, subject: Subject, metric: str, variants: Collection[str], since: int, window: tuple[int, int]
    ) -> Mapping[str, int]:
        """Count the units whose first failure since `since`, under any of the variants, lies in the window, by variant.

        A unit counts once, for the variant under which that was.
        """

    def sender_count(self, environment: str, split: str) -> int:
        """Count those who post outcomes of a split."""

    def knows_sender(self, key: SenderKey) -> bool:
        """Whether somebody has posted under that id."""

    def rollout(self, environment: str, key: str) -> StoredRollout | None:
        """Read how far a rollout is; None when there is none."""

    def rollouts(self, environment: str | None, phases: Collection[str]) -> Sequence[StoredRollout]:
        """Read the rollouts of an environment, or of all, that are in one of these phases, by environment and key."""

    def rollouts_since(self, phases: Collection[str], since: str) -> Sequence[StoredRollout]:
        """Read the rollouts of all environments in one of these phases that moved at `since` or later, by time."""

    def rollout_marks(self, since: str) -> Sequence[Mark]:
        """Tell which rollouts of all environments moved at `since` or later, and where each is; cheap."""

    def rollouts_newest(
        self, environment: str | None, phases: Collection[str], page: Page
    ) -> tuple[Sequence[tuple[Document, StoredRollout]], str | None]:
        """Read a page of the rollouts of an open environment, or of all, in one of these phases, newest first."""

    def rollout_entered(self, stored: StoredRollout) -> LogEntry | None:
        """Read the entry of the log by which a rollout came into the phase that it is in."""

    def rollout_log(self, environment: str, key: str, page: Page) -> tuple[Sequence[LogEntry], str | None]:
        """Read a page of what moved a rollout, newest first."""

    def has_new_notices(self) -> bool:
        """Tell whether there is a notice that nobody has dealt out to the notifiers."""

    def due_parcels(self, notifier: str, limit: int) -> Sequence[Parcel]:
        """Read what may be delivered to a notifier now: of each rollout the oldest parcel only, the longest due first.

        One that was taken, or put back for later, comes in nobody's way but that of its own rollout.
        """

    def shelf_items(self) -> Sequence[ShelfItem]:
        """Read what lies ready for the edges that fetch it by themselves, by router."""

    def nodes(self, router: str) -> Sequence[Node]:
        """Read which edges fetched from that router's shelf, and what they hold, by id."""


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

    def expire_token(self, token_id: str, at: str) -> None:
        """Let a token end at that time."""

    def touch_tokens(self, used: Mapping[str, str]) -> None:
        """Remember when tokens were last used: id → time."""

    def add_session(self, session: Session, most: int) -> None:
        """Store a new session; of its token's only the `most` newest stay."""

    def touch_sessions(self, used: Mapping[str, str]) -> None:
        """Remember when sessions were last used: hash → time; never goes back."""

    def drop_session(self, secret_hash: str) -> bool:
        """End a session by the hash of its id; tells whether there was one."""

    def drop_sessions_of(self, token_id: str) -> None:
        """End all sessions of a token."""

    def forget_sessions(self, now: str, unused_since: str) -> int:
        """Remove the sessions that are over at `now` or were last used before `unused_since`; tells how many."""

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

    def add_asked(self, asked: Sequence[Asked], most: int) -> None:
        """Add up what was asked for in vain; above `most` rows of an environment, those not asked longest go."""

    def forget_asked(self, before: str, limit: int) -> int:
        """Remove at most `limit` rows of what was last asked for before that time, or is there now; how many."""

    def add_outcomes(self, counts: Mapping[Cell, Counts], most: int) -> Mapping[Cell, Counts]:
        """Add counts up; gives those for which their window had no room, of at most `most` rows for each subject."""

    def add_failures(self, failures: Sequence[Failure], most: int) -> int:
        """Keep failures, each unit once in a bucket; tells how many their buckets, of `most` each, had no room for."""

    def lock_sender(self, key: SenderKey) -> Sender:
        """Lock somebody who posts outcomes, a new one included."""

    def put_sender(self, sender: Sender) -> None:
        """Store what was taken of its posts."""

    def fold_outcomes(self, before: int, limit: int) -> int:
        """Fold at most `limit` windows that began before that time into their minutes; tells how many."""

    def forget_outcomes(self, counts_before: int, failures_before: int, limit: int) -> int:
        """Remove at most `limit` rows of each kind that are older, Unix seconds; tells how many."""

    def hurry(self, seconds: float) -> None:
        """Give up this transaction, with its locks, when its process does nothing for so long: it may be frozen."""

    def claim_lease(self, name: str, holder: str, seconds: float) -> int | None:
        """Take or keep a lease by the database's clock: its fencing token, or None while another holds it.

        The token grows whenever the holder changes, and stays the same while it does not.
        """

    def release_lease(self, name: str, holder: str) -> None:
        """Give a lease back, if it is still that holder's."""

    def put_binding_state(self, state: StoredState, fence: int) -> bool:
        """Store a state that was read at `state.version` - 1 (1: there was none), and tell whether it was.

        False, and nothing stored: somebody else stored one, or `fence` is no longer the token of the lease "routing".
        """

    def drop_binding_state(self, environment: str, key: str) -> None:
        """Forget a binding that no longer exists."""

    def add_binding_events(self, events: Sequence[BindingEvent]) -> None:
        """Append events; their numbers are given by the store."""

    def forget_binding_events(self, before: str, limit: int) -> int:
        """Remove at most `limit` events older than that; tells how many."""

    def put_rollout(self, state: StoredRollout, entry: LogEntry, fence: int | None) -> bool:
        """Store a state that was read at `state.version` - 1, with the event that led to it; tell whether it was.

        False, and nothing stored: somebody else moved it, or `fence` is no longer the token of the lease "rollouts"
        (None: the writer needs none, being a command of somebody).
        """

    def add_notices(self, notices: Sequence[Notice]) -> None:
        """Keep notices, in the transaction of what they tell of; twice is once, by environment, rollout and number."""

    def take_new_notices(self, limit: int) -> Sequence[Notice]:
        """Take notices to deal them out, the oldest first; whoever else does so at the same time gets others."""

    def add_parcels(self, parcels: Sequence[Parcel]) -> None:
        """Put parcels on their way to notifiers; twice is once."""

    def take_parcel(self, parcel: Parcel, seconds: float) -> Parcel | None:
        """Take a parcel that is as it was read, for so many seconds; None: somebody else has it, or it is gone."""

    def postpone_parcel(self, parcel: Parcel, seconds: float, detail: str) -> None:
        """Put back a parcel that was taken, to be tried again in so many seconds, and say why."""

    def drop_parcel(self, parcel: Parcel) -> None:
        """Forget a parcel: it was delivered, or is given up."""

    def forget_notices(self, before: str, limit: int) -> int:
        """Remove at most `limit` notices older than that with their parcels; tells how many."""

    def put_shelf_item(self, item: ShelfItem) -> None:
        """Lay something ready for the edges of a router, in place of what lay there."""

    def put_nodes(self, nodes: Sequence[Node], forget_before: str) -> None:
        """Remember what edges hold, and forget those not seen since."""


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


class Router(Protocol):
    """A load balancer, mesh or cloud resource that is told the weights of one traffic split.

    Every call is bounded (a few seconds at most) and may come from any thread, one at a time. Whatever goes wrong is a
    RouterError.
    """

    @property
    def capabilities(self) -> Capabilities:
        """What it can do, as it is configured."""

    def plan(self, target: Target) -> Sequence[str]:
        """Say, line by line, what `apply` would send now; empty when nothing is to be done. Sends nothing.

        Raises RouterError(permanent=True) for a target that it cannot be told, with the names that it knows.
        """

    def apply(self, target: Target) -> None:
        """Bring the router to the target, absolutely: twice is once. Returns when it was accepted, in force or not.

        A RouterError that is not permanent may mean that it was applied all the same: observe before repeating.
        """

    def observe(self) -> Observed | None:
        """Read what is really in force; None when the router cannot tell (it was never told, or has no such thing)."""


class Counting(Protocol):
    """A router that counts the requests of each backend (`capabilities.counts`)."""

    def counts(self) -> Mapping[str, int]:
        """Give the requests of each backend since some start of its own; fewer than before: it was restarted."""


class Shelf(Protocol):
    """Where that lies ready which edges fetch by themselves; the same for every replica of the service."""

    def put(self, router: str, version: str, content: str) -> None:
        """Lay content ready (JSON), in place of what lay there; the same version and content again change nothing."""

    def item(self, router: str) -> ShelfItem | None:
        """Give what lies ready for a router's edges."""

    def nodes(self, router: str) -> Sequence[Node]:
        """Give the edges that asked lately, by id, with what each holds."""


class MetricSource(Protocol):
    """Where the metrics of a rollout are read. Every call is bounded (a few seconds) and may come from any thread."""

    def check(self, metric: Metric) -> Sequence[str]:
        """Find what is wrong with a metric's query, without asking anybody; each a sentence with the fix."""

    def measure(self, metric: Metric, start: float, end: float) -> Measurement:
        """Read the closed window [start, end), in Unix seconds, of the arms that the query names.

        Never raises: what could not be read is a Measurement with `missing` and a sentence in `detail`.
        """

    def settled_seconds(self) -> float:
        """How long after its end a window can be read whole: one scrape interval, for instance."""


@runtime_checkable
class Baseline(Protocol):
    """A metric source that can look back at the baseline alone, for the check before a rollout."""

    def history(self, metric: Metric, start: float, end: float) -> Measurement:
        """Read the baseline's arm over a long window; the candidate's stays None."""

    def bounds(self, metric: Metric, start: float, end: float) -> Mapping[float, float]:
        """Give, for a latency metric, how many of the baseline's events were at most so slow: bound seconds → count."""


class Notifier(Protocol):
    """Somebody who is told what happens to rollouts: a chat, a program, a mailbox. May be slow, dead or wrong."""

    def tell(self, notice: Notice) -> None:
        """Send one notice, within a few seconds; raises NoticeError, with whether sending it again can help."""
