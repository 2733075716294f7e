"""Usage and receipts: clients, counts and samples of units by hour, and when each flag was last evaluated."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None
release = "0.1.0"

TEXT = sa.Text().with_variant(sa.String(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "clients",
        sa.Column("environment", TEXT, nullable=False),
        sa.Column("id", TEXT, nullable=False),
        sa.Column("sdk", TEXT, nullable=False),
        sa.Column("application", TEXT, nullable=False),
        sa.Column("epoch", TEXT, nullable=False),
        sa.Column("revision", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("applied_after_ms", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("seen_at", TEXT, nullable=False),
        sa.Column("newest", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("taken", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("environment", "id"),
    )
    op.create_index("clients_by_time", "clients", ["environment", "seen_at"], unique=False)
    op.create_table(
        "usage_counts",
        sa.Column("environment", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("key", TEXT, nullable=False),
        sa.Column("start", TEXT, nullable=False),
        sa.Column("variant", TEXT, nullable=False),
        sa.Column("revision", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("uses", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("environment", "kind", "key", "start", "variant", "revision"),
    )
    op.create_index("usage_counts_by_start", "usage_counts", ["start"], unique=False)
    op.create_table(
        "usage_units",
        sa.Column("environment", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("key", TEXT, nullable=False),
        sa.Column("start", TEXT, nullable=False),
        sa.Column("sample", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("environment", "kind", "key", "start"),
    )
    op.create_index("usage_units_by_start", "usage_units", ["start"], unique=False)
    op.create_table(
        "usage_last",
        sa.Column("environment", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("key", TEXT, nullable=False),
        sa.Column("evaluated_at", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("environment", "kind", "key"),
    )


def downgrade() -> None:
    for table in ("usage_last", "usage_units", "usage_counts", "clients"):
        op.drop_table(table)
