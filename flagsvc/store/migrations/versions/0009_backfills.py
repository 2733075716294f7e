"""Backfills: how far each is, and of which documents the columns for lists are those of the present rules."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None
release = "0.2.0"

TEXT = sa.Text().with_variant(sa.String(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "backfills",
        sa.Column("name", TEXT, nullable=False),
        sa.Column("place", TEXT, nullable=False),
        sa.Column("done", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("started_at", TEXT, nullable=False),
        sa.Column("moved_at", TEXT, nullable=False),
        sa.Column("finished_at", TEXT, nullable=True),
        sa.PrimaryKeyConstraint("name"),
    )
    # The version of the document that the copies were taken of; an older release, which does not know it, leaves it
    # behind, and so gives its rows away.
    op.add_column("documents", sa.Column("copied_version", sa.BigInteger(), autoincrement=False, nullable=True))


def downgrade() -> None:
    op.drop_column("documents", "copied_version")
    op.drop_table("backfills")
