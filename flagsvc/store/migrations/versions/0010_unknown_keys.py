"""Keys that clients asked for in vain."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None
release = "0.2.0"

TEXT = sa.Text().with_variant(sa.String(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "unknown_keys",
        sa.Column("environment", TEXT, nullable=False),
        sa.Column("key", TEXT, nullable=False),
        sa.Column("application", TEXT, nullable=False),
        sa.Column("sdk", TEXT, nullable=False),
        sa.Column("times", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("first_at", TEXT, nullable=False),
        sa.Column("last_at", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("environment", "key", "application"),
    )


def downgrade() -> None:
    op.drop_table("unknown_keys")
