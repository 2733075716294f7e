"""The first schema: environments, documents and their revisions, changes, tokens, remembered answers."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None
release = "0.1.0"

TEXT = sa.Text().with_variant(sa.String(collation="C"), "postgresql")
APPEND_ONLY = ("changes", "document_revisions")

REFUSE = """
CREATE FUNCTION flagsvc_append_only() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$
"""


def upgrade() -> None:
    op.create_table(
        "changes",
        sa.Column("environment", TEXT, nullable=False),
        sa.Column("revision", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", TEXT, nullable=False),
        sa.Column("actor_kind", TEXT, nullable=False),
        sa.Column("actor", TEXT, nullable=False),
        sa.Column("token_id", TEXT, nullable=True),
        sa.Column("address", TEXT, nullable=True),
        sa.Column("request_id", TEXT, nullable=True),
        sa.Column("reason", TEXT, nullable=False),
        sa.Column("action", TEXT, nullable=False),
        sa.Column("edits", TEXT, nullable=False),
        sa.Column("previous_hash", TEXT, nullable=False),
        sa.Column("hash", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("environment", "revision"),
    )
    op.create_index("changes_by_time", "changes", ["at", "environment", "revision"], unique=False)
    op.create_table(
        "document_revisions",
        sa.Column("environment", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("key", TEXT, nullable=False),
        sa.Column("revision", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("text", TEXT, nullable=False),
        sa.Column("archived", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("environment", "kind", "key", "revision"),
    )
    op.create_index("document_revisions_by_revision", "document_revisions", ["environment", "revision"], unique=False)
    op.create_table(
        "documents",
        sa.Column("environment", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("key", TEXT, nullable=False),
        sa.Column("text", TEXT, nullable=False),
        sa.Column("version", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("archived", sa.Boolean(), nullable=False),
        sa.Column("created_at", TEXT, nullable=False),
        sa.Column("changed_at", TEXT, nullable=False),
        sa.Column("changed_by", TEXT, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("search", TEXT, nullable=False),
        sa.Column("tags", TEXT, nullable=False),
        sa.Column("type", TEXT, nullable=False),
        sa.Column("owner", TEXT, nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=True),
        sa.PrimaryKeyConstraint("environment", "kind", "key"),
    )
    op.create_index("documents_by_name", "documents", ["environment", "kind", "name", "key"], unique=False)
    op.create_index("documents_by_version", "documents", ["environment", "kind", "version", "key"], unique=False)
    op.create_table(
        "environments",
        sa.Column("key", TEXT, nullable=False),
        sa.Column("epoch", TEXT, nullable=False),
        sa.Column("revision", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("head_hash", TEXT, nullable=False),
        sa.Column("changed_at", TEXT, nullable=False),
        sa.Column("archived", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_table(
        "idempotency_keys",
        sa.Column("owner", TEXT, nullable=False),
        sa.Column("key", TEXT, nullable=False),
        sa.Column("request", TEXT, nullable=False),
        sa.Column("body_hash", TEXT, nullable=False),
        sa.Column("answer", TEXT, nullable=False),
        sa.Column("at", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("owner", "key"),
    )
    op.create_index("idempotency_keys_by_time", "idempotency_keys", ["at"], unique=False)
    op.create_table(
        "tokens",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("environment", TEXT, nullable=True),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("hash", TEXT, nullable=False),
        sa.Column("created_at", TEXT, nullable=False),
        sa.Column("created_by", TEXT, nullable=False),
        sa.Column("expires_at", TEXT, nullable=True),
        sa.Column("revoked_at", TEXT, nullable=True),
        sa.Column("used_at", TEXT, nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("tokens_by_creation", "tokens", ["created_at", "id"], unique=False)
    op.create_index("tokens_by_hash", "tokens", ["hash"], unique=True)
    op.create_table(
        "uses",
        sa.Column("environment", TEXT, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("used", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("environment", "name", "used"),
    )
    op.create_index("uses_by_used", "uses", ["environment", "used"], unique=False)

    protect = {"postgresql": protect_postgresql, "sqlite": protect_sqlite}
    protect[op.get_bind().dialect.name]()


def protect_postgresql() -> None:
    op.execute(REFUSE)
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION flagsvc_append_only()"
        )


def protect_sqlite() -> None:
    for table in APPEND_ONLY:
        for event in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{event.lower()} BEFORE {event} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )


def downgrade() -> None:
    raise RuntimeError("There is nothing before the first schema: restore a backup instead.")
