"""The tables. Texts compare by code point on every engine, so that orders and cursors agree."""

from sqlalchemy import BigInteger, Boolean, Column, Double, Index, Integer, MetaData, String, Table, Text

metadata = MetaData()


def _text(name: str, *, key: bool = False, null: bool = False) -> Column[str]:
    plain = Text().with_variant(String(collation="C"), "postgresql")
    return Column(name, plain, primary_key=key, nullable=null)


def _number(name: str, *, key: bool = False, null: bool = False) -> Column[int]:
    return Column(name, BigInteger, primary_key=key, autoincrement=False, nullable=null)


def _decimal(name: str) -> Column[float]:
    return Column(name, Double, nullable=False)


def _flag(name: str, *, null: bool = False) -> Column[bool]:
    return Column(name, Boolean, nullable=null)


environments = Table(
    "environments",
    metadata,
    _text("key", key=True),
    _text("epoch"),
    _number("revision"),
    _text("head_hash"),
    _text("changed_at"),
    _flag("archived"),
)

documents = Table(
    "documents",
    metadata,
    _text("environment", key=True),
    _text("kind", key=True),
    _text("key", key=True),
    _text("text"),
    _number("version"),
    _flag("archived"),
    _text("created_at"),
    _text("changed_at"),
    _text("changed_by"),
    # Copies of members of the text, for lists only.
    _text("name"),
    _text("search"),
    _text("tags"),
    _text("type"),
    _text("owner"),
    _flag("enabled", null=True),
    _number("copied_version", null=True),  # the version that the copies are of, by the present rules; others are stale
    Index("documents_by_name", "environment", "kind", "name", "key"),
    Index("documents_by_version", "environment", "kind", "version", "key"),
)

uses = Table(
    "uses",
    metadata,
    _text("environment", key=True),
    _text("name", key=True),
    _text("used", key=True),
    Index("uses_by_used", "environment", "used"),
)

document_revisions = Table(
    "document_revisions",
    metadata,
    _text("environment", key=True),
    _text("kind", key=True),
    _text("key", key=True),
    _number("revision", key=True),
    _text("text"),
    _flag("archived"),
    Index("document_revisions_by_revision", "environment", "revision"),
)

changes = Table(
    "changes",
    metadata,
    _text("environment", key=True),
    _number("revision", key=True),
    _text("at"),
    _text("actor_kind"),
    _text("actor"),
    _text("token_id", null=True),
    _text("address", null=True),
    _text("request_id", null=True),
    _text("via", null=True),
    _text("reason"),
    _text("action"),
    _text("edits"),
    _text("previous_hash"),
    _text("hash"),
    Index("changes_by_time", "at", "environment", "revision"),
)

tokens = Table(
    "tokens",
    metadata,
    _text("id", key=True),
    _text("kind"),
    _text("environment", null=True),
    _text("name"),
    _text("hash"),
    _text("created_at"),
    _text("created_by"),
    _text("expires_at", null=True),
    _text("revoked_at", null=True),
    _text("used_at", null=True),
    Index("tokens_by_hash", "hash", unique=True),
    Index("tokens_by_creation", "created_at", "id"),
)

sessions = Table(
    "sessions",
    metadata,
    _text("hash", key=True),
    _text("token_id"),
    _text("created_at"),
    _text("used_at"),
    _text("expires_at"),
    Index("sessions_by_token", "token_id", "created_at"),
    Index("sessions_by_end", "expires_at"),
)

idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    _text("owner", key=True),
    _text("key", key=True),
    _text("request"),
    _text("body_hash"),
    _text("answer"),
    _text("at"),
    Index("idempotency_keys_by_time", "at"),
)

clients = Table(
    "clients",
    metadata,
    _text("environment", key=True),
    _text("id", key=True),
    _text("sdk"),
    _text("application"),
    _text("epoch"),
    _number("revision"),
    _number("applied_after_ms", null=True),
    _text("seen_at"),
    _number("newest"),
    _number("taken"),
    Index("clients_by_time", "environment", "seen_at"),
)

usage_counts = Table(
    "usage_counts",
    metadata,
    _text("environment", key=True),
    _text("kind", key=True),
    _text("key", key=True),
    _text("start", key=True),
    _text("variant", key=True),
    _number("revision", key=True),
    _number("uses"),
    Index("usage_counts_by_start", "start"),
)

usage_units = Table(
    "usage_units",
    metadata,
    _text("environment", key=True),
    _text("kind", key=True),
    _text("key", key=True),
    _text("start", key=True),
    _text("sample"),
    Index("usage_units_by_start", "start"),
)

usage_last = Table(
    "usage_last",
    metadata,
    _text("environment", key=True),
    _text("kind", key=True),
    _text("key", key=True),
    _text("evaluated_at"),
)

unknown_keys = Table(
    "unknown_keys",
    metadata,
    _text("environment", key=True),
    _text("key", key=True),
    _text("application", key=True),
    _text("sdk"),
    _number("times"),
    _text("first_at"),
    _text("last_at"),
)

leases = Table(
    "leases",
    metadata,
    _text("name", key=True),
    _text("holder"),
    _number("token"),
    _number("expires_ms"),
)

binding_states = Table(
    "binding_states",
    metadata,
    _text("environment", key=True),
    _text("key", key=True),
    _text("text"),
    _number("version"),
    _text("at"),
    Index("binding_states_by_time", "at"),
)

binding_events = Table(
    "binding_events",
    metadata,
    Column("number", BigInteger().with_variant(Integer(), "sqlite"), primary_key=True, autoincrement=True),
    _text("environment"),
    _text("binding"),
    _text("router"),
    _text("kind"),
    _text("detail"),
    _text("at"),
    Index("binding_events_by_binding", "environment", "binding", "number"),
    Index("binding_events_by_time", "at"),
)

shelf_items = Table(
    "shelf_items",
    metadata,
    _text("router", key=True),
    _text("version"),
    _text("content"),
    _text("at"),
)

nodes = Table(
    "nodes",
    metadata,
    _text("router", key=True),
    _text("id", key=True),
    _text("held"),
    _text("offered"),
    _text("seen_at"),
)

rollouts = Table(
    "rollouts",
    metadata,
    _text("environment", key=True),
    _text("key", key=True),
    _text("phase"),
    _text("text"),
    _number("version"),
    _text("at"),
    Index("rollouts_by_phase", "phase", "environment", "key"),
    Index("rollouts_by_time", "at"),
)

rollout_log = Table(
    "rollout_log",
    metadata,
    _text("environment", key=True),
    _text("rollout", key=True),
    _number("number", key=True),
    _text("at"),
    _text("phase"),
    _text("event"),
    _text("notes"),
    _text("done"),
)

outcome_counts = Table(
    "outcome_counts",
    metadata,
    _text("environment", key=True),
    _text("kind", key=True),
    _text("key", key=True),
    _number("start", key=True),
    _text("metric", key=True),
    _text("variant", key=True),
    _number("events"),
    _number("bad"),
    _text("slow"),
    _decimal("total"),
    _decimal("squares"),
    _text("sample"),
    Index("outcome_counts_by_start", "start"),
)

outcome_failures = Table(
    "outcome_failures",
    metadata,
    _text("environment", key=True),
    _text("kind", key=True),
    _text("key", key=True),
    _text("metric", key=True),
    _number("bucket", key=True),
    _number("unit", key=True),
    _text("variant"),
    _number("at"),
    Index("outcome_failures_by_bucket", "bucket"),
)

outcome_senders = Table(
    "outcome_senders",
    metadata,
    _text("environment", key=True),
    _text("split", key=True),
    _text("id", key=True),
    _number("newest"),
    _number("taken"),
    _number("seen_at"),
)

notices = Table(
    "notices",
    metadata,
    _text("environment", key=True),
    _text("rollout", key=True),
    _number("number", key=True),
    _text("kind"),
    _text("urgency"),
    _text("summary"),
    _text("at"),
    _text("facts"),
    _flag("dealt"),
    Index("notices_by_dealt", "dealt", "at"),
    Index("notices_by_time", "at"),
)

parcels = Table(
    "parcels",
    metadata,
    _text("notifier", key=True),
    _text("environment", key=True),
    _text("rollout", key=True),
    _number("number", key=True),
    _number("tries"),
    _number("due_ms"),
    _text("detail"),
    Index("parcels_by_due", "notifier", "due_ms"),
)

backfills = Table(
    "backfills",
    metadata,
    _text("name", key=True),
    _text("place"),
    _number("done"),
    _text("started_at"),
    _text("moved_at"),
    _text("finished_at", null=True),
)

APPEND_ONLY = (changes, document_revisions)
"""Rows that are never edited or deleted; triggers see to it."""
