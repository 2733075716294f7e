"""Sessions, which tokens are exchanged for, and whether a change came through one."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None
release = "0.1.0"

TEXT = sa.Text().with_variant(sa.String(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "sessions",
        sa.Column("hash", TEXT, nullable=False),
        sa.Column("token_id", TEXT, nullable=False),
        sa.Column("created_at", TEXT, nullable=False),
        sa.Column("used_at", TEXT, nullable=False),
        sa.Column("expires_at", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("hash"),
    )
    op.create_index("sessions_by_token", "sessions", ["token_id", "created_at"])
    op.create_index("sessions_by_end", "sessions", ["expires_at"])
    op.add_column("changes", sa.Column("via", TEXT, nullable=True))


def downgrade() -> None:
    op.drop_column("changes", "via")
    op.drop_table("sessions")
