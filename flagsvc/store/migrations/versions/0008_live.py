"""Live: what moved lately is found by its time, every second, for those who follow the service."""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None
release = "0.1.0"


def upgrade() -> None:
    op.create_index("binding_states_by_time", "binding_states", ["at"])
    op.create_index("rollouts_by_time", "rollouts", ["at"])


def downgrade() -> None:
    op.drop_index("rollouts_by_time", "rollouts")
    op.drop_index("binding_states_by_time", "binding_states")
