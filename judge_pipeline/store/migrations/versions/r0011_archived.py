"""The tags that have been archived: finished images without a partition in Dagster."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

TAG = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Adds a table."""
    op.create_table(
        "judge_pipeline_archived",
        sa.Column("project", sa.Text, primary_key=True),
        sa.Column("tag", TAG, primary_key=True),
        sa.Column("archived_at", sa.Text, nullable=False),
    )
