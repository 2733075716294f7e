"""Notices: what people are told about rollouts, and how far each telling is."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None
release = "0.1.0"

TEXT = sa.Text().with_variant(sa.String(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "notices",
        sa.Column("environment", TEXT, nullable=False),
        sa.Column("rollout", TEXT, nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("urgency", TEXT, nullable=False),
        sa.Column("summary", TEXT, nullable=False),
        sa.Column("at", TEXT, nullable=False),
        sa.Column("facts", TEXT, nullable=False),
        sa.Column("dealt", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("environment", "rollout", "number"),
    )
    op.create_index("notices_by_dealt", "notices", ["dealt", "at"])
    op.create_index("notices_by_time", "notices", ["at"])
    op.create_table(
        "parcels",
        sa.Column("notifier", TEXT, nullable=False),
        sa.Column("environment", TEXT, nullable=False),
        sa.Column("rollout", TEXT, nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("tries", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("due_ms", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("detail", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("notifier", "environment", "rollout", "number"),
    )
    op.create_index("parcels_by_due", "parcels", ["notifier", "due_ms"])


def downgrade() -> None:
    for table in ("parcels", "notices"):
        op.drop_table(table)
