"""Which rows of the Encord project have which Tag, so that a run lists its own."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

TAG = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Adds a table and an index."""
    op.create_table(
        "judge_pipeline_row_index",
        sa.Column("project", sa.Text, primary_key=True),
        sa.Column("data_hash", sa.Text, primary_key=True),
        sa.Column("tag", TAG, nullable=False),
    )
    op.create_index("judge_pipeline_row_index_by_tag", "judge_pipeline_row_index", ["project", "tag"])
