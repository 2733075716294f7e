"""Routing: leases, how far bindings are and what happened to them, and what lies ready for edges that fetch it."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None
release = "0.1.0"

TEXT = sa.Text().with_variant(sa.String(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "leases",
        sa.Column("name", TEXT, nullable=False),
        sa.Column("holder", TEXT, nullable=False),
        sa.Column("token", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("expires_ms", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "binding_states",
        sa.Column("environment", TEXT, nullable=False),
        sa.Column("key", TEXT, nullable=False),
        sa.Column("text", TEXT, nullable=False),
        sa.Column("version", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("environment", "key"),
    )
    op.create_table(
        "binding_events",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("environment", TEXT, nullable=False),
        sa.Column("binding", TEXT, nullable=False),
        sa.Column("router", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("detail", TEXT, nullable=False),
        sa.Column("at", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_index("binding_events_by_binding", "binding_events", ["environment", "binding", "number"], unique=False)
    op.create_index("binding_events_by_time", "binding_events", ["at"], unique=False)
    op.create_table(
        "shelf_items",
        sa.Column("router", TEXT, nullable=False),
        sa.Column("version", TEXT, nullable=False),
        sa.Column("content", TEXT, nullable=False),
        sa.Column("at", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("router"),
    )
    op.create_table(
        "nodes",
        sa.Column("router", TEXT, nullable=False),
        sa.Column("id", TEXT, nullable=False),
        sa.Column("held", TEXT, nullable=False),
        sa.Column("offered", TEXT, nullable=False),
        sa.Column("seen_at", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("router", "id"),
    )


def downgrade() -> None:
    for table in ("nodes", "shelf_items", "binding_events", "binding_states", "leases"):
        op.drop_table(table)
