"""Rollouts: how far they are, and what moved them there."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None
release = "0.1.0"

TEXT = sa.Text().with_variant(sa.String(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "rollouts",
        sa.Column("environment", TEXT, nullable=False),
        sa.Column("key", TEXT, nullable=False),
        sa.Column("phase", TEXT, nullable=False),
        sa.Column("text", TEXT, nullable=False),
        sa.Column("version", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("environment", "key"),
    )
    op.create_index("rollouts_by_phase", "rollouts", ["phase", "environment", "key"])
    op.create_table(
        "rollout_log",
        sa.Column("environment", TEXT, nullable=False),
        sa.Column("rollout", TEXT, nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", TEXT, nullable=False),
        sa.Column("phase", TEXT, nullable=False),
        sa.Column("event", TEXT, nullable=False),
        sa.Column("notes", TEXT, nullable=False),
        sa.Column("done", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("environment", "rollout", "number"),
    )


def downgrade() -> None:
    for table in ("rollout_log", "rollouts"):
        op.drop_table(table)
