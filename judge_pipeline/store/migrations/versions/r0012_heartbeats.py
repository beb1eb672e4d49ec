"""When each run was last alive, so that any process notices that one was lost."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Adds a table."""
    op.create_table(
        "judge_pipeline_heartbeats",
        sa.Column("run", sa.Text, primary_key=True),
        sa.Column("host", sa.Text, nullable=False),
        sa.Column("beat_at", sa.Text, nullable=False),
        sa.Column("seconds", sa.Float, nullable=False),
        sa.Column("suspected_at", sa.Text),
        sa.Column("ended_at", sa.Text),
    )
