"""Outcomes: counts by window, units that failed, and who posts them."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None
release = "0.1.0"

TEXT = sa.Text().with_variant(sa.String(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "outcome_counts",
        sa.Column("environment", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("key", TEXT, nullable=False),
        sa.Column("start", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("metric", TEXT, nullable=False),
        sa.Column("variant", TEXT, nullable=False),
        sa.Column("events", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("bad", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("slow", TEXT, nullable=False),
        sa.Column("total", sa.Double(), nullable=False),
        sa.Column("squares", sa.Double(), nullable=False),
        sa.Column("sample", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("environment", "kind", "key", "start", "metric", "variant"),
    )
    op.create_index("outcome_counts_by_start", "outcome_counts", ["start"], unique=False)
    op.create_table(
        "outcome_failures",
        sa.Column("environment", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("key", TEXT, nullable=False),
        sa.Column("metric", TEXT, nullable=False),
        sa.Column("bucket", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("unit", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("variant", TEXT, nullable=False),
        sa.Column("at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("environment", "kind", "key", "metric", "bucket", "unit"),
    )
    op.create_index("outcome_failures_by_bucket", "outcome_failures", ["bucket"], unique=False)
    op.create_table(
        "outcome_senders",
        sa.Column("environment", TEXT, nullable=False),
        sa.Column("split", TEXT, nullable=False),
        sa.Column("id", TEXT, nullable=False),
        sa.Column("newest", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("taken", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("seen_at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("environment", "split", "id"),
    )


def downgrade() -> None:
    for table in ("outcome_senders", "outcome_failures", "outcome_counts"):
        op.drop_table(table)
